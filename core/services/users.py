"""Staff and their roles. Nobody gives rights above their own, and one super admin always remains.

A role brings `is_staff`, `is_superuser` and the group of its name; nothing else in the product sets those.
"""

from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from core.events import record
from core.exceptions import Conflict, InvalidInput, NotAllowed
from core.models import User
from core.roles import STAFF_ROLES
from core.services import sign_in_sessions

PROFILE = ("first_name", "last_name", "email", "phone_number", "language", "timezone")


def may_manage(by: User, user: User) -> bool:
    """Whether `by` may change this person: a super admin everyone, others only people who are no staff."""
    if by.is_superuser:
        return True
    return not (user.is_staff or user.is_superuser or user.role) and by.has_perm("core.change_user")


def givable_roles(by: User) -> tuple[str, ...]:
    """The roles this person may hand out; no role is always among them."""
    return ("", *STAFF_ROLES) if by.is_superuser else ("",)


def require_manageable(*, by: User, user: User) -> None:
    """Raises NotAllowed: `not_above_own_rights`."""
    if not may_manage(by, user):
        raise _above()


@transaction.atomic
def create_user(
    *, username: str, email: str, by: User, role: str = "", password: str = "", **profile: Any
) -> User:
    """Let somebody sign in, with a role or without. Without a password they set one by the forgotten-password
    link.

    Raises:
        NotAllowed: `not_above_own_rights`. InvalidInput: naming the field.
    """
    if role and role not in STAFF_ROLES:
        raise InvalidInput("unknown_role", _("There is no such role."), field="role")
    if role not in givable_roles(by):
        raise _above()
    user = User(username=username.strip(), email=email.strip().lower(), **_known(profile))
    if password:
        _check_password(password, user)
        user.set_password(password)
    else:
        user.set_unusable_password()
    _give(user, role)
    _save(user)
    _join_group(user)
    record("user.created", subject=user, data={"username": user.username, "role": role})
    return user


@transaction.atomic
def change_profile(*, user: User, by: User, **profile: Any) -> User:
    """Change names, addresses, language and zone.

    Raises:
        NotAllowed: `not_above_own_rights`. InvalidInput: naming the field.
    """
    user = _managed(user, by, own=True)
    changed = [name for name, value in _known(profile).items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, profile[name])
    if changed:
        _save(user)
        record("user.changed", subject=user, data={"fields": changed})
    return user


@transaction.atomic
def set_role(*, user: User, role: str, by: User, reason: str) -> User:
    """Give a person a role, another one, or (empty) none; they are signed out everywhere of the API.

    Raises:
        NotAllowed: `not_above_own_rights`. InvalidInput: `unknown_role`, `reason_required`.
        Conflict: `own_role`, `last_super_admin`.
    """
    if role and role not in STAFF_ROLES:
        raise InvalidInput("unknown_role", _("There is no such role."), field="role")
    _required(reason)
    if not by.is_superuser:
        raise _above()
    user = _managed(user, by)
    if user.pk == by.pk:
        raise Conflict("own_role", _("Somebody else has to change your role."))
    before = user.role
    if before == User.Role.SUPER_ADMIN and role != before:
        _another_super_admin(user)
    _give(user, role)
    user._change_reason = reason[:100]  # type: ignore[attr-defined]
    user.save(update_fields=["role", "is_staff", "is_superuser", "updated_at"])
    _join_group(user)
    sign_out(user)
    record("user.role_changed", subject=user, data={"before": before, "after": role, "reason": reason})
    return user


@transaction.atomic
def set_active(*, user: User, active: bool, by: User, reason: str) -> User:
    """Let a person sign in or keep them out; keeping out ends their tokens.

    Raises:
        NotAllowed: `not_above_own_rights`. InvalidInput: `reason_required`.
        Conflict: `own_account`, `last_super_admin`.
    """
    _required(reason)
    user = _managed(user, by)
    if user.pk == by.pk:
        raise Conflict("own_account", _("You cannot lock yourself out."))
    if not active and user.is_superuser:
        _another_super_admin(user)
    user.is_active = active
    user._change_reason = reason[:100]  # type: ignore[attr-defined]
    user.save(update_fields=["is_active", "updated_at"])
    if not active:
        sign_out_everywhere(user)
    record("user.activated" if active else "user.deactivated", subject=user, data={"reason": reason})
    return user


@transaction.atomic
def set_password(*, user: User, password: str, by: User) -> User:
    """Set somebody's password; their sessions and tokens end.

    Raises:
        NotAllowed: `not_above_own_rights`. InvalidInput: `invalid_password`.
    """
    user = _managed(user, by, own=True)
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password", "updated_at"])
    sign_out_everywhere(user)
    record("user.password_set", subject=user)
    return user


@transaction.atomic
def end_sessions(*, user: User, by: User, but: int | None = None) -> None:
    """Sign somebody out everywhere: of their browsers, save one, and of the API.

    Raises:
        NotAllowed: `not_above_own_rights`.
    """
    user = _managed(user, by, own=True)
    sign_out_everywhere(user, but=but)
    record("user.tokens_ended", subject=user)


def sign_out_everywhere(user: User, *, but: int | None = None) -> None:
    """End every token and every browser's session of a person, save one."""
    sign_out(user)
    sign_in_sessions.end_all(user, but=but)


def sign_out(user: User) -> None:
    """End every refresh token of a person; sessions end with the password, the account or the role they rest
    on.
    """
    live = OutstandingToken.objects.filter(user=user, blacklistedtoken__isnull=True)
    BlacklistedToken.objects.bulk_create(
        [BlacklistedToken(token=token) for token in live], ignore_conflicts=True
    )


def _managed(user: User, by: User, *, own: bool = False) -> User:
    """The person's row, locked. Raises NotAllowed."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not (may_manage(by, locked) or (own and locked.pk == by.pk)):
        raise _above()
    return locked


def _give(user: User, role: str) -> None:
    user.role = role
    user.is_staff = bool(role)
    user.is_superuser = role == User.Role.SUPER_ADMIN


def _join_group(user: User) -> None:
    user.groups.remove(*Group.objects.filter(name__in=STAFF_ROLES))
    if user.role:
        user.groups.add(Group.objects.get_or_create(name=user.role)[0])


def _another_super_admin(user: User) -> None:
    others = User.objects.select_for_update().filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if not others.order_by("pk"):
        raise Conflict("last_super_admin", _("This is the last super admin: make another one first."))


def _known(profile: dict[str, Any]) -> dict[str, Any]:
    unknown = next((name for name in profile if name not in PROFILE), None)
    if unknown:
        raise InvalidInput("unknown_field", _("This field cannot be set."), field=unknown)
    return profile


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(
            "invalid_password", error.messages[0], errors={"password": error.messages}
        ) from error


def _save(user: User) -> None:
    try:
        user.full_clean(exclude=["password"])
        with transaction.atomic():
            user.save()
    except ValidationError as error:
        errors = {
            ("username" if name == "__all__" else name): texts for name, texts in error.message_dict.items()
        }
        first = next(iter(errors.values()))[0]
        raise InvalidInput("invalid", first, errors=errors) from error
    except IntegrityError as error:
        raise InvalidInput(
            "duplicate", _("This user name or e-mail address is taken."), field="username"
        ) from error


def _required(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")


def _above() -> NotAllowed:
    return NotAllowed("not_above_own_rights", _("You cannot change people whose rights reach beyond yours."))
