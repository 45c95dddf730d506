"""The Celery application, with connections to the database that live as long as the worker's process.

Celery closes them before and after every task, and a new one costs PostgreSQL what a dozen deliveries do: a process,
its catalogue caches, the plans of our functions. Ours are kept as the web server's are: asked before each task if they
still work, which is free (see `project.postgresql`), and opened again where they do not.
"""

import os
import sys
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

app = Celery("topline")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery's own name for "close a connection after so many tasks", read as it is spelled here.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize
app.autodiscover_tasks()


@signals.task_prerun.connect(dispatch_uid="project.celery.connections")
def have_connections_that_work(**_kwargs: Any) -> None:
    """Close what the server has closed, so that the task opens a new one; a transaction of a test's is left alone."""
    from django.db import close_old_connections, connection

    if not connection.in_atomic_block:
        close_old_connections()
