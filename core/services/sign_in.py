"""Signing in without a page: the same checks, counts and locks as the log-in page has."""

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from core.authentication import wait_seconds
from core.events import record
from core.exceptions import DomainError, InvalidInput
from core.models import User


class LockedOut(DomainError):
    """Too many failed tries; `wait` is in seconds."""

    status = 429

    def __init__(self) -> None:
        super().__init__("locked_out", _("Too many failed tries. Wait, or ask a super admin to unlock you."))
        self.wait = wait_seconds()


class SignInFailed(DomainError):
    """No active account has this name and password; it does not say which was wrong."""

    status = 401
    auth_header = 'Bearer realm="api"'

    def __init__(self) -> None:
        super().__init__("sign_in_failed", _("No active account has this name and password."))


def sign_in(request: HttpRequest, *, name: str, password: str) -> User:
    """The active user with this user name or e-mail address and this password; the try is counted.

    Raises:
        LockedOut: once the name at this address, or the name from everywhere, failed too often.
        SignInFailed
    """
    tried = {"username": name}
    if not AxesProxyHandler.is_allowed(request, tried):
        raise LockedOut
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        raise SignInFailed if AxesProxyHandler.is_allowed(request, tried) else LockedOut
    # Counts of failures are forgotten and `last_login` is kept by those who listen.
    user_logged_in.send(sender=User, request=request, user=user)
    return user


def is_locked(attempt: AccessAttempt) -> bool:
    """Whether this name is locked at this address now."""
    cool_off = get_cool_off()
    recent = cool_off is None or attempt.attempt_time > timezone.now() - cool_off
    return bool(recent and attempt.failures_since_start >= settings.AXES_FAILURE_LIMIT)


@transaction.atomic
def unlock(*, attempt: AccessAttempt, reason: str) -> None:
    """Forget the failed tries of a name at an address, so that it may try again at once.

    Raises:
        InvalidInput: `reason_required`.
    """
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    AccessAttempt.objects.filter(username=attempt.username, ip_address=attempt.ip_address).delete()
    record(
        "sign_in.unlocked",
        subject=attempt,
        data={"username": attempt.username, "address": attempt.ip_address, "reason": reason},
    )
