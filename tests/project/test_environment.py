"""The settings read the environment, and .env.example tells all of it."""

import ast
import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

FOLDER = settings.BASE_DIR / "project" / "settings"
EXAMPLE = settings.BASE_DIR / ".env.example"
PRODUCTION = {
    "DJANGO_ENV": "production",
    "DJANGO_SECRET_KEY": "only for this test, and long enough to be taken for one that is real",
    "FIELD_ENCRYPTION_KEYS": "7yNPX8S0g1m5PzuoLQ1gMHcHzVvCrKZIjAeM8KxWJxM=",
    "DATABASE_URL": "postgresql://nobody@localhost/none",
    "REDIS_URL": "redis://localhost:6379/4",
}


def variables_read() -> set[str]:
    """First arguments of env.…() and secret() in all settings modules."""
    found = set()
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                function = ast.unparse(node.func)
                if function == "secret" or re.fullmatch(r"env\.\w+", function):
                    found.add(node.args[0].value)
    return found


def settings_with(**environment: str) -> "subprocess.CompletedProcess[str]":
    """The settings' view of themselves in a process that has nothing but these variables."""
    code = (
        "import json, sys; sys.argv = ['manage.py', 'embedded']\n"
        "from project import settings as s\n"
        "print(json.dumps({name: getattr(s, name) for name in dir(s) if name.isupper()}, default=lambda x: None))"
    )
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=kept | environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_lists_every_variable_the_settings_read() -> None:
    listed = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert listed == variables_read()


def test_the_environment_is_read_nowhere_but_in_the_settings() -> None:
    for app in ("core", "commerce", "analytics"):
        for file in (settings.BASE_DIR / app).rglob("*.py"):
            assert "os.environ" not in file.read_text(), file


@pytest.mark.parametrize(
    "missing", ["DJANGO_SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL"]
)
def test_production_makes_nothing_up_and_names_what_is_missing(missing: str) -> None:
    given = {name: value for name, value in PRODUCTION.items() if name != missing}
    done = settings_with(**given)
    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr
    assert missing in done.stderr.splitlines()[-1]


def test_production_is_served_over_https_only() -> None:
    done = settings_with(**PRODUCTION)
    found = json.loads(done.stdout)
    assert found["SECURE_SSL_REDIRECT"] is True
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    assert found["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    assert found["SECURE_HSTS_PRELOAD"] is True
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["CSRF_COOKIE_SECURE"] is True
    assert found["DEBUG"] is False
    assert found["PAYMENT_WEBHOOK_SECRETS"] == []
    assert found["CELERY_BROKER_URL"] == "redis://localhost:6379/4"
    assert found["CACHES"]["default"]["LOCATION"] == "redis://localhost:6379/5"


def test_the_briefs_database_variables_are_read_and_database_url_wins() -> None:
    parts = {"DB_NAME": "shop", "DB_USER": "u", "DB_PASSWORD": "p@/#", "DB_HOST": "db", "DB_PORT": "5433"}
    given = {name: value for name, value in PRODUCTION.items() if name != "DATABASE_URL"} | parts
    chosen = json.loads(settings_with(**given).stdout)["DATABASES"]["default"]
    assert (chosen["NAME"], chosen["USER"], chosen["PASSWORD"]) == ("shop", "u", "p@/#")
    assert (chosen["HOST"], chosen["PORT"]) == ("db", 5433)
    chosen = json.loads(settings_with(**PRODUCTION, **parts).stdout)["DATABASES"]["default"]
    assert chosen["NAME"] == "none"


def test_connections_live_on_and_every_statement_has_an_end() -> None:
    chosen = settings.DATABASES["default"]
    assert chosen["CONN_MAX_AGE"] is None
    for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        assert f"-c {limit}=" in chosen["OPTIONS"]["options"]


def test_production_passes_djangos_own_check_for_deployment() -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"],
        env=kept | PRODUCTION,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_in_production_those_who_can_do_most_harm_need_a_code_and_in_a_demo_nobody() -> None:
    roles = "SECOND_FACTOR_ROLES"
    assert json.loads(settings_with(**PRODUCTION).stdout)[roles] == ["super_admin", "admin", "finance"]
    assert json.loads(settings_with(**PRODUCTION, TOPLINE_DEMO="1").stdout)[roles] == []
    assert json.loads(settings_with(**PRODUCTION, SECOND_FACTOR_ROLES="auditor").stdout)[roles] == ["auditor"]
