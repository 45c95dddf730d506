"""Settings that are written and never read back: encrypted where they are kept, masked wherever they show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from core.crypto import decrypt, encrypt
from core.masking import MASK


@dataclass(frozen=True, slots=True)
class Secret:
    """An encrypted text and when it was set. Whatever prints it prints a mask; only `reveal()` tells it."""

    token: str = ""
    set_at: str = ""

    @classmethod
    def made(cls, text: str) -> "Secret":
        return cls(encrypt(text), timezone.now().isoformat(timespec="seconds")) if text else cls()

    @classmethod
    def stored(cls, value: Any) -> "Secret":
        """As a page keeps it; what has another shape is no secret."""
        if not isinstance(value, dict):
            return cls()
        return cls(str(value.get("token", "")), str(value.get("set_at", "")))

    def reveal(self) -> str:
        """The text itself.

        Raises:
            ValueError: where no key of FIELD_ENCRYPTION_KEYS fits.
        """
        return decrypt(self.token)

    def as_json(self) -> dict[str, str]:
        return {"token": self.token, "set_at": self.set_at}

    @property
    def at(self) -> datetime | None:
        return datetime.fromisoformat(self.set_at) if self.set_at else None

    def __bool__(self) -> bool:
        return bool(self.token)

    def __str__(self) -> str:
        return MASK if self.token else ""

    def __repr__(self) -> str:
        return f"Secret({self})"


class SecretField(forms.CharField):
    """Asks for a new secret; nothing typed leaves the one there is. What is kept is never drawn."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False)
        super().__init__(**{"required": False, "max_length": 2000, "widget": widget, **options})

    def clean(self, value: Any) -> Any:
        return value if isinstance(value, Secret) else super().clean(value)
