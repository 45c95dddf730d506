"""What the company asks of those who sign in: the Security settings, asked at every use."""

from core.models import User
from core.security_settings import security


def second_factor_required(user: User) -> bool:
    """Whether this person may sign in with a code only; a superuser counts as a super admin."""
    role = User.Role.SUPER_ADMIN.value if user.is_superuser else user.role
    return bool(role) and role in security().second_factor_roles


def session_hours() -> int:
    """How long a sign-in lasts."""
    return security().session_hours


def remember_days() -> int:
    """How long a browser stays signed in that was asked to remember its person."""
    return security().remember_days
