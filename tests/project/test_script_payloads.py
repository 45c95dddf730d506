"""Texts that want to be script, written into every text field there is: every page, file and answer shows them as text.

One business, poisoned once past all guards, is looked at by the super admin, who sees most.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import CharField, Value
from django.db.models.functions import Concat
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.html import escape
from lxml import html

from commerce.models import (
    Customer,
    Order,
    OrderMessage,
    PhoneNumber,
    Product,
    Reseller,
    SupportTicket,
    TicketAttachment,
    Transfer,
)
from commerce.services import order_messages, support
from commerce.services.ticket_mail import send_answer
from core import site_settings
from core.actors import acting_as, actor_for_user
from core.branding_settings import BrandingPage
from core.documents import pdf
from core.messages import tell
from core.models import User
from core.services import invitations, passwords
from tests.commerce.access_rows import ROWS as API_ROWS
from tests.commerce.imports import NOUNS, csv_of, rows_of
from tests.commerce.imports import url as import_url
from tests.factories import UserFactory
from tests.project.inert import faults_of, faults_of_csv, faults_of_html, marks_in
from tests.project.one_of_each import make_small_business
from tests.project.payloads import EVALUATED, LEADS, PAYLOADS, Poisoned, poison
from tests.project.test_rights import Page, _nobodys_request, bulk_actions, list_url, pages, ticked

# Nothing to a browser: a template engine, a format string or a spreadsheet would make something of them.
ELSEWHERE = {*PAYLOADS[19:22], PAYLOADS[29]}
# So many objects of a kind are opened, else two: an order looks different in each of its states.
OPENED = {"commerce.Order": 5}
TYPED = " ".join(PAYLOADS).replace("~", "q999q")
IN_A_LIST = {"changelist", "add", "import", "export", "document"}
# Of each brand other questions, of each product another price.
WITH_QUESTIONS = {"recipient", "price"}
# A second object's page of some kind, or not a page at all.
APART = {"run", "run_progress", "run_verb", "sample", "file", "restore", "settings-restore", "reply"}


@pytest.fixture(scope="module")
def poisoned(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Poisoned]:
    private = {**settings.STORAGES["private"]}
    private["OPTIONS"] = {**private["OPTIONS"], "location": str(tmp_path_factory.mktemp("private"))}
    storages = override_settings(STORAGES={**settings.STORAGES, "private": private})
    with django_db_blocker.unblock(), storages, whole():
        make_small_business()
        brand = {"name": "<b id=q998q>", "tagline": '"><svg/onload=q998q()>', "footer": TYPED[:300]}
        site_settings.save(BrandingPage, brand, user=None, reason=TYPED[:100])
        yield poison()
        transaction.set_rollback(True)
    site_settings.forget()


@pytest.fixture
def owner(poisoned: Poisoned, db: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    # The test client copies the context of every template for tests that ask for it: half of the time.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *args, **kwargs: None)
    client = Client(raise_request_exception=False)
    user = UserFactory(staff="super_admin", first_name="<b id=q997q>", last_name="\"onclick='q997q()'")
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return client


class Walk:
    """Asks, looks at each answer, and remembers what was shown."""

    def __init__(self, client: Client, poisoned: Poisoned) -> None:
        self.client, self.poisoned = client, poisoned
        self.wrong: list[str] = []
        self.shown: set[str] = set()
        self.asked = 0

    def get(self, url: str, **query: Any) -> Any:
        return self.look(url, lambda: self.client.get(url, query))

    def post(self, url: str, data: dict[str, Any], **extra: Any) -> Any:
        return self.look(url, lambda: self.client.post(url, data, **extra))

    def look(self, url: str, ask: Any) -> Any:
        """What a request changes is taken back at once."""
        self.asked += 1
        with whole():
            answer = ask()
            transaction.set_rollback(True)
        if answer.status_code >= 500:
            self.wrong.append(f"{url} answered {answer.status_code}")
        for fault in faults_of(answer):
            self.wrong.append(f"{url} [{self.poisoned.named(fault)}] {fault}")
        self.shown |= marks_in(answer)
        return answer

    def done(self) -> None:
        assert not self.wrong, f"{len(self.wrong)} of {self.asked}:\n" + "\n".join(self.wrong[:60])


@pytest.fixture
def walk(owner: Client, poisoned: Poisoned) -> Iterator[Walk]:
    walked = Walk(owner, poisoned)
    yield walked
    walked.done()


def objects(page: Page) -> list[str]:
    """Its address for the first objects of its kind."""
    if page.model is None or "{object_id}" not in page.path:
        return [page.url]
    view = admin.site._registry[page.model]
    keys = view.get_queryset(_nobodys_request()).order_by(*view.get_ordering(_nobodys_request()) or ["pk"])
    return [
        page.path.format(object_id=admin.utils.quote(pk), file_id=0, run_id=0, number=0, verb="discard")
        for pk in keys.values_list("pk", flat=True)[: OPENED.get(page.model._meta.label, 2)]
    ]


def whole() -> Any:
    """A transaction that services, which want to commit for good, take for the test's own."""
    found = transaction.atomic()
    found._from_testcase = True  # type: ignore[attr-defined]
    return found


def named(*verbs: str) -> list[Page]:
    return [page for page in pages() if page.model and page.verb in verbs]


def test_every_field_was_written_to(poisoned: Poisoned) -> None:
    assert len(poisoned.marks) > 250
    assert not poisoned.empty, poisoned.empty
    # What is too short or has a form of its own takes none of them.
    assert len(poisoned.refused) < 80, poisoned.refused


@pytest.mark.parametrize("payload", PAYLOADS)
def test_each_of_them_is_caught_where_nothing_is_escaped(payload: str) -> None:
    text = payload.replace("~", "q000q")
    places = (
        "<p>{}</p>",
        '<a title="{}">x</a>',
        "<a title='{}'>x</a>",
        "<a title={}>x</a>",
        '<a href="{}">x</a>',
    )
    alive = [place for place in places if list(faults_of_html(place.format(text)))]
    assert alive or payload in ELSEWHERE
    assert all(
        list(faults_of_html(f'<p {name}="{escape(text)}">')) for name in ("x-data", "onclick", "style")
    )
    assert list(faults_of_html(f"<script>let a = '{text}'</script>"))
    assert not list(faults_of_html(f'<p title="{escape(text)}">{escape(text)}</p>'))


def test_so_is_a_formula_and_what_a_template_made_of_one() -> None:
    for lead in LEADS:
        assert list(faults_of_csv(f'"{lead}q000q"'.encode()))
        assert not list(faults_of_csv(f'"\'{lead}q000q"'.encode()))
    assert all(list(faults_of_html(f"<p>{word}</p>")) for word in EVALUATED)


def test_lists_show_text_and_what_is_searched_and_filtered_for(walk: Walk) -> None:
    for page in named("changelist"):
        found = html.document_fromstring(walk.get(page.url).content.decode())
        filters = {
            field.name for field in found.iter("input", "select") if field.name and field.name[0] != "_"
        }
        walk.get(page.url, q=TYPED[:500])
        walk.get(page.url, **dict.fromkeys(filters - {"action", "csrfmiddlewaretoken"}, TYPED[:300]))
    assert len(walk.shown) > 50


def test_objects_and_their_forms_and_histories_show_text(walk: Walk) -> None:
    for page in named("change"):
        for url in objects(page):
            walk.get(url)
    for page in named("history"):
        walk.get(objects(page)[0])
    assert len(walk.shown) > 140


def test_dialogs_and_other_pages_show_text_and_say_back_what_was_typed_as_text(walk: Walk) -> None:
    opened = 0
    for page in pages():
        if page.model and page.verb in {
            "changelist",
            "change",
            "history",
            "add",
            "document",
            "export",
            *APART,
        }:
            continue
        for url in objects(page):
            answer = walk.get(url)
            if answer.status_code == 200:
                opened += 1
                _say_back(walk, url, answer)
                if page.verb not in WITH_QUESTIONS:
                    break
    assert opened > 50


def test_forms_say_back_what_was_typed_as_text(walk: Walk) -> None:
    for page in named("add"):
        answer = walk.get(page.url)
        if answer.status_code == 200:
            _say_back(walk, page.url, answer)
    for page in named("change"):
        url = objects(page)[0] + "?edit=1"
        _say_back(walk, url, walk.get(url))


def _say_back(walk: Walk, url: str, answer: Any) -> None:
    if "html" not in answer.headers["Content-Type"] or not answer.content.strip():
        return
    fields = html.document_fromstring(answer.content.decode()).iter("input", "select", "textarea")
    given = {field.name: TYPED[:400] for field in fields if field.name and field.get("type") != "file"}
    kept = {field for field in given if field.endswith(("_FORMS", "-id"))}
    walk.post(
        url, {name: value for name, value in given.items() if name not in kept} | {"_form_submitted": "True"}
    )


def test_ticked_rows_are_named_as_text(walk: Walk) -> None:
    for name, model in bulk_actions().items():
        chosen = ticked(model, name)
        walk.post(
            list_url(model), {key: value for key, value in chosen.items() if key not in ("apply", "reason")}
        )
        walk.post(list_url(model), chosen)
        walk.get(list_url(model))


def test_the_palette_and_searched_fields_answer_with_text(walk: Walk) -> None:
    terms = [text[:12] for mark in walk.poisoned.marks for text in _texts(walk.poisoned, mark)]
    for term in ["q9", "<b", *dict.fromkeys(terms)]:
        walk.get(reverse("admin:search"), s=term)
    for model in admin.site._registry:
        for field in model._meta.get_fields():
            remote = getattr(field, "related_model", None)
            if getattr(field, "many_to_one", False) and remote in admin.site._registry:
                asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
                answer = walk.get(reverse("admin:autocomplete"), **asked, field_name=field.name, term="")
                assert answer.headers["Content-Type"] == "application/json" or answer.status_code == 403
    assert len(walk.shown) > 10


def _texts(poisoned: Poisoned, mark: str) -> list[str]:
    model, _dot, field = poisoned.marks[mark].rpartition(".")
    searched = {"Order": ("reference", "order_number", "recipient_key"), "Customer": ("full_name", "email")}
    searched |= {"Reseller": ("business_name", "email"), "Client": ("name",), "Product": ("name", "sku")}
    searched |= {"SupportTicket": ("subject", "ticket_number"), "Brand": ("name",)}
    if field not in searched.get(model.rpartition(".")[2], ()) or not model.startswith("commerce."):
        return []
    from django.apps import apps

    return list(apps.get_model(model)._base_manager.values_list(field, flat=True).distinct()[:2])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_tables_hold_no_formula(walk: Walk, kind: str) -> None:
    for page in named("document"):
        walk.get(page.path.format(kind=kind))
    assert walk.asked > 20


def test_imports_give_out_what_they_take_in_without_a_formula(walk: Walk) -> None:
    for page in named("export"):
        form = html.document_fromstring(walk.get(page.url).content.decode())
        names = {field.name for field in form.iter("input") if field.name and field.get("type") == "checkbox"}
        formats = [option.get("value") for option in form.iter("option")]
        for chosen in filter(None, formats):
            walk.post(page.url, {**dict.fromkeys(names, "on"), "format": chosen, "resource": "0"})


def test_what_an_import_says_of_a_file_is_text(walk: Walk) -> None:
    bad = [text.replace("~", "q995q") for text in PAYLOADS]
    for noun in NOUNS:
        page = import_url(noun)
        links = [link.get("href") or "" for link in _tree(walk.client.get(page)).iter("a")]
        sample = walk.client.get(next(link for link in links if link.endswith(".csv")))
        heading, *rows = rows_of(sample.content, "csv")
        rows += [[text[:40]] * len(heading) for text in bad]
        unknown = walk.look(page, partial(_hand_in, walk.client, page, [[*heading, bad[0]], *rows]))
        assert unknown.status_code in (200, 302)
        # Kept until its page was looked at.
        with whole():
            walk.get(_hand_in(walk.client, page, [heading, *rows])["Location"])
            transaction.set_rollback(True)
    assert {"q995q", "q996q"} <= walk.shown


def _hand_in(client: Client, page: str, rows: list[list[str]]) -> Any:
    file = SimpleUploadedFile("<b id=q996q>.csv", csv_of(rows))
    return client.post(page, {"resource": "0", "import_file": file})


def _tree(answer: Any) -> Any:
    return html.document_fromstring(answer.content.decode())


def test_mails_are_plain_text_of_one_line_of_subject(walk: Walk) -> None:
    order, asked = OrderMessage.objects.first(), SupportTicket.objects.filter(reseller__isnull=False).first()
    owner = User.objects.get(pk=walk.client.session["_auth_user_id"])
    assert order and asked
    Reseller.objects.update(
        email=Concat(Value("office"), "pk", Value("@example.com"), output_field=CharField())
    )
    site_settings.forget()
    with acting_as(actor_for_user(owner)):
        said = support.reply(ticket=asked, message=TYPED)
    order_messages.send(order.pk)
    send_answer(said.pk)
    site, name = "https://example.com", TYPED[:90]
    new = invitations.invite(by=owner, site=site, email="new@example.com", role="support", first_name=name)
    invitations.send(user_id=new.pk, by=str(owner), site=site)
    passwords.send_reset(email=owner.email, site=site)
    tell(
        "buyer@example.com", "verification_code", {"code": "123456", "minutes": 10}, name=TYPED[:90], now=True
    )
    kinds = {message.subject for message in mail.outbox}
    assert len(kinds) >= 4, kinds
    for message in mail.outbox:
        sent = message.message()
        assert {part.get_content_type() for part in sent.walk()} == {"text/plain"}
        assert "\n" not in message.subject and not any(word in str(message.body) for word in EVALUATED)


def test_papers_are_drawn_from_text(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    real = pdf.html_to_pdf

    def draw(text: str) -> bytes:
        drawn.append(text)
        return real(text) if "q997q" in text and len(drawn) == 1 else b"%PDF-1.7"

    monkeypatch.setattr(pdf, "html_to_pdf", draw)
    for page in named("document"):
        walk.get(page.path.format(kind="pdf"))
    assert len(drawn) > 20
    walk.wrong += [fault for text in drawn for fault in faults_of_html(text)]


def test_the_api_answers_with_data(walk: Walk) -> None:
    file = TicketAttachment.objects.select_related("message").first()
    assert file
    first = {
        "order_id": Order, "product_id": Product, "number_id": PhoneNumber, "user_id": Customer,
        "seller_id": Reseller, "reseller_id": Reseller, "transfer_id": Transfer,
    }  # fmt: skip
    ids = {name: model._base_manager.values_list("pk", flat=True).first() for name, model in first.items()}
    ids |= {"ticket_id": file.message.ticket_id, "file_id": file.pk}
    for row in API_ROWS:
        if row.method == "GET" and not row.path.endswith(".js"):
            answer = walk.get(row.path.format_map(_Any(ids)))
            assert not (
                answer.status_code == 200 and not answer.streaming and b"<html" in answer.content[:200]
            ) or ("docs" in row.path or "redoc" in row.path)
    assert len(walk.shown) > 50


class _Any(dict[str, Any]):
    """The first customer's thing for names that are not known here."""

    def __missing__(self, name: str) -> Any:
        return 0
