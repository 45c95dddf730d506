"""Work that failed in the background: kept once, secrets hidden, sent again once or put aside."""

import pytest
from celery import shared_task
from django.test import Client
from django.urls import reverse
from kombu import Queue

import core.tasks  # noqa: F401 - connects the signal, as in every worker
from core.backoffice import navigation
from core.models import Event, FailedTask
from core.services import failed_tasks
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
REASON = {"_form_submitted": "True", "reason": "The provider is back"}
LIST = "/admin/core/failedtask/"


@shared_task(name="core.test_always_fails")
def always_fails(place: str, password: str = "") -> None:
    raise ValueError(f"no way in {place}\x00")


@shared_task(name="core.test_never_fails")
def never_fails(place: str) -> None:
    return None


def fail(*args, **kwargs) -> FailedTask:
    always_fails.apply(args, kwargs)
    return FailedTask.objects.latest("id")


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role), backend="core.authentication.EmailOrUsernameBackend")
    return client


def action(name: str, failed: FailedTask) -> str:
    return reverse(f"admin:core_failedtask_{name}", args=[failed.pk])


def test_a_task_that_fails_is_kept_with_what_it_was_called_with():
    failed = fail("Tehran")
    assert (failed.name, failed.exception) == ("core.test_always_fails", "ValueError")
    assert failed.arguments["args"] == ["Tehran"]
    assert "no way in Tehran" in failed.message
    assert "always_fails" in failed.traceback
    assert failed.is_whole


def test_the_same_failure_is_counted_and_another_is_not():
    fail("Tehran")
    fail("Tehran")
    fail("Shiraz")
    assert sorted(FailedTask.objects.values_list("times", flat=True)) == [1, 2]


def test_once_settled_the_same_failure_is_kept_anew():
    first = fail("Tehran")
    failed_tasks.dismiss(failed=first, by=UserFactory(staff="super_admin"), reason="Known")
    assert fail("Tehran").pk != first.pk


@pytest.mark.parametrize("args,kwargs", [(["Tehran", "hunter2"], {}), (["Tehran"], {"password": "hunter2"})])
def test_secrets_are_hidden_and_what_is_hidden_is_not_sent_again(args, kwargs):
    failed = fail(*args, **kwargs)
    assert "hunter2" not in str(failed.arguments)
    answer = client_of("super_admin").post(action("retry", failed), REASON)
    assert "cannot be sent again" in answer.content.decode()
    failed.refresh_from_db()
    assert failed.state == "open"


def test_keeping_never_makes_matters_worse(monkeypatch):
    monkeypatch.setattr(failed_tasks, "keep", lambda **_given: 1 / 0)
    assert isinstance(always_fails.apply(["Tehran"]).result, ValueError)


def test_it_is_sent_again_once_and_with_a_reason(celery_queue):
    failed = fail("Tehran")
    client = client_of("super_admin")
    assert "HX-Redirect" not in client.post(action("retry", failed), {"_form_submitted": "True"})
    assert "HX-Redirect" in client.post(action("retry", failed), REASON)
    assert [message["headers"]["task"] for message in celery_queue()] == ["core.test_always_fails"]
    assert client.post(action("retry", failed), REASON).status_code == 409
    assert celery_queue() == []
    failed.refresh_from_db()
    assert (failed.state, failed.reason) == ("retried", "The provider is back")
    assert Event.objects.get(kind="task.retried").data["reason"] == "The provider is back"


def test_without_a_broker_it_stays_open_and_says_so(dead_broker):
    failed = fail("Tehran")
    answer = client_of("super_admin").post(action("retry", failed), REASON)
    assert "does not answer" in answer.content.decode()
    failed.refresh_from_db()
    assert failed.state == "open"


def test_a_task_the_product_no_longer_has_is_only_dismissed():
    failed = fail("Tehran")
    FailedTask.objects.update(name="core.gone")
    client = client_of("super_admin")
    assert "no task of this name" in client.post(action("retry", failed), REASON).content.decode()
    assert "HX-Redirect" in client.post(action("dismiss", failed), REASON)
    failed.refresh_from_db()
    assert failed.state == "dismissed"


def test_the_page_tells_the_error_and_where():
    page = client_of("auditor").get(f"{LIST}{fail('Tehran').pk}/change/").content.decode()
    assert "no way in Tehran" in page
    assert "Traceback" in page


@pytest.mark.parametrize("role", ["admin", "moderator", "finance", "support", "auditor"])
def test_only_super_admins_retry_and_dismiss(role):
    failed = fail("Tehran")
    client = client_of(role)
    assert client.get(LIST).status_code == (200 if role == "auditor" else 403)
    for name in ("retry", "dismiss"):
        assert client.post(action(name, failed), REASON).status_code == 403
    failed.refresh_from_db()
    assert failed.state == "open"


def test_the_sidebar_counts_those_that_wait():
    fail("Tehran")
    entry = next(one for one in navigation._entries if one.url_name == "admin:core_failedtask_changelist")
    assert navigation.badge_texts([entry]) == {entry.badge_key: "1"}


@pytest.fixture
def celery_queue(settings):
    """What the memory broker holds, taken out of it."""
    from celery import current_app

    def take() -> list[dict]:
        with current_app.connection_for_read() as connection:
            queue = Queue("celery")(connection.default_channel)
            found = []
            while message := queue.get(no_ack=True):
                found.append({"headers": message.headers})
            return found

    take()
    return take
