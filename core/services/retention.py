"""What the core keeps for a time; see `core.retention_settings`."""

from datetime import datetime

from axes.models import AccessAttempt, AccessFailureLog, AccessLog

from core.models import ApiRequest, CheckRun, FailedTask
from core.retention_settings import forgetters


@forgetters.register("requests")
def forget_requests(before: datetime) -> None:
    old = ApiRequest.objects.filter(created_at__lt=before)
    old._raw_delete(old.db)  # type: ignore[attr-defined]


@forgetters.register("sign_ins")
def forget_sign_ins(before: datetime) -> None:
    for log in (AccessLog, AccessFailureLog, AccessAttempt):
        log.objects.filter(attempt_time__lt=before).delete()


@forgetters.register("failed_tasks")
def forget_failed_tasks(before: datetime) -> None:
    FailedTask.objects.exclude(state=FailedTask.State.OPEN).filter(last_at__lt=before).delete()


@forgetters.register("checks")
def forget_checks(before: datetime) -> None:
    CheckRun.objects.filter(asked_at__lt=before).delete()
