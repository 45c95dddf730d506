import json

import pytest

from core.api import docs

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema():
    from drf_spectacular.generators import SchemaGenerator

    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_schema_is_json_unless_yaml_is_asked_for(client):
    answer = client.get("/api/schema/")
    assert answer["Content-Type"].startswith("application/json")
    assert json.loads(answer.content)["info"]["title"] == "Topline API"
    answer = client.get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi")
    assert answer.content.startswith(b"openapi:")


def test_the_schema_is_made_once(client, monkeypatch):
    client.get("/api/schema/")
    monkeypatch.setattr(docs, "SchemaGenerator", None)
    assert client.get("/api/schema/").status_code == 200


@pytest.mark.parametrize("page", ["/api/docs/", "/api/redoc/"])
def test_pages_load_nothing_from_elsewhere_and_run_no_inline_script(client, page):
    answer = client.get(page)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "http://" not in text and "https://" not in text
    assert "<script>" not in text
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"].split("script-src")[1].split(";")[0]


def test_redoc_asks_nobody_else_for_its_makers_logo(client):
    page = client.get("/api/redoc/").content.decode()
    assert 'src="/api/redoc/redoc.js"' in page

    script = client.get("/api/redoc/redoc.js")
    assert script["Content-Type"].startswith("text/javascript")
    assert "max-age" in script["Cache-Control"]
    assert b"cdn.redoc.ly" not in script.content


def test_every_operation_names_who_may_call_it_and_what_refusals_look_like(schema):
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            refusals = [status for status in operation["responses"] if status >= "400"]
            assert refusals, f"{method} {path} documents no refusal"
            for status in refusals:
                content = operation["responses"][status].get("content", {})
                assert "application/problem+json" in content, f"{method} {path} {status}"
    assert set(schema["components"]["securitySchemes"]) >= {"bearer", "apiKey"}


def test_every_operation_has_a_summary_a_known_tag_and_says_when_to_come_back(schema):
    named = {tag["name"] for tag in schema["tags"]}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post", "put", "patch", "delete"):
                assert operation.get("summary"), f"{method} {path} has no summary"
                assert set(operation["tags"]) <= named
                assert "Retry-After" in operation["responses"]["429"]["headers"]


def test_the_schema_is_made_without_a_warning():
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS, GENERATOR_STATS._warn_cache | GENERATOR_STATS._error_cache
    GENERATOR_STATS.reset()
