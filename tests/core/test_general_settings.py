"""The General and Notifications pages: who we are, in which language, and whom mails are from."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from core import site_settings
from core.backoffice.list_documents import zone_of
from core.documents.pdf import document_html
from core.documents.tables import Column, Document
from core.general_settings import General, GeneralPage, default_language
from core.models import Message
from core.notification_settings import Notifications, NotificationsForm, NotificationsPage
from core.site_settings import load, save
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
GENERAL, NOTIFICATIONS = "/admin/settings/general/", "/admin/settings/notifications/"
SENT = {
    "company_name": "Rapid",
    "legal_name": "Rapid Recharge B.V.",
    "address": "Oudegracht 1\n3511 AA Utrecht",
    "support_email": "help@rapid.example",
    "support_phone": "+31 30 555 0101",
    "language": "fa",
    "time_zone": "Asia/Tehran",
}


@pytest.fixture
def a_document():
    return Document("Orders", [Column("Number")], [["TL-1"]], "Ann", timezone.now(), UTC)


@pytest.fixture
def admin_client():
    client = Client(headers={"accept-language": "en"})
    client.force_login(UserFactory(staff="admin"), backend="core.authentication.EmailOrUsernameBackend")
    return client


def test_the_company_is_at_the_foot_of_documents(admin_client, a_document):
    assert admin_client.post(GENERAL, SENT).status_code == 302
    page = document_html(a_document)
    assert "Rapid Recharge B.V. · Oudegracht 1 · 3511 AA Utrecht" in page


def test_who_cannot_sign_in_reads_whom_to_ask(admin_client, client):
    admin_client.post(GENERAL, SENT)
    for _try in range(5):
        page = client.post("/admin/login/", {"username": "nobody", "password": "x"})
    assert page.status_code == 429
    assert "help@rapid.example" in page.content.decode()
    assert "+31 30 555 0101" in page.content.decode()


def test_anybody_reads_how_to_reach_us_by_api(admin_client):
    admin_client.post(GENERAL, SENT)
    shown = Client().get("/api/settings/").json()["general"]
    assert shown == {
        "company_name": "Rapid",
        "support_email": "help@rapid.example",
        "support_phone": "+31 30 555 0101",
        "language": "fa",
        "time_zone": "Asia/Tehran",
    }


@pytest.mark.parametrize(
    ("headers", "cookie", "language"),
    [
        ({}, "", "fa"),
        ({"accept-language": "xx"}, "", "fa"),
        ({"accept-language": "en-GB,en;q=0.8"}, "", "en"),
        ({}, "en", "en"),
        ({"accept-language": "*"}, "", "fa"),
    ],
)
def test_who_asks_for_no_language_we_have_gets_that_of_the_settings(headers, cookie, language):
    save(GeneralPage, {"language": "fa"}, user=None)
    client = Client(headers=headers)
    if cookie:
        client.cookies["django_language"] = cookie
    assert f'lang="{language}"' in client.get("/admin/login/").content.decode()


@pytest.mark.parametrize(("own", "clock"), [("", "13:30"), ("Europe/Paris", "11:00"), ("Not/Azone", "13:30")])
def test_staff_without_a_zone_read_times_by_that_of_the_settings(admin_client, own, clock):
    save(GeneralPage, {"time_zone": "Asia/Tehran"}, user=None)
    reader = UserFactory(staff="super_admin", timezone=own)
    Message.objects.create(
        event="welcome_user", channel="email", language="en", address="x@example.com",
        created_at=datetime(2026, 1, 5, 10, 0, tzinfo=UTC), sent_at=None, status="failed",
    )  # fmt: skip
    client = Client(headers={"accept-language": "en"})
    client.force_login(reader, backend="core.authentication.EmailOrUsernameBackend")
    page = client.get("/admin/core/message/").content.decode()
    assert f"5 Jan 2026, {clock}" in page


def test_the_clock_of_files_is_the_same(rf):
    save(GeneralPage, {"time_zone": "Asia/Tehran"}, user=None)
    request = rf.get("/")
    request.user = UserFactory(staff="admin")
    assert zone_of(request).key == "Asia/Tehran"
    request.user.timezone = "Europe/Paris"
    assert zone_of(request).key == "Europe/Paris"


def test_my_account_says_which_clock_is_used(admin_client):
    save(GeneralPage, {"time_zone": "Asia/Tehran"}, user=None)
    assert "Asia/Tehran" in admin_client.get("/admin/account/").content.decode()
    dialog = admin_client.get("/admin/account/profile/", headers={"HX-Request": "true"}).content.decode()
    assert "As on the General page (Asia/Tehran)" in dialog


def test_a_language_no_longer_offered_is_no_language(settings):
    save(GeneralPage, {"language": "fa"}, user=None)
    settings.LANGUAGES = [("en", "English")]
    assert default_language() == "en"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("support_email", "nobody"),
        ("support_phone", "call me"),
        ("language", "xx"),
        ("time_zone", "Mars/Base"),
        ("company_name", "x" * 81),
    ],
)
def test_what_makes_no_sense_is_refused(admin_client, name, value):
    assert admin_client.post(GENERAL, SENT | {name: value}).status_code == 200
    assert load(GeneralPage) == General()


def test_the_letterhead_is_one_line_of_what_there_is():
    assert General().letterhead == ""
    assert General(company_name="Rapid").letterhead == "Rapid"
    assert General(address="A\n\n B ").letterhead == "A · B"


def test_senders_and_the_low_balance_are_kept(admin_client):
    sent = {"sender_name": "Rapid", "sender_address": "no-reply@rapid.example", "low_balance": "25.5"}
    assert admin_client.post(NOTIFICATIONS, sent).status_code == 302
    assert load(NotificationsPage) == Notifications("Rapid", "no-reply@rapid.example", Decimal("25.5"))


@pytest.mark.parametrize("name", ["a\nBcc: x@y.example", "a\r\nb", "x" * 61])
def test_a_senders_name_is_one_line(name):
    assert "sender_name" in NotificationsForm({"sender_name": name, "low_balance": "0"}).errors


def test_the_servers_own_sender_fixes_the_address(settings, admin_client):
    settings.SETTINGS_FROM_ENVIRONMENT = {"DEFAULT_FROM_EMAIL": "Rapid <mail@rapid.example>"}
    site_settings.forget()
    assert load(NotificationsPage).sender_address == "mail@rapid.example"
    page = admin_client.get(NOTIFICATIONS).content.decode()
    assert "Set by DEFAULT_FROM_EMAIL" in page and 'value="mail@rapid.example"' in page
