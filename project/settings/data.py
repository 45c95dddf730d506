"""PostgreSQL, cache and broker. Where no address is given, the embedded servers are started."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from project.embedded import Embedded
from project.settings.base import PRODUCTION, VAR_DIR, env

# What reads the settings and needs no server: it must work where none can start.
SERVERLESS_TOOLS = {"mypy", "dmypy", "lint-imports"}
SERVERLESS_COMMANDS = {"embedded", "makemessages", "compilemessages", "collectstatic", "help", "version"}


def needs_servers(arguments: list[str]) -> bool:
    """Whether this command line is one that talks to the database."""
    program, command = Path(arguments[0]).name, "".join(arguments[1:2])
    if program in SERVERLESS_TOOLS:
        return False
    return program != "manage.py" or bool(
        command and command not in SERVERLESS_COMMANDS and command[0] != "-"
    )


def database_url() -> str:
    """DATABASE_URL, or the briefs' DB_* variables, or nothing."""
    url, name = env.str("DATABASE_URL", default=""), env.str("DB_NAME", default="")
    if url or not name:
        return str(url)
    user, password = env.str("DB_USER", default="postgres"), env.str("DB_PASSWORD", default="")
    host, port = env.str("DB_HOST", default="localhost"), env.str("DB_PORT", default="5432")
    return (
        f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port}/{quote(name, safe='')}"
    )


EMBEDDED = Embedded(VAR_DIR)
_database_url, _redis_url = database_url(), env.str("REDIS_URL", default="")
# Which of the two servers are ours to run.
EMBEDDED_SERVERS: dict[str, bool] = {"postgres": not _database_url, "valkey": not _redis_url}
if PRODUCTION and any(EMBEDDED_SERVERS.values()):
    raise ImproperlyConfigured(
        "Set DATABASE_URL (or DB_*) and REDIS_URL: production brings servers of its own."
    )
if any(EMBEDDED_SERVERS.values()) and needs_servers(sys.argv):
    EMBEDDED.start(**EMBEDDED_SERVERS)
_database_url = _database_url or EMBEDDED.urls.database
REDIS_URL: str = _redis_url or EMBEDDED.urls.redis

_database: dict[str, Any] = env.db_url_config(_database_url)
_database["ENGINE"] = "project.postgresql"
# A socket's folder comes as a parameter, because a URL's host cannot hold it.
_database["HOST"] = _database.get("OPTIONS", {}).pop("host", _database["HOST"])
# Kept for the life of the thread: opening one costs more than placing an order. Our backend checks its health for free.
_database["CONN_MAX_AGE"] = None
_database["CONN_HEALTH_CHECKS"] = True
# Behind a pooler that hands out connections by transaction.
_database["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("DISABLE_SERVER_SIDE_CURSORS", default=False)
_database.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
_database["OPTIONS"]["options"] = (
    f"-c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', default=30_000)}"
    f" -c lock_timeout={env.int('LOCK_TIMEOUT_MS', default=10_000)}"
    f" -c idle_in_transaction_session_timeout={env.int('IDLE_TRANSACTION_TIMEOUT_MS', default=60_000)}"
)
DATABASES = {"default": _database}


def valkey_url(database: int) -> str:
    """The same server, another of its numbered databases."""
    parts = urlsplit(REDIS_URL)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={database}"
    return parts._replace(path=f"/{database}").geturl()


def broker_url(database: int) -> str:
    """The broker's address as kombu spells it."""
    parts = urlsplit(REDIS_URL)
    if parts.scheme == "unix":
        return f"redis+socket://{parts.path}?virtual_host={database}"
    return valkey_url(database)


def first_database() -> int:
    """The number in REDIS_URL is the queue's database; the one after it is the cache's."""
    parts = urlsplit(REDIS_URL)
    number = "".join(parse_qs(parts.query).get("db", [])) if parts.scheme == "unix" else parts.path.strip("/")
    return int(number or 0)


BROKER_DATABASE = first_database()
CACHES = {
    "default": {
        "BACKEND": "core.cache.ForgivingRedisCache",
        "LOCATION": valkey_url(BROKER_DATABASE + 1),
        "KEY_PREFIX": "topline",
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
