"""Core's work in the background; each may run twice or late without harm."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core.models import ApiRequest, IdempotencyKey
from core.services import passwords


@shared_task(name="core.send_password_reset")
def send_password_reset(email: str, site: str) -> None:
    passwords.send_reset(email=email, site=site)


@shared_task(name="core.forget_old")
def forget_old() -> None:
    """Drop what is kept for a time only: answers under idempotency keys and the log of API requests."""
    now = timezone.now()
    answers = IdempotencyKey.objects.filter(created_at__lt=now - timedelta(days=settings.IDEMPOTENCY_DAYS))
    answers._raw_delete(answers.db)  # type: ignore[attr-defined]
    requests = ApiRequest.objects.filter(created_at__lt=now - timedelta(days=settings.REQUEST_LOG_DAYS))
    requests._raw_delete(requests.db)  # type: ignore[attr-defined]
