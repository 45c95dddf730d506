"""Staff are told when something needs a person, once for all times it goes wrong alike."""

import pytest

from core.messages.alerts import alert
from core.models import FailedTask, Message, User
from core.services import failed_tasks
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


def test_where_nobody_can_be_told_the_work_goes_on(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.messages import alerts

    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(alerts, "tell_staff", broken)
    assert alert(what="x") == [] and fail().pk
