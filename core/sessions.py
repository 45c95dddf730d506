"""Whom a session stands for. A password alone opens nothing for those who have a second factor, or must have one: until
the code is given they are nobody, on every address of the product, and only the pages that ask for it know them.
"""

from typing import Any

from django.contrib.auth import middleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from core.models import User
from core.services import second_factor, sign_in_sessions

# In the session: the stamp of the factor whose code was given.
GIVEN = "second_factor"


def whole_user(request: HttpRequest) -> User | AnonymousUser:
    """Who is signed in, with everything they must show."""
    user = middleware.get_user(request)
    if not isinstance(user, User):
        return user
    if not _is_whole(request, user):
        return AnonymousUser()
    if not sign_in_sessions.goes_on(request, user):
        request.session.flush()
        return AnonymousUser()
    return user


def half_signed_in(request: HttpRequest) -> User | None:
    """Who gave the right password and still owes the code, or a second factor at all."""
    user = middleware.get_user(request)
    return user if isinstance(user, User) and not _is_whole(request, user) else None


def owes_code(request: HttpRequest) -> User | None:
    """As above, leaving out those whose session is of a factor that was taken away: they sign in anew."""
    user = half_signed_in(request)
    return user if user and (user.second_factor_at or second_factor.must_have(user)) else None


def gave_code(request: HttpRequest, user: User) -> None:
    """The session is whole from here on, under another key."""
    request.session.cycle_key()
    request.session[GIVEN] = second_factor.stamp(user)
    sign_in_sessions.begin(request, user, with_code=user.second_factor_at is not None)


def _is_whole(request: HttpRequest, user: User) -> bool:
    carried: Any = request.session.get(GIVEN, "")
    return second_factor.is_whole(user, str(carried))
