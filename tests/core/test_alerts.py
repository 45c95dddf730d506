"""Staff are told when something needs a person, once for all times it goes wrong alike."""

import pytest
from django.core import mail

from core.messages import sending
from core.messages.alerts import alert
from core.models import FailedTask, Message, User
from core.notification_settings import NotificationsForm, NotificationsPage
from core.services import failed_tasks
from core.site_settings import save
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return UserFactory(staff="super_admin")  # type: ignore[no-any-return]


def fail() -> FailedTask:
    return failed_tasks.keep(name="core.forget", task_id="1", args=(), kwargs={}, error=ValueError("No"))


def test_work_that_fails_alike_is_one_alert(owner: User) -> None:
    failed = fail()
    fail()
    [inbox] = Message.objects.filter(user=owner, channel="inbox")
    assert "core.forget" in inbox.subject and inbox.link == f"/admin/core/failedtask/{failed.pk}/change/"
    assert FailedTask.objects.get().times == 2


def test_addresses_of_the_settings_are_told_too_and_nobody_twice(owner: User) -> None:
    asked = {
        "low_balance": "0",
        "alert_addresses": f"Pager@ops.example,\nnight@ops.example\n{owner.email.upper()}",
    }
    form = NotificationsForm(asked)
    assert form.is_valid(), form.errors
    save(NotificationsPage, form.cleaned_data, user=None)
    fail()
    mailed = Message.objects.filter(channel="email").values_list("address", flat=True)
    assert sorted(mailed) == sorted(["pager@ops.example", "night@ops.example", owner.email])
    sending.send_due()
    assert {tuple(sent.to) for sent in mail.outbox} == {(address,) for address in mailed}
    fail()
    assert Message.objects.filter(channel="email").count() == 3, "told again for the same"


@pytest.mark.parametrize(
    "text", ["ops@x.example, nobody", "a@x.example\n" * 3 + "<script>", "x@y.example\x00"]
)
def test_what_is_no_address_is_named(text: str) -> None:
    assert "alert_addresses" in NotificationsForm({"low_balance": "0", "alert_addresses": text}).errors
    many = " ".join(f"a{number}@x.example" for number in range(21))
    assert "alert_addresses" in NotificationsForm({"low_balance": "0", "alert_addresses": many}).errors


def test_where_nobody_can_be_told_the_work_goes_on(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.messages import alerts

    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(alerts, "tell_staff", broken)
    assert alert(what="x") == [] and fail().pk
