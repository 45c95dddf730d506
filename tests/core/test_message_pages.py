"""Staff change words safely, read the log, and everybody reads their inbox."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from core.exceptions import InvalidInput
from core.messages import inbox, sending, tell
from core.models import Event, Message, MessageTemplate, User
from core.services import message_templates
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
URL = "/admin/messages/welcome_user/?channel=email&language=en"
PREVIEW = "/admin/messages/welcome_user/preview/?channel=email&language=en"
GOOD = {"subject": "Welcome, {name}", "body": "Hello {name}, you are {username}."}
ATTACKS = {
    "a setting": "{{ settings.SECRET_KEY }}",
    "a password": "{{ user.password }}",
    "an include": "{% include '/etc/passwd' %}",
    "a loop": "{% for i in '1234' %}x{% endfor %}",
    "a comment": "{# x #}",
    "an attribute": "{name.__class__.__mro__}",
    "an index": "{name[0]}",
    "a conversion": "{name!r}",
    "a width": "{name:>100000000}",
    "another's placeholder": "{code}",
    "an open brace": "Hello {name",
    "a shell's": "${HOME}",
    "another engine's": "<%= 7 * 7 %>",
    "a control character": "Hello\x07",
    "padding": "x" * (101 * 1024),
    "a hundred megabytes": "x" * (100 * 1024 * 1024),
    "many placeholders": "{name}" * 101,
    "nothing": " ",
}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return client


@pytest.fixture
def owner() -> User:
    return UserFactory(staff="super_admin", first_name="Ada", last_name="Byron")  # type: ignore[no-any-return]


@pytest.fixture
def desk(owner: User) -> Client:
    return client_of(owner)


def test_staffs_own_words_are_used_and_the_products_come_back(desk: Client, owner: User) -> None:
    assert desk.post(URL, {**GOOD, "do": "save"}).status_code == 302
    [message] = tell("sara@example.com", "welcome_user", {"username": "sara"}, name="Sara")
    assert (message.subject, message.body) == ("Welcome, Sara", "Hello Sara, you are sara.")
    page = desk.get(URL).content.decode()
    assert "Own words" in page and "Hello Sara Ahmadi, you are sara." in page
    [event] = Event.objects.filter(kind="template.changed")
    assert event.actor_id == str(owner.pk) and event.data["changed"] == ["subject", "body"]
    assert desk.post(URL, {**GOOD, "do": "usual"}).status_code == 302
    assert not MessageTemplate.objects.exists()
    [usual] = tell("sara@example.com", "welcome_user", {"username": "sara"}, name="Sara")
    assert usual.subject == "Welcome to Topline"


def test_earlier_words_can_be_shown_in_the_form_and_saved_again(desk: Client) -> None:
    desk.post(URL, {**GOOD, "do": "save"})
    desk.post(URL, {**GOOD, "subject": "Second", "do": "save"})
    links = re.findall(r'href="([^"]+version=\d+)"', desk.get(URL).content.decode())
    assert len(links) == 2
    assert "Welcome, {name}" in desk.get(links[-1].replace("&amp;", "&")).content.decode()
    assert MessageTemplate.objects.get().subject == "Second", "looking at it changed it"


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_refused_by_save_preview_and_test_naming_the_field(attack: str, owner: User) -> None:
    text = ATTACKS[attack]
    place = {"event": "welcome_user", "channel": "email", "language": "en"}
    calls = [
        lambda **words: message_templates.save(**place, **words, by=owner),
        lambda **words: message_templates.try_out(**place, **words, by=owner),
        lambda **words: message_templates.preview(event="welcome_user", channel="email", **words),
    ]
    for call in calls:
        with pytest.raises(InvalidInput) as refusal:
            call(subject="Welcome", body=text)
        assert set(refusal.value.errors) == {"body"} and len(refusal.value.errors["body"][0]) < 400
        with pytest.raises(InvalidInput) as refusal:
            call(subject=text, body="Hello")
        assert set(refusal.value.errors) == {"subject"}
    assert not MessageTemplate.objects.exists() and not Message.objects.exists()


@pytest.mark.parametrize("attack", [one for one in ATTACKS if one != "a hundred megabytes"])
def test_the_page_says_at_the_field_what_is_wrong(attack: str, desk: Client) -> None:
    for do in ("save", "try"):
        answer = desk.post(URL, {"subject": "Welcome", "body": ATTACKS[attack], "do": do})
        assert answer.status_code in (200, 413) and answer.context["form"].errors.get("body"), do
    preview = desk.post(PREVIEW, {"subject": "Welcome", "body": ATTACKS[attack]})
    assert preview.status_code == 200 and 'role="alert"' in preview.content.decode()
    assert not MessageTemplate.objects.exists()


def test_a_hundred_megabytes_are_refused_unread_naming_the_field(desk: Client) -> None:
    said = {"CONTENT_LENGTH": str(100 * 1024 * 1024)}
    kind = "application/x-www-form-urlencoded"
    page = desk.generic("POST", URL, b"body=x", kind, **said)
    assert page.status_code == 413 and "at most 100 KB" in str(page.context["form"].errors["body"])
    preview = desk.generic("POST", PREVIEW, b"body=x", kind, **said)
    assert "Text:" in preview.content.decode() and "at most 100 KB" in preview.content.decode()


def test_what_is_sent_needs_a_token(owner: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner, backend="core.authentication.EmailOrUsernameBackend")
    for url in (URL, PREVIEW):
        assert strict.post(url, {**GOOD, "do": "save"}).status_code == 403
    assert not MessageTemplate.objects.exists()


def test_the_preview_fills_in_samples_and_escapes(desk: Client) -> None:
    answer = desk.post(PREVIEW, {"subject": "Hi {name}", "body": "<script>x</script> {username}"})
    text = answer.content.decode()
    assert "Hi Sara Ahmadi" in text and "&lt;script&gt;x&lt;/script&gt; sara" in text


def test_a_test_goes_to_whoever_asks_and_saves_nothing(
    desk: Client, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert desk.post(URL, {**GOOD, "do": "try"}).status_code == 302
    sending.send_due()
    [letter] = mail.outbox
    assert letter.to == [owner.email] and letter.subject == "Welcome, Sara Ahmadi"
    assert not MessageTemplate.objects.exists()


def test_those_who_only_look_change_nothing() -> None:
    auditor = client_of(UserFactory(staff="auditor"))
    assert auditor.get(URL).status_code == 200
    assert auditor.post(URL, {**GOOD, "do": "save"}).status_code == 403
    assert client_of(UserFactory(staff="support")).get(URL).status_code == 403
    assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize("query", ["channel=inbox", "language=xx", "channel=%27", "version=abc"])
def test_an_address_that_means_nothing_is_no_error(desk: Client, query: str) -> None:
    url = reverse("admin:message-template", args=["welcome_user"])
    assert desk.get(f"{url}?{query}").status_code == (200 if "version" in query else 404)
    assert desk.get(reverse("admin:message-template", args=["nothing"])).status_code == 404


def test_the_log_shows_what_was_said_and_sends_it_again(desk: Client) -> None:
    [message] = tell("sara@example.com", "welcome_user", {"username": "sara"}, now=True)
    assert "sara@example.com" in desk.get(reverse("admin:core_message_changelist")).content.decode()
    assert (
        "Your user name is sara"
        in desk.get(reverse("admin:core_message_change", args=[message.pk])).content.decode()
    )
    url = reverse("admin:core_message_send_again", args=[message.pk])
    answer = desk.post(url, {"_form_submitted": "True", "reason": "She lost it"})
    assert "HX-Redirect" in answer
    sending.send_due()
    assert [letter.to for letter in mail.outbox] == [["sara@example.com"]] * 2


def test_a_secret_is_in_no_page(desk: Client, owner: User) -> None:
    [message] = tell(owner, "password_reset", {"link": "https://x/canary"}, by=["email"])
    page = desk.get(reverse("admin:core_message_change", args=[message.pk])).content.decode()
    assert "canary" not in page and "not kept" in page


def test_the_inbox_counts_opens_and_marks(desk: Client, owner: User) -> None:
    for number in range(3):
        tell(owner, "admin_alerts", {"what": f"Alert {number}"}, by=["inbox"], link="/admin/operations/")
    page = desk.get(reverse("admin:inbox")).content.decode()
    assert "Inbox: 3 unread" in page and "Alert 2" in page
    first = Message.objects.order_by("pk").first()
    assert first
    opened = desk.get(reverse("admin:inbox-message", args=[first.pk]))
    assert opened["Location"] == "/admin/operations/"
    assert inbox.unread_count(owner) == 2
    assert desk.post(reverse("admin:inbox")).status_code == 302
    assert inbox.unread_count(owner) == 0
    assert "Nothing is new" in desk.get(reverse("admin:inbox") + "?unread=1").content.decode()


def test_nobody_reads_anothers_inbox(desk: Client, owner: User) -> None:
    other = UserFactory(staff="admin")
    [message] = tell(other, "admin_alerts", {"what": "For somebody else"}, by=["inbox"])
    assert "somebody else" not in desk.get(reverse("admin:inbox")).content.decode()
    assert desk.get(reverse("admin:inbox-message", args=[message.pk])).status_code == 404
    message.refresh_from_db()
    assert message.read_at is None


@pytest.mark.parametrize(
    "link", ["https://evil.example/", "//evil.example/admin/", "javascript:alert(1)", ""]
)
def test_a_message_leads_nowhere_but_into_the_admin(desk: Client, owner: User, link: str) -> None:
    [message] = tell(owner, "admin_alerts", {"what": "x"}, by=["inbox"], link=link)
    answer = desk.get(reverse("admin:inbox-message", args=[message.pk]))
    assert answer["Location"].startswith("/admin/inbox/#")


def test_a_page_of_the_inbox_costs_few_queries(
    desk: Client, owner: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        tell(owner, "admin_alerts", {"what": f"Alert {number}"}, by=["inbox"])
    desk.get(reverse("admin:inbox"))
    with django_assert_max_num_queries(12):
        desk.get(reverse("admin:inbox"))
