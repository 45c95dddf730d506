"""Signing in without a page: the same checks, counts and locks as the log-in page has."""

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.authentication import wait_seconds
from core.exceptions import DomainError
from core.models import User
from core.services import second_factor


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


def sign_in(request: HttpRequest, *, name: str, password: str, otp: str = "") -> User:
    """The active user with this user name or e-mail address and this password; the try is counted.

    Args:
        otp: the code of the phone, or a recovery code, where the person has a second factor.

    Raises:
        LockedOut: once the name at this address, or the name from everywhere, failed too often.
        SignInFailed, and what `core.services.second_factor.require` raises.
    """
    tried = {"username": name}
    if not AxesProxyHandler.is_allowed(request, tried):
        raise LockedOut
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        raise SignInFailed if AxesProxyHandler.is_allowed(request, tried) else LockedOut
    second_factor.require(user=user, code=otp)
    # Counts of failures are forgotten and `last_login` is kept by those who listen.
    user_logged_in.send(sender=User, request=request, user=user)
    return user
