"""How long a new password has to be, by the Security settings."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from core.security_settings import security


class ShortestPassword:
    """Django's MinimumLengthValidator, with a length that staff change."""

    def validate(self, password: str, user: Any = None) -> None:
        shortest = security().password_min_length
        if len(password) < shortest:
            text = ngettext(
                "This password is too short. It must contain at least %(min_length)d character.",
                "This password is too short. It must contain at least %(min_length)d characters.",
                shortest,
            )
            raise ValidationError(text, code="password_too_short", params={"min_length": shortest})

    def get_help_text(self) -> str:
        shortest = security().password_min_length
        text = ngettext(
            "Your password must contain at least %(min_length)d character.",
            "Your password must contain at least %(min_length)d characters.",
            shortest,
        )
        return text % {"min_length": shortest}
