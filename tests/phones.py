"""A phone with an authenticator app, for tests of signing in."""

import base64
import time
from dataclasses import dataclass

from django_otp.oath import hotp

from core.models import SecondFactor, User
from core.services import second_factor


def code_of(secret: str, *, ahead: int = 0) -> str:
    """What the app shows now, or some half minutes later."""
    return f"{hotp(base64.b32decode(secret), int(time.time() // 30) + ahead):06d}"


@dataclass
class Phone:
    user: User
    secret: str
    recovery_codes: list[str]

    def code(self) -> str:
        """A code that will be taken, as if half a minute had passed since the last."""
        SecondFactor.objects.filter(user=self.user).update(last_step=-1)
        return code_of(self.secret)


def give_phone(user: User) -> Phone:
    """Set a second factor up, as the page does."""
    secret = second_factor.new_secret()
    codes = second_factor.set_up(user=user, secret=secret, code=code_of(secret))
    user.refresh_from_db()
    return Phone(user, secret, codes)
