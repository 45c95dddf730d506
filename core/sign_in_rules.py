"""What the company asks of those who sign in; asked at every use, so that a change is in force at once."""

from django.conf import settings

from core.models import User


def second_factor_required(user: User) -> bool:
    """Whether this person may sign in with a code only; a superuser counts as a super admin."""
    role = User.Role.SUPER_ADMIN if user.is_superuser else user.role
    return role in settings.SECOND_FACTOR_ROLES


def session_hours() -> int:
    """How long a sign-in lasts."""
    return int(settings.SESSION_HOURS)


def remember_days() -> int:
    """How long a browser stays signed in that was asked to remember its person."""
    return int(settings.REMEMBER_DAYS)
