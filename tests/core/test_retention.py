"""What is kept for a time is forgotten when it has passed, by kind, as the settings page says."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessFailureLog, AccessLog
from django.test import Client
from django.utils import timezone

from core.models import ApiRequest, CheckRun, Event, FailedTask, User
from core.retention_settings import RetentionPage, forgetters
from core.site_settings import load, save
from core.tasks import forget_old
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/admin/settings/retention/"


def aged(model: Any, field: str, days: int, **values: Any) -> Any:
    made = model.objects.create(**values)
    model.objects.filter(pk=made.pk).update(**{field: timezone.now() - timedelta(days=days)})
    return made


def test_each_kind_has_its_days():
    asked = {
        "method": "GET",
        "path": "/api/x",
        "status": 200,
        "milliseconds": 1,
        "created_at": timezone.now(),
    }
    aged(ApiRequest, "created_at", 6, **asked)
    young = aged(ApiRequest, "created_at", 4, **asked)
    aged(AccessLog, "attempt_time", 11, username="ada")
    aged(AccessFailureLog, "attempt_time", 11, username="ada")
    failed = {
        "name": "x",
        "task_id": "1",
        "exception": "E",
        "first_at": timezone.now(),
        "last_at": timezone.now(),
    }
    aged(FailedTask, "last_at", 21, **failed, state="dismissed")
    still_open = aged(FailedTask, "last_at", 21, **failed)
    aged(CheckRun, "asked_at", 31, kind="ledger", state="right", asked_by="x", asked_at=timezone.now())
    wanted = {"requests": 5, "sign_ins": 10, "failed_tasks": 20, "checks": 30}
    save(RetentionPage, wanted, user=None)
    forget_old()
    assert list(ApiRequest.objects.all()) == [young]
    assert not AccessLog.objects.exists()
    assert not AccessFailureLog.objects.exists()
    assert list(FailedTask.objects.all()) == [still_open]
    assert not CheckRun.objects.exists()
    assert Event.objects.exists()


def test_every_kind_of_the_page_is_forgotten_by_somebody():
    assert set(RetentionPage.form_class.base_fields) == set(forgetters.keys())


def test_it_is_changed_on_its_page_within_bounds():
    client = Client()
    client.force_login(UserFactory(staff="admin"), backend="core.authentication.EmailOrUsernameBackend")
    assert client.get(PAGE).status_code == 200
    sent = {
        "requests": 7, "sign_ins": 100, "failed_tasks": 10, "checks": 50, "codes": 5, "messages": 0,
        "sent_messages": 30,
        "payment_replies": 365, "reason": "The law",
    }  # fmt: skip
    client.post(PAGE, sent | {"requests": 0})
    assert load(RetentionPage, fresh=True).requests == 30
    client.post(PAGE, sent)
    kept = load(RetentionPage, fresh=True)
    assert (kept.requests, kept.messages, kept.payment_replies) == (7, 0, 365)
    assert User.objects.exists()
