"""PostgreSQL, cache and broker. Where no address is given, the embedded servers are started."""

import sys
from typing import Any

from project.embedded import Embedded
from project.settings.base import VAR_DIR, env

# Commands that need no server: they must work where none can start.
SERVERLESS_COMMANDS = {"makemessages", "compilemessages", "collectstatic", "help", "--help", "version", "--version"}


def database_url() -> str:
    """DATABASE_URL, or the briefs' DB_* variables, or nothing."""
    url = env.str("DATABASE_URL", default="")
    if url or not env.str("DB_NAME", default=""):
        return str(url)
    user, password = env.str("DB_USER", default="postgres"), env.str("DB_PASSWORD", default="")
    host, port = env.str("DB_HOST", default="localhost"), env.str("DB_PORT", default="5432")
    return f"postgresql://{user}:{password}@{host}:{port}/{env.str('DB_NAME')}"


EMBEDDED = Embedded(VAR_DIR)
_database_url, _redis_url = database_url(), env.str("REDIS_URL", default="")
if not (_database_url and _redis_url) and not SERVERLESS_COMMANDS & set(sys.argv[1:2]):
    EMBEDDED.start(postgres=not _database_url, valkey=not _redis_url)
_database_url = _database_url or EMBEDDED.urls.database
REDIS_URL: str = _redis_url or EMBEDDED.urls.redis

_database: dict[str, Any] = env.db_url_config(_database_url)
_database["ENGINE"] = "django.db.backends.postgresql"
# Kept for the life of the thread: opening one costs more than placing an order. Health checks would cost 15 %; the
# first query of a request is tried again instead (core.db).
_database["CONN_MAX_AGE"] = None
_database["CONN_HEALTH_CHECKS"] = env.bool("CONN_HEALTH_CHECKS", default=True)
_database["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("DISABLE_SERVER_SIDE_CURSORS", default=False)
_database.setdefault("OPTIONS", {})["options"] = (
    f"-c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', default=30_000)}"
    f" -c lock_timeout={env.int('LOCK_TIMEOUT_MS', default=10_000)}"
    f" -c idle_in_transaction_session_timeout={env.int('IDLE_TRANSACTION_TIMEOUT_MS', default=60_000)}"
)
DATABASES = {"default": _database}


def valkey_url(number: int) -> str:
    """The same server, another of its numbered databases."""
    if REDIS_URL.startswith("unix://"):
        return f"{REDIS_URL}?db={number}"
    return f"{REDIS_URL.rstrip('/')}/{number}"


def broker_url(number: int) -> str:
    """The broker's address as kombu spells it."""
    if REDIS_URL.startswith("unix://"):
        return f"redis+socket://{REDIS_URL.removeprefix('unix://')}?virtual_host={number}"
    return valkey_url(number)


CACHES = {
    "default": {
        "BACKEND": "core.cache.ForgivingRedisCache",
        "LOCATION": valkey_url(1),
        "KEY_PREFIX": "topline",
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
