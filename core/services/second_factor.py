"""The second factor of a person: a code that their phone makes, or a recovery code on paper.

Whoever has one is asked for it, and so is whoever's role must have one. A session or token carries the `stamp` of the
factor it was opened with: it is good for as long as that is the person's.
"""

import base64
import hashlib
import re
import secrets
import time
from typing import Any
from urllib.parse import quote, urlencode

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from core.actors import actor_for_user
from core.branding_settings import BrandingPage
from core.codes import typed_code
from core.events import record
from core.exceptions import Conflict, DomainError, InvalidInput, NotAllowed
from core.models import RecoveryCode, SecondFactor, User
from core.services import security_mail, users
from core.sign_in_rules import second_factor_required
from core.site_settings import load

# A clock may be half a minute off, either way.
TOLERANCE = 1
RECOVERY_CODES = 10
CODE = re.compile(r"[0-9]{6}")


class WrongCode(InvalidInput):
    """The code is not the one, or was used already."""

    status = 401
    auth_header = 'Bearer realm="api"'

    def __init__(self, field: str = "code") -> None:
        super().__init__(
            "second_factor_wrong",
            _(
                "This code is not right, or was used already. Wait for the next one, and look at the phone's clock."
            ),
            field=field,
        )


class TooManyCodes(DomainError):
    """After wrong codes the next try waits; `wait` is in seconds."""

    status = 429

    def __init__(self, wait: float) -> None:
        self.wait = int(wait) + 1
        super().__init__(
            "locked_out",
            _("Too many wrong codes. Try again in %(seconds)d seconds, or ask a super admin.")
            % {"seconds": self.wait},
        )


class SecondFactorRequired(DomainError):
    """The password was right; a code has to come with it."""

    status = 401
    auth_header = 'Bearer realm="api"'

    def __init__(self) -> None:
        super().__init__(
            "second_factor_required",
            _("Send the code of your authenticator app, or a recovery code, as “otp”."),
            field="otp",
        )


class SecondFactorMissing(DomainError):
    """The role needs one, and the person has none yet."""

    status = 401
    auth_header = 'Bearer realm="api"'

    def __init__(self) -> None:
        super().__init__(
            "second_factor_not_set_up",
            _("Your role needs a second factor: sign in to the back office and set it up first."),
        )


def must_have(user: User) -> bool:
    """Whether the person's role does not sign in without one."""
    return second_factor_required(user)


def stamp(user: User) -> str:
    """What a session or token opened with the present factor carries; empty where there is none."""
    return user.second_factor_at.isoformat() if user.second_factor_at else ""


def is_whole(user: User, carried: str) -> bool:
    """Whether a session or token that carries this has all that this person must show."""
    return carried == stamp(user) and bool(carried or not must_have(user))


def new_secret() -> str:
    """160 random bits, as authenticator apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def app_address(user: User, secret: str) -> str:
    """What the QR code says to the app."""
    product = load(BrandingPage).name
    label = quote(f"{product}:{user.email or user.username}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': product}, quote_via=quote)}"


@transaction.atomic
def set_up(*, user: User, secret: str, code: str) -> list[str]:
    """Make this phone the person's second factor, instead of one before; the recovery codes, to be shown once.

    Every other session and token of theirs stops being good.

    Raises:
        WrongCode: the app does not make the codes of this secret.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    step = _step_of(secret, code)
    if step is None:
        raise WrongCode
    SecondFactor.objects.filter(user=user).delete()
    factor = SecondFactor.objects.create(user=user, secret=secret, last_step=step)
    replaced = user.second_factor_at is not None
    _stamp(user, at=True)
    users.sign_out_everywhere(user)
    _record(user, "replaced" if replaced else "set_up")
    security_mail.send(user, "second_factor_set_up")
    return _write_codes(factor)


def check(*, user: User, code: str) -> bool:
    """Take a code of the phone, or a recovery code, for the present sign-in; whether it was of the phone.

    Each is taken once. What is wrong is counted before it is said.

    Raises:
        TooManyCodes, WrongCode
    """
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user).first()
        if factor is None:
            raise WrongCode
        if until := factor.locked_until:
            raise TooManyCodes((until - timezone.now()).total_seconds())
        typed = typed_code(code)
        by_phone = CODE.fullmatch(typed) is not None
        taken = _take_code(factor, typed) if by_phone else _take_recovery(factor, user, typed)
        if taken:
            factor.throttle_reset(commit=False)
            factor.used_at = timezone.now()
        else:
            factor.throttle_increment(commit=False)
            _record(user, "failed", tries=factor.throttling_failure_count)
        factor.save()
    if not taken:
        raise WrongCode
    return by_phone


def require(*, user: User, code: str) -> None:
    """For a sign-in without a page: the code comes with the password.

    Raises:
        SecondFactorRequired, SecondFactorMissing, TooManyCodes, WrongCode
    """
    if user.second_factor_at is not None:
        if not code:
            raise SecondFactorRequired
        try:
            check(user=user, code=code)
        except WrongCode:
            raise WrongCode("otp") from None
    elif must_have(user):
        raise SecondFactorMissing


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(factor__user=user, used_at__isnull=True).count()


@transaction.atomic
def renew_codes(*, user: User) -> list[str]:
    """New recovery codes; those before stop working.

    Raises:
        Conflict: `no_second_factor`.
    """
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None:
        raise _none_yet()
    factor.recovery_codes.all().delete()
    _record(user, "codes_renewed")
    return _write_codes(factor)


@transaction.atomic
def turn_off(*, user: User) -> None:
    """Sign in with the password alone from now on.

    Raises:
        Conflict: `second_factor_needed`, `no_second_factor`.
    """
    if must_have(user):
        raise Conflict(
            "second_factor_needed", _("Your role needs a second factor. You can change the phone.")
        )
    _remove(user)
    _record(user, "turned_off")
    security_mail.send(user, "second_factor_removed")


@transaction.atomic
def reset(*, user: User, by: User, reason: str) -> None:
    """Take the lost phone off somebody's account: they set up another one at their next sign-in, where their role
    needs one. Their sessions and tokens end.

    Raises:
        NotAllowed: `not_above_own_rights`. Conflict: `own_second_factor`, `no_second_factor`.
        InvalidInput: `reason_required`.
    """
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    if not by.is_superuser:
        raise NotAllowed("not_above_own_rights", _("Only a super admin resets a second factor."))
    if by.pk == user.pk:
        raise Conflict("own_second_factor", _("Your own is changed on “My account”, with your password."))
    _remove(user)
    record("second_factor.reset", subject=user, data={"reason": reason})
    security_mail.send(user, "second_factor_reset")


@transaction.atomic
def reset_by_hand(*, user: User) -> None:
    """For the one who runs the server, where nobody else can: `manage.py reset_second_factor`.

    Raises:
        Conflict: `no_second_factor`.
    """
    _remove(user)
    record("second_factor.reset", subject=user, data={"reason": "by hand, on the server"})
    security_mail.send(user, "second_factor_reset")


@transaction.atomic
def forget_failures(*, user: User) -> None:
    """Let somebody try again at once; part of unlocking their sign-in."""
    SecondFactor.objects.filter(user=user).update(
        throttling_failure_count=0, throttling_failure_timestamp=None
    )


def failures(user: User) -> int:
    """Wrong codes in a row."""
    found = SecondFactor.objects.filter(user=user).values_list("throttling_failure_count", flat=True).first()
    return found or 0


def _record(user: User, what: str, **data: Any) -> None:
    """They did it, also while they are not signed in yet."""
    record(f"second_factor.{what}", subject=user, data=data, actor=actor_for_user(user))


def _remove(user: User) -> None:
    user = User.objects.select_for_update().get(pk=user.pk)
    if not SecondFactor.objects.filter(user=user).delete()[0]:
        raise _none_yet()
    _stamp(user, at=False)
    users.sign_out_everywhere(user)


def _stamp(user: User, *, at: bool) -> None:
    """By a statement of its own: it is no change of the person that their history keeps."""
    user.second_factor_at = timezone.now() if at else None
    User.objects.filter(pk=user.pk).update(second_factor_at=user.second_factor_at)


def _step_of(secret: str, code: str) -> int | None:
    """The half minute whose code this is, if it is one of now."""
    typed = typed_code(code)
    return _matching(secret, typed, after=-1) if CODE.fullmatch(typed) else None


def _matching(secret: str, typed: str, *, after: int) -> int | None:
    clock = TOTP(base64.b32decode(secret))
    clock.time = time.time()
    return clock.t() if clock.verify(int(typed), TOLERANCE, after + 1) else None


def _take_code(factor: SecondFactor, typed: str) -> bool:
    step = _matching(factor.secret, typed, after=factor.last_step)
    if step is None:
        return False
    factor.last_step = step
    return True


def _take_recovery(factor: SecondFactor, user: User, typed: str) -> bool:
    unused = factor.recovery_codes.filter(digest=_digest(typed), used_at__isnull=True)
    if not unused.update(used_at=timezone.now()):
        return False
    _record(user, "recovery_used", left=codes_left(user))
    security_mail.send(user, "second_factor_recovery_used")
    return True


def _write_codes(factor: SecondFactor) -> list[str]:
    codes = [_recovery_code() for _number in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create([RecoveryCode(factor=factor, digest=_digest(code)) for code in codes])
    return codes


def _recovery_code() -> str:
    """80 random bits in groups of four: nothing that a fast digest would give away."""
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _digest(code: str) -> str:
    return hashlib.sha256(typed_code(code).lower().encode()).hexdigest()


def _none_yet() -> Conflict:
    return Conflict("no_second_factor", _("There is no second factor."))
