from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from core import tasks
from core.models import ApiRequest, IdempotencyKey
from core.schedules import PERIODIC, make_schedules
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_old_answers_and_old_lines_are_dropped_and_young_ones_kept(settings):
    now = timezone.now()
    ages = {"young": settings.IDEMPOTENCY_DAYS - 1, "old": settings.IDEMPOTENCY_DAYS + 1}
    for key, days in ages.items():
        IdempotencyKey.objects.create(scope="s", key=key, created_at=now - timedelta(days=days))
    for days in (1, settings.REQUEST_LOG_DAYS + 1):
        ApiRequest.objects.create(status=200, milliseconds=1, created_at=now - timedelta(days=days))
    tasks.forget_old()
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["young"]
    assert ApiRequest.objects.count() == 1


def test_answers_to_repeats_are_kept_for_a_week_at_least(settings):
    assert settings.IDEMPOTENCY_DAYS >= 7


def test_the_reset_message_goes_to_those_with_the_address_and_no_further():
    UserFactory(email="ada@example.com")
    UserFactory(email="gone@example.com", is_active=False)
    for address in ("ADA@example.com", "gone@example.com", "nobody@example.com"):
        tasks.send_password_reset(address, "https://desk.example")
    [message] = mail.outbox
    assert message.to == ["ada@example.com"]


def test_schedules_are_made_once_and_what_the_owner_changed_stays():
    name = PERIODIC[0].name
    PeriodicTask.objects.filter(name=name).update(enabled=False)
    make_schedules()
    assert PeriodicTask.objects.get(name=name).enabled is False
