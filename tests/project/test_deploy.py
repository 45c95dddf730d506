"""What production starts from: tried as far as a machine without containers allows."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml
from django.conf import settings
from django.db import connection

from project.embedded import bin_dir
from tests.databases import database_url

DEPLOY = settings.BASE_DIR / "project" / "deploy"


@pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx is not installed here"
)
def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    request = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run([*request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    ours = (DEPLOY / "nginx.conf").read_text()
    ours = ours.replace("server web:8000", "server 127.0.0.1:8000").replace(
        "/etc/nginx/certificates", str(tmp_path)
    )
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{ours}\n}}\n")
    done = subprocess.run(
        ["nginx", "-t", "-q", "-c", whole, "-e", tmp_path / "errors"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + (tmp_path / "errors").read_text()


def test_compose_starts_every_part_and_hides_the_inner_ones() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    ours = {"web", "worker", "reports", "scheduler"}
    assert set(services) == ours | {"migrate", "postgres", "valkey", "nginx"}
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    assert all(services[name]["environment"]["DJANGO_ENV"] == "production" for name in ours)
    # One makes a file, another hands it out.
    assert all("private:/app/var/private" in services[name]["volumes"] for name in ours)
    assert "topline_app" in services["web"]["environment"]["DATABASE_URL"]
    assert "topline_app" not in services["migrate"]["environment"]["DATABASE_URL"]


def test_the_image_has_no_tools_no_embedded_servers_and_no_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert "--no-default-groups" in text
    assert text.rindex("USER topline") > text.rindex("RUN ")


@pytest.fixture
def application(transactional_db: None) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """The test database as production's application sees it."""
    if connection.settings_dict["USER"] != "postgres" or not settings.EMBEDDED_SERVERS["postgres"]:
        pytest.skip("roles are made on the embedded server only")
    owner = database_url()
    with psycopg.connect(owner, autocommit=True) as server:
        server.execute("DROP ROLE IF EXISTS topline_app")
        psql = [str(bin_dir() / "psql"), owner, "-q", "-v", "ON_ERROR_STOP=1", "-v", "app_password=secret"]
        subprocess.run([*psql, "-f", str(DEPLOY / "roles.sql")], check=True, env=dict(os.environ))
        with psycopg.connect(
            owner.replace("postgres@", "topline_app:secret@", 1), autocommit=True
        ) as connected:
            yield connected
        server.execute("DROP OWNED BY topline_app")
        server.execute("DROP ROLE topline_app")


def test_the_applications_role_works_with_rows_and_touches_no_guard(
    application: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    application.execute("SELECT count(*) FROM commerce_transfer")
    application.execute(
        "INSERT INTO core_event (kind, subject_kind, subject_id, actor_kind, actor_id, actor_label, data, request_id,"
        " created_at) VALUES ('x', 'x', '1', 'system', '', '', '{}', '', now())"
    )
    for forbidden in (
        "ALTER TABLE commerce_transfer DISABLE TRIGGER ALL",
        "TRUNCATE commerce_transfer",
        "DROP TABLE core_event",
        "SET session_replication_role = replica",
        "CREATE TABLE public.mine (id int)",
        "CREATE OR REPLACE FUNCTION public.core_refuse_change() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
    ):
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidFunctionDefinition)):
            application.execute(forbidden)  # type: ignore[arg-type]
