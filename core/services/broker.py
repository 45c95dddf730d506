"""The queue of background work: sending to it, and looking at it without ever waiting for it long."""

import logging
from dataclasses import dataclass, field
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.utils.translation import gettext as _
from kombu.exceptions import KombuError
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.exceptions import Conflict

PATIENCE = 0.5
ANSWERS_WITHIN = 0.7
log = logging.getLogger(__name__)
# How many workers answered last: with as many answers the wait is over.
_workers_known = 0


class BrokerDown(Exception):
    """The queue does not answer."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker that answers, and the tasks it is at."""

    name: str
    active: list[str] = field(default_factory=list)


def send(task: str, args: Any, kwargs: Any, queue: str | None = None) -> None:
    """Send a task to the workers.

    Raises:
        Conflict: `broker_down`.
    """
    try:
        current_app.send_task(task, args, kwargs, queue=queue, retry=False)
    except (OSError, KombuError, redis.RedisError) as error:
        raise Conflict("broker_down", _("The broker does not answer; try again in a minute.")) from error


def queue_lengths() -> dict[str, int]:
    """Tasks that wait, and tasks that workers have in hand.

    Raises:
        BrokerDown
    """
    client = _client()
    try:
        with client.pipeline(transaction=False) as pipe:
            pipe.llen(current_app.conf.task_default_queue)
            pipe.hlen("unacked")
            waiting, taken = pipe.execute()
    except (redis.RedisError, OSError) as error:
        raise BrokerDown(type(error).__name__) from error
    finally:
        client.close()
    return {"waiting": int(waiting), "taken": int(taken)}


def workers() -> list[Worker]:
    """Those that answer now.

    Raises:
        BrokerDown
    """
    global _workers_known
    # A dead broker is found in half a second here; the library behind the question would try for many.
    queue_lengths()
    try:
        with current_app.connection_for_write() as connection:
            answers = current_app.control.broadcast(
                "active",
                reply=True,
                timeout=ANSWERS_WITHIN,
                limit=_workers_known or None,
                connection=connection,
            )
    except Exception as error:  # whatever its transport raises
        log.warning("workers could not be asked", extra={"error": type(error).__name__})
        raise BrokerDown(type(error).__name__) from error
    found = [
        Worker(name, [str(task.get("name", "")) for task in active if isinstance(task, dict)])
        for answer in answers or []
        for name, active in answer.items()
        if isinstance(active, list)
    ]
    _workers_known = len(found)
    return sorted(found, key=lambda worker: worker.name)


def _client() -> "redis.Redis":
    url = str(settings.CELERY_BROKER_URL)
    if url.startswith("redis+socket://"):
        path, _sep, query = url.removeprefix("redis+socket://").partition("?virtual_host=")
        url = f"unix://{path}?db={query or 0}"
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise BrokerDown("no server")
    return redis.Redis.from_url(
        url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
    )
