"""The operations page: how everything does, and proofs that run in the background and keep what they found."""

import time

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commerce.models import Account
from core.admin import operations
from core.backoffice import health
from core.models import CheckRun, Event
from core.schedules import make_schedules
from core.services import broker, check_runs
from core.tasks import run_check
from tests.factories import UserFactory
from tests.factories_orders import make_shop

pytestmark = pytest.mark.django_db
PAGE, NOW = "/admin/operations/", "/admin/operations/now/"
REASON = {"_form_submitted": "True", "reason": "The month is closing"}


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role), backend="core.authentication.EmailOrUsernameBackend")
    return client


@pytest.mark.parametrize("url", [PAGE, NOW])
def test_it_shows_every_check_with_a_word(url):
    page = client_of("super_admin").get(url).content.decode()
    for title in ("Database", "Queue", "Workers", "Cache", "Scheduler", "Disk", "Orders on their way"):
        assert title in page, title
    assert page.count("tl-badge--") >= len(health.health_checks.keys())


@pytest.mark.parametrize("url", [PAGE, NOW])
def test_it_answers_soon_without_queue_and_workers(url, dead_broker):
    started = time.monotonic()
    answer = client_of("super_admin").get(url)
    assert answer.status_code == 200
    assert "Something is broken" in answer.content.decode()
    assert time.monotonic() - started < 5


def test_a_check_that_breaks_is_an_answer_not_an_error():
    class Broken(health.HealthCheck):
        title = "Broken"

        def run(self):
            from django.db import connection

            connection.cursor().execute("SELECT nonsense")

    health.health_checks.add("test-broken", Broken)
    try:
        page = client_of("super_admin").get(NOW).content.decode()
    finally:
        health.health_checks._items.pop("test-broken")
    assert "Does not answer" in page
    assert "Database" in page


def test_the_cache_and_the_queue_are_said_to_be_gone(settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "core.cache.ForgivingRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.2},
        }
    }
    found = {name: health.look(check()).health for name, check in health.health_checks.items()}
    assert found["cache"].tone == "warning"
    assert found["queue"].tone == "danger"
    assert found["workers"].tone == "danger"
    assert found["database"].tone == "success"


@pytest.mark.parametrize(
    "role,status", [("admin", 200), ("finance", 200), ("auditor", 200), ("moderator", 403), ("support", 403)]
)
def test_who_may_look(role, status):
    for url in (PAGE, NOW):
        assert client_of(role).get(url).status_code == status


def test_a_proof_keeps_what_it_found():
    make_shop()
    run = check_runs.carry_out("ledger")
    assert run is not None
    assert (run.state, run.found) == ("right", 0)
    assert {result["name"] for result in run.results} >= {"balance", "held", "order_amounts"}
    assert run.figures["wallets"] >= 1
    page = client_of("auditor").get(reverse("admin:core_checkrun_change", args=[run.pk])).content.decode()
    assert "Each wallet&#x27;s balance is what its transfers add up to" in page
    assert "Proof of the books" in client_of("finance").get(PAGE).content.decode()


def test_a_proof_says_what_is_wrong():
    wallet = make_shop().wallet
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Account.objects.filter(pk=wallet.pk).update(balance=wallet.balance + 5)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    run = check_runs.carry_out("ledger")
    assert run is not None
    assert run.state == "wrong"
    assert run.found >= 1
    page = client_of("finance").get(reverse("admin:core_checkrun_change", args=[run.pk])).content.decode()
    assert "findings" in page


def test_a_proof_is_asked_for_with_a_reason_and_runs_once_at_a_time():
    client = client_of("finance")
    url = reverse("admin:core_checkrun_ledger_now")
    assert "HX-Redirect" not in client.post(url, {"_form_submitted": "True"})
    assert "HX-Redirect" in client.post(url, REASON)
    assert "running already" in client.post(url, REASON).content.decode()
    assert Event.objects.get(kind="check.started").data["reason"] == "The month is closing"
    run_check("ledger")
    assert CheckRun.objects.get().state == "right"
    assert "HX-Redirect" in client.post(url, REASON)


@pytest.mark.parametrize("role", ["admin", "moderator", "support", "auditor"])
def test_others_do_not_run_it(role):
    assert client_of(role).post(reverse("admin:core_checkrun_ledger_now"), REASON).status_code == 403
    assert not CheckRun.objects.exists()


def test_without_a_queue_no_run_waits_for_ever(dead_broker):
    answer = client_of("finance").post(reverse("admin:core_checkrun_ledger_now"), REASON)
    assert "does not answer" in answer.content.decode()
    assert not CheckRun.objects.exists()


def test_a_run_whose_worker_was_lost_does_not_block_the_next():
    check_runs.start(kind="ledger")
    CheckRun.objects.update(state="running", asked_at="2020-01-01T00:00Z")
    assert check_runs.carry_out("ledger") is not None
    assert sorted(CheckRun.objects.values_list("state", flat=True)) == ["failed", "right"]


def test_a_proof_that_breaks_is_kept_as_such(monkeypatch):
    monkeypatch.setattr(check_runs.proofs.get("ledger"), "run", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        check_runs.carry_out("ledger")
    assert CheckRun.objects.get().error == "ZeroDivisionError"


def test_it_runs_every_night():
    from django_celery_beat.models import PeriodicTask

    from commerce.schedules import PERIODIC
    from core.schedules import make

    PeriodicTask.objects.filter(task="core.run_check").delete()
    make_schedules()
    make(PERIODIC)
    task = PeriodicTask.objects.get(task="core.run_check", args='["ledger"]')
    assert (task.crontab.hour, task.args, task.interval) == ("3", '["ledger"]', None)


def test_a_queue_that_is_no_server_of_ours_is_down(settings):
    settings.CELERY_BROKER_URL = "memory://"
    with pytest.raises(broker.BrokerDown):
        broker.queue_lengths()


def test_books_found_wrong_are_something_broken(monkeypatch):
    # Here neither queue nor worker runs, so the machines are left out.
    monkeypatch.setattr(operations, "cards", lambda request: [])
    page = client_of("super_admin").get(NOW).content.decode()
    assert "Something is broken" not in page
    CheckRun.objects.create(
        kind="ledger", state=CheckRun.State.WRONG, asked_at=timezone.now(), asked_by="Ada", found=2
    )
    assert "Something is broken" in client_of("super_admin").get(NOW).content.decode()
