"""Letting somebody try again who failed to sign in too often."""

from datetime import timedelta

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.exceptions import InvalidInput


def is_locked(attempt: AccessAttempt) -> bool:
    """Whether these tries are many enough and recent enough to lock."""
    recent = attempt.attempt_time >= timezone.now() - (get_cool_off() or timedelta(minutes=15))
    return recent and attempt.failures_since_start >= settings.AXES_FAILURE_LIMIT


@transaction.atomic
def unlock(*, attempt: AccessAttempt, reason: str) -> int:
    """Forget the failures of this name, from wherever they came; returns how many rows there were.

    Raises:
        InvalidInput: `reason_required`.
    """
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    record(
        "sign_in.unlocked",
        subject=("axes.accessattempt", str(attempt.pk)),
        data={"username": attempt.username, "address": attempt.ip_address, "reason": reason},
    )
    same = AccessAttempt.objects.filter(username=attempt.username)
    # Failures may be counted for the address alone, where no name was typed.
    return same.delete()[0] if attempt.username else AccessAttempt.objects.filter(pk=attempt.pk).delete()[0]
