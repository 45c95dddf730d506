"""Letting somebody try again who failed to sign in too often."""

from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from core.authentication import lock_time
from core.events import record
from core.exceptions import InvalidInput
from core.models import User
from core.security_settings import security
from core.services import second_factor


def with_tries_anywhere(attempts: QuerySet[AccessAttempt]) -> QuerySet[AccessAttempt]:
    """Each with how often its name failed lately, from whatever address; see `core.authentication`."""
    same = AccessAttempt.objects.filter(username=OuterRef("username"), attempt_time__gte=_lately())
    summed = same.order_by().values("username").annotate(total=Sum("failures_since_start")).values("total")
    return attempts.annotate(tries_anywhere=Subquery(summed[:1]))


def is_locked(attempt: Any) -> bool:
    """Whether the name is locked now: at this address, or anywhere because it was guessed from everywhere."""
    if attempt.attempt_time < _lately():
        return False
    anywhere, rules = getattr(attempt, "tries_anywhere", None) or 0, security()
    return bool(
        attempt.failures_since_start >= rules.lockout_tries
        or (attempt.username and anywhere >= rules.lockout_tries_anywhere)
    )


def tries_of(user: User) -> int:
    """How often somebody failed lately under this person's name; tries by their address count under it too."""
    lately = AccessAttempt.objects.filter(username=user.username, attempt_time__gte=_lately())
    return lately.aggregate(total=Sum("failures_since_start"))["total"] or 0


@transaction.atomic
def unlock(*, attempt: AccessAttempt, reason: str) -> int:
    """Forget the failures of this name, from wherever they came; returns how many rows there were.

    Raises:
        InvalidInput: `reason_required`.
    """
    _required(reason)
    record(
        "sign_in.unlocked",
        subject=("axes.accessattempt", str(attempt.pk)),
        data={"username": attempt.username, "address": attempt.ip_address, "reason": reason},
    )
    same = AccessAttempt.objects.filter(username=attempt.username)
    # Failures may be counted for the address alone, where no name was typed.
    return same.delete()[0] if attempt.username else AccessAttempt.objects.filter(pk=attempt.pk).delete()[0]


@transaction.atomic
def unlock_person(*, user: User, reason: str) -> int:
    """Forget the failures under a person's name, and the wrong codes of their second factor.

    Raises:
        InvalidInput: `reason_required`.
    """
    _required(reason)
    record("sign_in.unlocked", subject=user, data={"username": user.username, "reason": reason})
    second_factor.forget_failures(user=user)
    return AccessAttempt.objects.filter(username=user.username).delete()[0]


def _required(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")


def _lately() -> datetime:
    return timezone.now() - lock_time()
