"""Every page and action of the admin, asked by every role: by its address and by POST, not by its buttons."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from analytics.models import Report, ReportColumn, ReportRun, ReportSchedule, ScheduleRun
from core.backoffice import navigation
from core.messages import inbox
from core.models import User
from core.services import sign_in_sessions
from core.site_settings import settings_pages
from tests.factories import UserFactory
from tests.fingerprints import fingerprints
from tests.project.one_of_each import make_one_of_each
from tests.project.rights_rows import ACTIONS, MODELS, PAGES, ROLES, read

MODEL_ROWS, ACTION_ROWS, PAGE_ROWS = read(MODELS), read(ACTIONS), read(PAGES)
LIST_QUERIES, FORM_QUERIES = 12, 25
# Statements that ask for nothing; and the settings, which a process reads every few seconds, whatever page it is at.
PLUMBING = re.compile(r'(RELEASE )?SAVEPOINT|SET LOCAL|SELECT "core_sitesettings"\."page"')

# What a page of every model needs, as letters of its row; all else that hangs below a model is an action of its own.
USUAL = {
    "changelist": "s",
    "change": "s",
    "document": "s",
    "export": "s",
    "history": "s",
    "restore": "c",
    "add": "a",
    "delete": "d",
    "import": "ac",
    "sample": "ac",
    "run": "ac",
    "run_progress": "ac",
    "run_verb": "ac",
}
# Of one object, for those who may see what was done besides.
HISTORY = {"history", "restore"}
# What is only sent, and what is only read.
SENT = {"run_verb", "reply", "announcement-dismiss"}
READ = {"changelist", "document", "sample", "run", "run_progress", "history"}
# Pages of something that hangs below an object, of which these tests have none.
BELOW = {
    "run",
    "run_progress",
    "sample",
    "file",
    "restore",
    "settings-restore",
    "customer-data",
    "account-session-end",
}
BELOW |= {"message-template", "message-preview", "inbox-message", "broadcast-stop"}
BELOW |= {"list-view", "list-view-save", "list-view-change", "list-view-remove", "list-view-first"}
BELOW |= {"report-standard"}
BELOW |= {"announcement-dismiss", "notes", "note-add", "note-change", "note-remove", "watch"}
# Open to whoever is signed in, or to everybody; what they show depends on rights, and has tests of its own.
OPEN = {
    *("unknown", "index", "search", "login", "logout", "password_change", "password_change_done", "jsi18n"),
    *(
        "password-reset",
        "password-reset-sent",
        "password-reset-new",
        "second-factor",
        "second-factor-recovery",
        "second-factor-set-up",
        "second-factor-codes",
        "app_list",
        "autocomplete",
        "view_on_site",
    ),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One address of the admin; `{…}` in its path are ids."""

    name: str
    path: str
    model: type[Model] | None

    @property
    def verb(self) -> str:
        """What is asked of the model: `change`, `fund`."""
        return self.name.removeprefix(_start(self.model)) if self.model else self.name

    @property
    def row(self) -> str:
        """The name of its row in the table of actions, or in that of pages."""
        return f"{self.model._meta.label_lower}.{self.verb}" if self.model else self.name

    @property
    def url(self) -> str:
        """With the first object there is, and ids of nothing for what hangs below it."""
        return self.path.format(
            object_id=_first_id(self.model) if self.model else 0,
            run_id=UUID(int=0),
            file_id=0,
            number=0,
            key="nothing",
            kind="csv",
            verb="discard",
            token="nothing",
        )


@cache
def pages() -> list[Page]:
    """Every named address below /admin/, each once; each page of settings by itself."""
    found = {
        page.name: page
        for page in _walk(get_resolver(), "/")
        if page.name not in OPEN and not page.name.endswith("_simple_history")  # which leads to `history`
    }
    each = [found.pop("settings-page"), found.pop("settings-restore")]
    settings = [
        Page(
            page.name.replace("settings-page", "settings") + f":{key}", page.path.replace("{key}", key), None
        )
        for page in each
        for key, _page in settings_pages.items()
    ]
    return [*found.values(), *settings]


def _walk(resolver: URLResolver, before: str) -> Iterator[Page]:
    for found in resolver.url_patterns:
        path = before + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", _plain(str(found.pattern)))
        if isinstance(found, URLResolver):
            yield from _walk(found, path)
        elif path.startswith("/admin/") and found.name:
            yield Page(found.name, path, _models().get(found.name))


def _plain(pattern: str) -> str:
    """simple_history's own are regular expressions, of an object's id and a version's."""
    groups = iter(("<object_id>", "<number>"))
    return re.sub(r"\(\[\^/\]\+\)", lambda _found: next(groups), pattern).strip("^$")


@cache
def _models() -> dict[str, type[Model]]:
    """The model of each address named after one."""
    names = [found.name for view in admin.site._registry.values() for found in view.get_urls() if found.name]
    owners = {_start(model): model for model in admin.site._registry}
    return {name: model for name in names for start, model in owners.items() if name.startswith(start)}


def _start(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}_"


def _first_id(model: type[Model]) -> str | int:
    chosen = admin.site._registry[model].get_queryset(_nobodys_request()).first()
    return quote(chosen.pk) if chosen else 0


def _nobodys_request() -> HttpRequest:
    request = RequestFactory().get("/admin/")
    request.user = User(is_superuser=True, is_active=True)
    return request


def bulk_actions() -> dict[str, type[Model]]:
    """What can be done to ticked rows, by the name of its row in the table."""
    return {
        f"{model._meta.label_lower}:{name}": model
        for model, view in admin.site._registry.items()
        for name in _guarded_actions(view)
    }


def _guarded_actions(view: Any) -> list[str]:
    named = [action if isinstance(action, str) else action.__name__ for action in view.actions or ()]
    return [name for name in named if getattr(getattr(view, name, None), "permission", "")]


@dataclass
class Person:
    """Somebody with a role at the admin."""

    role: str
    client: Client
    sidebar: list[str]

    def may(self, page: Page) -> bool:
        if page.model is None:
            return PAGE_ROWS[page.row][self.role] == "yes"
        if page.verb in HISTORY and PAGE_ROWS["history"][self.role] == "-":
            return False
        if page.verb not in USUAL:
            return ACTION_ROWS[page.row][self.role] == "yes"
        return self.has(page.model, USUAL[page.verb])

    def may_send(self, page: Page) -> bool:
        """Whether a POST to it is taken: some pages can be read by those who may not change what is on them."""
        if page.name.startswith("settings:"):
            return PAGE_ROWS[f"{page.name}!"][self.role] == "yes"
        if page.model and page.verb == "change":
            return self.has(page.model, "c")
        return self.may(page)

    def has(self, model: type[Model], letters: str) -> bool:
        return set(letters) <= set(MODEL_ROWS[model._meta.label_lower][self.role])


@pytest.fixture(params=ROLES)
def person(
    request: pytest.FixtureRequest, demo_business: None, db: None, monkeypatch: pytest.MonkeyPatch
) -> Person:
    # The sidebar is the same on every page and has tests of its own; here the index draws it.
    monkeypatch.setattr(navigation, "BADGE_SECONDS", 3600)
    # That somebody was seen is written once a minute, which is none of these pages' doing.
    monkeypatch.setattr(sign_in_sessions, "SEEN_SECONDS", 3600)
    monkeypatch.setattr(inbox, "KEPT_SECONDS", 3600)
    # More rows of a list show nothing new: that a row costs no query shows at these already.
    for view in admin.site._registry.values():
        monkeypatch.setattr(view, "list_per_page", LIST_QUERIES + 1)
    make_one_of_each()
    # Looked for once a test, and not for each of a model's pages.
    monkeypatch.setattr(sys.modules[__name__], "_first_id", cache(_first_id))
    client = Client()
    user = UserFactory(staff=request.param)
    # Everybody sees reports and runs of their own.
    report = Report.objects.create(title="Mine", dataset="orders", owner=user)
    ReportColumn.objects.create(report=report, column="number")
    ReportRun.objects.create(
        kind="pack",
        key="sales_by_day",
        title="Sales by day",
        format="pdf",
        zone="UTC",
        language="en",
        user=user,
    )
    schedule = ReportSchedule.objects.create(
        title="Mine", owner=user, kind="pack", key="sales_by_day", zone="UTC", language="en", formats=["pdf"]
    )
    ScheduleRun.objects.create(schedule=schedule, due_at=timezone.now(), status="sent")
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    client.get(reverse("admin:index"))
    # Not an empty list: for that Unfold draws every model instead, which takes longer than the sidebar.
    monkeypatch.setattr(admin.site, "get_sidebar_list", lambda _request: [{"title": "", "items": []}])
    asked = RequestFactory().get("/admin/")
    asked.user = user
    sidebar = [item["link"] for group in navigation.sidebar(asked) for item in group["items"]]
    return Person(request.param, client, sidebar)


def tables() -> list[str]:
    """Those that hold what people see and do."""
    # When a browser was last seen changes with each of its minutes.
    apart = ("django_", "core_signinsession")
    return sorted(name for name in connection.introspection.table_names() if not name.startswith(apart))


def test_every_model_has_its_row() -> None:
    assert set(MODEL_ROWS) == {model._meta.label_lower for model in admin.site._registry}


def test_every_action_has_its_row() -> None:
    single = {page.row for page in pages() if page.model and page.verb not in USUAL}
    assert set(ACTION_ROWS) == single | set(bulk_actions())


def test_every_other_page_has_its_row() -> None:
    single = [page.row for page in pages() if not page.model]
    sent = [f"{name}!" for name in single if name.startswith("settings:")]
    assert set(PAGE_ROWS) == {*single, *sent}


def test_a_page_opens_for_those_it_is_for_alone_and_in_few_queries(person: Person) -> None:
    wrong, opened = [], set()
    for page in pages():
        if page.verb in SENT:
            continue
        url = page.url
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            answer = person.client.get(url)
            b"".join(answer)
            transaction.set_rollback(True)
        if not _is_as_expected(answer, page, allowed=person.may(page)):
            wrong.append(f"{page.url} answered {answer.status_code} {answer.headers.get('Location', '')}")
        # A file is read in parts, each with what belongs to it.
        most = {"changelist": LIST_QUERIES, "document": 1000}.get(page.verb, FORM_QUERIES)
        if (times := sum(not PLUMBING.match(query["sql"]) for query in asked)) > most:
            wrong.append(f"{page.url} asked {times} times")
        if answer.status_code == 200:
            opened.add(page.url)
    # All that the sidebar offers to this person opens, too.
    for link in person.sidebar:
        if link not in opened and (status := person.client.get(link).status_code) != 200:
            wrong.append(f"{link} answered {status}")
    assert not wrong, "\n".join(wrong)


def _is_as_expected(answer: Any, page: Page, *, allowed: bool) -> bool:
    if not allowed:
        return answer.status_code == 403
    not_there = answer.status_code == 404 and page.verb.partition(":")[0] in BELOW
    not_now = answer.status_code == 409 and page.verb not in USUAL
    opened = answer.status_code < 400 and "/login/" not in answer.headers.get("Location", "")
    return opened or not_there or not_now


def test_what_is_sent_is_taken_from_those_who_may(person: Person) -> None:
    wrong = []
    for page in pages():
        if page.verb not in READ and person.may_send(page):
            with transaction.atomic():
                answer = person.client.post(page.url)
                transaction.set_rollback(True)
            if answer.status_code in (403, 405) or answer.status_code >= 500:
                wrong.append(f"{page.url} answered {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_what_is_sent_by_others_changes_nothing(person: Person) -> None:
    before, wrong = fingerprints(tables()), []
    for page in pages():
        if not person.may_send(page):
            answer = person.client.post(page.url, {"reason": "Because I can"})
            if answer.status_code not in (403, 405):
                wrong.append(f"{page.url} answered {answer.status_code}")
    for name, model in bulk_actions().items():
        if ACTION_ROWS[name][person.role] != "yes":
            person.client.post(list_url(model), ticked(model, name))
    assert not wrong, "\n".join(wrong)
    assert fingerprints(tables()) == before


def list_url(model: type[Model]) -> str:
    return reverse(f"admin:{_start(model)}changelist")


def ticked(model: type[Model], name: str) -> dict[str, Any]:
    """What a browser sends that confirms an action on all rows of the list."""
    rows = admin.site._registry[model].get_queryset(_nobodys_request())
    keys = [str(pk) for pk in rows.values_list("pk", flat=True)[:20]]
    return {
        "action": name.partition(":")[2],
        "_selected_action": keys,
        "apply": "1",
        "reason": "Because I can",
    }
