"""Inviting people: a message with a link that works once and for a time, and no rights beyond the inviter's."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.urls import reverse

from core import tasks
from core.exceptions import NotAllowed
from core.models import Event, User
from core.services import invitations
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
INVITE = "/admin/core/user/invite/"
SENT = {
    "_form_submitted": "True",
    "email": "Grace@Example.com",
    "first_name": "Grace",
    "last_name": "Hopper",
    "role": "support",
}
NEW = {"new_password1": "a rather long one 7", "new_password2": "a rather long one 7"}


@pytest.fixture(autouse=True)
def _worker(monkeypatch):
    monkeypatch.setattr(tasks.send_password_reset, "delay", tasks.send_password_reset)
    monkeypatch.setattr(tasks.send_invitation, "delay", tasks.send_invitation)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="core.authentication.EmailOrUsernameBackend")
    return client


@pytest.fixture
def owner() -> Client:
    return client_of(UserFactory(staff="super_admin", first_name="Ada", last_name="Byron"))


@pytest.fixture
def invited(owner, django_capture_on_commit_callbacks) -> User:
    with django_capture_on_commit_callbacks(execute=True):
        answer = owner.post(reverse("admin:core_user_invite"), SENT)
    assert "HX-Redirect" in answer, answer.content.decode()
    return User.objects.get(email="grace@example.com")


def link_in(message: mail.EmailMessage) -> str:
    found = re.search(r"https?://[^/]+(/\S+)", message.body)
    assert found
    return found[1]


def follow(link: str, client: Client | None = None) -> tuple[Client, str]:
    """Opens the link; the address it leads to."""
    client = client or Client()
    answer = client.get(link, follow=True)
    return client, answer.redirect_chain[-1][0] if answer.redirect_chain else link


def test_the_message_has_a_link_and_no_password(invited):
    (message,) = mail.outbox
    assert message.to == ["grace@example.com"]
    for words in ("Grace Hopper", "Ada Byron", "Support", "3 days", invited.username):
        assert words in message.body
    assert "invited" in message.subject
    assert not invited.has_usable_password()
    assert (invited.username, invited.role, invited.is_staff, invited.is_superuser) == (
        "grace",
        "support",
        True,
        False,
    )
    assert [event.kind for event in Event.objects.filter(subject_id=str(invited.pk)).order_by("id")] == [
        "user.created",
        "user.invited",
    ]


def test_under_the_link_they_choose_their_password_once(invited):
    link = link_in(mail.outbox[0])
    client, form = follow(link)
    assert client.post(form, NEW)["Location"] == reverse("admin:login")
    invited.refresh_from_db()
    assert invited.check_password(NEW["new_password1"])
    signed_in = Client().post(
        reverse("admin:login"), {"username": "grace@example.com", "password": NEW["new_password1"]}
    )
    assert signed_in.status_code == 302
    again, form = follow(link)
    again.post(form, {"new_password1": "another long one 8", "new_password2": "another long one 8"})
    invited.refresh_from_db()
    assert invited.check_password(NEW["new_password1"]), "the link worked twice"


def test_the_link_expires(invited, settings):
    settings.PASSWORD_RESET_TIMEOUT = -1  # as if that time had passed since
    client, form = follow(link_in(mail.outbox[0]))
    client.post(form, NEW)
    invited.refresh_from_db()
    assert not invited.has_usable_password()


def test_inviting_again_ends_the_link_before(invited, owner, django_capture_on_commit_callbacks):
    url = reverse("admin:core_user_invite_again", args=[invited.pk])
    with django_capture_on_commit_callbacks(execute=True):
        assert "HX-Redirect" in owner.post(url, {"_form_submitted": "True"})
    first, second = (link_in(message) for message in mail.outbox)
    client, form = follow(first)
    client.post(form, NEW)
    invited.refresh_from_db()
    assert not invited.has_usable_password(), "the first link still worked"
    client, form = follow(second)
    client.post(form, NEW)
    invited.refresh_from_db()
    assert invited.check_password(NEW["new_password1"])
    assert owner.post(url, {"_form_submitted": "True"}).status_code == 409


def test_somebody_deactivated_meanwhile_cannot_join(invited, owner):
    deactivate = reverse("admin:core_user_deactivate", args=[invited.pk])
    owner.post(deactivate, {"_form_submitted": "True", "reason": "A mistake"})
    client, form = follow(link_in(mail.outbox[0]))
    client.post(form, NEW)
    invited.refresh_from_db()
    assert not invited.has_usable_password()
    assert invitations.send(user_id=invited.pk, by="Ada", site="http://testserver") is False


def test_an_address_in_use_is_refused_at_its_field_and_nothing_is_sent(
    owner, django_capture_on_commit_callbacks
):
    UserFactory(email="grace@example.com")
    with django_capture_on_commit_callbacks(execute=True):
        answer = owner.post(reverse("admin:core_user_invite"), SENT)
    assert "in use" in answer.content.decode()
    assert mail.outbox == []


@pytest.mark.parametrize(
    "wrong",
    [{"email": "nobody"}, {"email": ""}, {"role": "emperor"}, {"email": "a\x00b@example.com"}],
    ids=["no address", "empty", "no such role", "NUL"],
)
def test_bad_answers_invite_nobody(owner, wrong):
    before = User.objects.count()
    answer = owner.post(reverse("admin:core_user_invite"), SENT | wrong)
    assert answer.status_code == 200
    assert "HX-Redirect" not in answer
    assert User.objects.count() == before


@pytest.mark.parametrize("role", ["admin", "moderator", "finance", "support", "auditor"])
def test_nobody_else_invites(role):
    client = client_of(UserFactory(staff=role))
    url = reverse("admin:core_user_invite")
    assert client.get(url).status_code == 403
    assert client.post(url, SENT).status_code == 403
    assert not User.objects.filter(email="grace@example.com").exists()


def test_with_the_add_right_alone_no_role_can_be_handed_out(django_capture_on_commit_callbacks):
    """A group of the owner's own may give `add_user`; a role is still beyond its members."""
    helper = UserFactory(staff="support")
    helper.user_permissions.add(
        *Permission.objects.filter(codename__in=["add_user", "view_user", "change_user"])
    )
    client, url = client_of(helper), reverse("admin:core_user_invite")
    assert "Super admin" not in client.get(url).content.decode()
    for role in ("support", "super_admin"):
        answer = client.post(url, SENT | {"role": role})
        assert "HX-Redirect" not in answer
    page = client.get(reverse("admin:core_user_add")).content.decode()
    assert 'value="super_admin"' not in page
    sent = {
        "username": "owned",
        "email": "owned@example.com",
        "role": "super_admin",
        "new_password": PASSWORD,
    }
    client.post(reverse("admin:core_user_add"), sent)
    assert not User.objects.filter(email__in=["grace@example.com", "owned@example.com"]).exists()
    with pytest.raises(NotAllowed):
        invitations.invite(email="x@example.com", by=helper, site="http://testserver", role="support")
    assert "HX-Redirect" in client.post(url, SENT | {"role": ""})
    newcomer = User.objects.get(email="grace@example.com")
    assert (newcomer.role, newcomer.is_staff) == ("", False)
    staff = UserFactory(staff="moderator")
    staff.set_unusable_password()
    staff.save()
    again = client.post(reverse("admin:core_user_invite_again", args=[staff.pk]), {"_form_submitted": "True"})
    assert "beyond yours" in again.content.decode()


def test_names_are_made_from_addresses_and_never_clash():
    UserFactory(username="Grace")
    UserFactory(username="grace2")
    assert invitations.free_name("grace@example.com") == "grace3"
    assert invitations.free_name("“”@example.com") == "person"
    assert len(invitations.free_name("x" * 300 + "@example.com")) <= 150


def test_the_list_says_who_has_not_joined_yet(invited, owner):
    page = owner.get(reverse("admin:core_user_changelist")).content.decode()
    assert "Not joined yet</span>" in page
    assert "Invite again" in owner.get(reverse("admin:core_user_change", args=[invited.pk])).content.decode()


def test_a_link_for_a_new_password_is_sent_by_mail(owner, django_capture_on_commit_callbacks):
    person = UserFactory(staff="support")
    url = reverse("admin:core_user_send_link", args=[person.pk])
    with django_capture_on_commit_callbacks(execute=True):
        assert "HX-Redirect" in owner.post(url, {"_form_submitted": "True"})
    (message,) = mail.outbox
    assert message.to == [person.email]
    client, form = follow(link_in(message))
    client.post(form, NEW)
    person.refresh_from_db()
    assert person.check_password(NEW["new_password1"])
    assert client_of(UserFactory(staff="admin")).post(url, {"_form_submitted": "True"}).status_code == 403
