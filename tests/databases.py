"""Test databases as copies: migrating takes many seconds, copying a migrated database a fraction of one.

The copied one, the template, is named after what it was made from and made anew when that changes.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from project.migrating import migrate_all

PREFIX = "topline_template_"
# Whoever makes or copies a template does so alone.
LOCK = 7_104_711
SOURCES = ("*.py", "migrations/*.py", "models/*.py", "sql/*.sql", "sql/*.py")
# Where a copy has what migrating put into its tables.
KEPT = "as_migrated"
KEEP = f"""
DO $$
DECLARE name text; filled boolean;
BEGIN
    CREATE SCHEMA {KEPT};
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', name) INTO filled;
        IF filled THEN
            EXECUTE format('CREATE TABLE {KEPT}.%I AS TABLE public.%I', name, name);
        END IF;
    END LOOP;
END $$
"""
# Deleting from the few tables that hold something is many times as fast as truncating all of them. Guards and foreign
# keys are off meanwhile: append-only tables refuse to be emptied, but between two tests that commit they must be.
RESTORE = f"""
DO $$
DECLARE name text; kept text; differs boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name, kept IN
        SELECT ours.tablename, theirs.tablename FROM pg_tables ours
        LEFT JOIN pg_tables theirs ON theirs.schemaname = '{KEPT}' AND theirs.tablename = ours.tablename
        WHERE ours.schemaname = 'public'
    LOOP
        IF kept IS NULL THEN
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', name) INTO differs;
        ELSE
            EXECUTE format(
                'SELECT EXISTS ((TABLE public.%1$I EXCEPT TABLE {KEPT}.%1$I)'
                ' UNION ALL (TABLE {KEPT}.%1$I EXCEPT TABLE public.%1$I))', name
            ) INTO differs;
        END IF;
        IF differs THEN
            EXECUTE format('DELETE FROM public.%I', name);
        END IF;
        IF differs AND kept IS NOT NULL THEN
            EXECUTE format('INSERT INTO public.%1$I TABLE {KEPT}.%1$I', name);
        END IF;
    END LOOP;
END $$
"""
# Of a worker that a test killed, the server goes on with the statement it is at, and may commit it afterwards.
END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def template_name() -> str:
    """Named after everything that a migrated database depends on."""
    found = hashlib.sha256((repr(settings.INSTALLED_APPS) + KEEP).encode())
    for app in ("core", "commerce", "analytics"):
        for pattern in SOURCES:
            for file in sorted((settings.BASE_DIR / app).glob(pattern)):
                found.update(str(file).encode() + file.read_bytes())
    return PREFIX + found.hexdigest()[:16]


@contextmanager
def copied_database(name: str, *, keep: bool = False) -> Iterator[None]:
    """A fresh copy of the template, or with `keep` the copy of an earlier run."""
    template = template_name()
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if not _exists(server, template):
            _make(server, template)
        if not (keep and _exists(server, name)):
            _drop(server, name)
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
    try:
        yield
    finally:
        if not keep:
            with _server() as server:
                _drop(server, name)


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Django's connection leads there."""
    product = connection.settings_dict["NAME"]
    _use(name)
    try:
        yield
    finally:
        _use(product)


def restore() -> None:
    """The test database is again as it was copied, and nobody else is at it; sequences go on."""
    with connection.cursor() as cursor:
        cursor.execute(END_OTHERS)
        cursor.execute(RESTORE)


def _make(server: "psycopg.Connection[tuple[object, ...]]", template: str) -> None:
    """Migrate a database of another name first, so that one half made is never taken for a template."""
    making = f"{PREFIX}making"
    _drop(server, making)
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
    with connected_to(making):
        migrate_all()
        with connection.cursor() as cursor:
            cursor.execute(KEEP)
    for (old,) in server.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"]
    ).fetchall():
        if old != making:
            _drop(server, str(old))
    server.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(template))
    )


def _server() -> "psycopg.Connection[tuple[object, ...]]":
    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "port", "user", "password") if parameters.get(key)}
    return psycopg.connect(**wanted, dbname="postgres", autocommit=True)


def _exists(server: "psycopg.Connection[tuple[object, ...]]", name: str) -> bool:
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _drop(server: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def database_url(name: str = "") -> str:
    """The test database's address, or that of another one beside it, for a process of its own."""
    chosen = connection.settings_dict | ({"NAME": name} if name else {})
    folder = chosen["HOST"] if str(chosen["HOST"]).startswith("/") else ""
    if folder:
        return f"postgresql://{chosen['USER']}@/{chosen['NAME']}?host={Path(folder)}"
    secret = f":{chosen['PASSWORD']}" if chosen["PASSWORD"] else ""
    return f"postgresql://{chosen['USER']}{secret}@{chosen['HOST']}:{chosen['PORT'] or 5432}/{chosen['NAME']}"
