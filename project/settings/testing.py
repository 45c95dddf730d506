"""Settings of the tests: the same servers, databases of their own, cheap password hashes.

Runs that go on at the same time keep apart: each claims a number for as long as it lives, and its databases carry it.
"""

import fcntl
import os
from typing import IO

from project.embedded import VALKEY_DATABASES
from project.settings import *
from project.settings.base import VAR_DIR
from project.settings.data import CACHES, DATABASES, EMBEDDED_SERVERS, valkey_url
from project.settings.services import LOGGING

WORKERS_A_RUN = 8
_claimed: list[IO[str]] = []


def claim_slot() -> int:
    """The first number that no other run has. The kernel gives the lock up when we end, however we end; pytest-xdist's
    workers and the servers that tests start inherit the number through the environment."""
    if "TOPLINE_TEST_SLOT" not in os.environ:
        folder = VAR_DIR / "test-runs"
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1000):
            lock = (folder / str(number)).open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            _claimed.append(lock)
            os.environ["TOPLINE_TEST_SLOT"] = str(number)
            break
    return int(os.environ["TOPLINE_TEST_SLOT"])


SLOT = claim_slot()
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Two of the server's numbered databases for each process, after the two of the product: one for the queue, should a
# test start a real worker, and one for the cache.
_pairs = ((VALKEY_DATABASES if EMBEDDED_SERVERS["valkey"] else 16) - 2) // 2
TEST_BROKER_DATABASE = 2 + 2 * ((SLOT * WORKERS_A_RUN + _worker) % _pairs)

SECRET_KEY = "tests only, long enough for the signatures of tokens, which want 32 bytes"  # noqa: S105  # nosec B105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SMS_URL = ""
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["*"]
TEST_RUNNER = "project.test_runner.PytestRunner"

# pytest-xdist adds its worker's name.
DATABASES["default"]["TEST"] = {"NAME": f"test_topline_{SLOT}"}
# Nothing has to survive a power cut here; everything else is as it is in production.
DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
# Tests count queries and close connections of their own.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
CACHES["default"]["LOCATION"] = valkey_url(TEST_BROKER_DATABASE + 1)
CACHES["default"]["KEY_PREFIX"] = f"test-{SLOT}-{_worker}"
CELERY_BROKER_URL = "memory://"
SETTINGS_FROM_ENVIRONMENT = {"API_RATE_SIGN_IN": "1000"}
# Each test's client has middleware of its own: it must not list some thousand static files to have it.
WHITENOISE_AUTOREFRESH = True
# Tests write the log themselves: a thread of its own would outlive their databases.
REQUEST_LOG_SECONDS = 0.0
LOGGING["root"]["level"] = "ERROR"
