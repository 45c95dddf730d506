"""Who did what, for every kind of actor, and who signed in: filtered on pages, taken as files."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.utils.text import capfirst
from openpyxl import load_workbook

from core.actors import Actor
from core.events import record
from core.models import Event, User
from core.models.origins import Source
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
HISTORY, SIGN_INS = "/admin/history/", "/admin/sign-ins/"


def signed_in(role: str) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.9")
    client.force_login(UserFactory(staff=role), backend="core.authentication.EmailOrUsernameBackend")
    return client


def lines(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.fixture
def events() -> dict[str, Event]:
    """One by each kind of actor."""
    return {
        kind: record(
            "test.acted",
            subject=("core.user", "1"),
            data={"reason": f"Said by {kind}"},
            actor=Actor(kind, "77", f"The {kind}"),  # type: ignore[arg-type]
        )
        for kind in ("staff", "reseller", "customer", "key", "system")
    }


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ("", {"staff"}),
        ("staff", {"staff"}),
        ("parties", {"reseller", "customer"}),
        ("key", {"key"}),
        ("system", {"system"}),
        ("any", {"staff", "reseller", "customer", "key", "system"}),
    ],
)
def test_each_kind_of_actor_has_its_history(events, chosen, found):
    page = signed_in("auditor").get(HISTORY, {"actor": chosen}).content.decode()
    assert {kind for kind in events if f"Said by {kind}" in page} == found


def test_an_address_and_a_way_choose(events):
    record(
        "test.acted",
        subject=("core.user", "1"),
        data={"reason": "From afar"},
        actor=Actor("staff", "5", "Ada"),
    )
    client = signed_in("auditor")
    here = client.get(HISTORY, {"address": "198.51.100.7"}).content.decode()
    assert "From afar" not in here
    assert "From afar" in client.get(HISTORY, {"source": Source.COMMAND}).content.decode()
    assert "From afar" not in client.get(HISTORY, {"source": Source.API}).content.decode()
    assert client.get(HISTORY, {"address": "nonsense"}).status_code == 200


def test_the_auditor_takes_it_as_a_file_and_that_is_written_down(events):
    client = signed_in("auditor")
    rows = lines(client.get(f"{HISTORY}file/csv/", {"actor": "any", "kind": "core.user"}))
    assert {row["By"] for row in rows} >= {"The key", "The customer", "The system"}
    assert {row["Reason"] for row in rows} >= {"Said by key"}
    taken = Event.objects.get(kind="list.exported")
    assert (taken.data["format"], taken.data["rows"]) == ("csv", len(rows))
    book = load_workbook(io.BytesIO(client.get(f"{HISTORY}file/xlsx/", {"actor": "any"}).content))
    assert book.worksheets[0].max_row > len(events)
    assert client.get(f"{HISTORY}file/exe/").status_code == 404


@pytest.mark.parametrize("role", ["admin", "finance", "support", "moderator"])
def test_files_are_for_auditors(events, role):
    client = signed_in(role)
    assert client.get(f"{HISTORY}file/csv/").status_code == 403
    assert client.get(f"{SIGN_INS}file/csv/").status_code == 403
    assert "history/file" not in client.get(HISTORY).content.decode()


def test_a_file_begins_no_formula(events):
    record(
        "test.acted", subject=("core.user", "1"), data={"reason": "=1+1"}, actor=Actor("staff", "5", "@Ada")
    )
    rows = lines(signed_in("auditor").get(f"{HISTORY}file/csv/"))
    assert not any(value.startswith(("=", "@")) for row in rows for value in row.values())


def test_pages_of_a_file_are_read_until_its_end(events, monkeypatch):
    from core.admin import history

    monkeypatch.setattr(history, "ENTRIES_AT_ONCE", 3)
    for number in range(10):
        record("test.many", subject=("core.user", str(number)), actor=Actor("staff", "5", "Ada"))
    rows = lines(signed_in("auditor").get(f"{HISTORY}file/csv/", {"kind": "core.user"}))
    assert sum(row["What"] == "Test many" for row in rows) == 10


def test_a_sign_in_and_each_failure_are_one_list():
    user = UserFactory(staff="admin", username="ada")
    user.set_password("correct horse battery")
    user.save()
    browser = Client(REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT="Lynx/2.9")
    for password in ("wrong", "wrong too", "correct horse battery"):
        browser.post("/admin/login/", {"username": "ada", "password": password})
    client = signed_in("auditor")
    rows = lines(client.get(f"{SIGN_INS}file/csv/", {"name": "ada"}))
    assert [row["Outcome"] for row in rows] == ["Signed in", "Failed", "Failed"]
    assert {(row["Address"], row["Browser"]) for row in rows} == {("198.51.100.7", "Lynx/2.9")}
    page = client.get(SIGN_INS, {"outcome": "failed"}).content.decode()
    assert page.count("198.51.100.7") == 2
    assert "198.51.100.7" not in client.get(SIGN_INS, {"address": "203.0.113.1"}).content.decode()


def test_whoever_is_locked_out_is_seen():
    UserFactory(staff="admin", username="ada")
    for _ in range(6):
        Client(REMOTE_ADDR="198.51.100.7").post("/admin/login/", {"username": "ada", "password": "wrong"})
    rows = lines(signed_in("auditor").get(f"{SIGN_INS}file/csv/", {"outcome": "locked"}))
    assert rows
    assert rows[0]["User name"] == "ada"


@pytest.mark.parametrize(
    "query",
    ["address=abc", "since=never", "since=2026-02-01&until_day=2026-01-01", "place=99999999", "outcome=x"],
)
def test_nothing_typed_into_the_address_breaks_it(query):
    assert signed_in("auditor").get(f"{SIGN_INS}?{query}").status_code == 200


def test_a_list_that_was_taken_as_a_file_is_named_in_the_readers_language(events):
    record("list.exported", subject=("core.user", "list"), data={"list": "Gens", "rows": 3})
    page = signed_in("auditor").get(HISTORY, {"actor": "any"}).content.decode()
    assert f"<bdi>{capfirst(User._meta.verbose_name_plural)}</bdi>" in page
    assert "<bdi>list</bdi>" not in page
    assert "<bdi>Gens</bdi>" not in page
