"""Columns that are encrypted at rest, with keys that can be rotated."""

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """With the first of FIELD_ENCRYPTION_KEYS; an empty text stays empty."""
    return _fernet(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """With any of FIELD_ENCRYPTION_KEYS.

    Raises:
        ValueError: where no key fits; the message does not hold the token.
    """
    if not token:
        return ""
    try:
        return _fernet(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise ValueError("No key of FIELD_ENCRYPTION_KEYS decrypts this value.") from None


def mask(text: str, *, shown: int = 4) -> str:
    """The last characters of a secret, for people who have to recognise it."""
    return "•" * 6 + text[-shown:] if len(text) > shown * 2 else "•" * 6 if text else ""


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database and plain in Python; it cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return encrypt(prepared) if isinstance(prepared, str) else prepared

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> str | None:
        return None if value is None else decrypt(value)


class EncryptedJSONField(models.TextField):
    """A JSON value, encrypted in the database."""

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(json.dumps(value, sort_keys=True))

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> Any:
        return None if value is None else json.loads(decrypt(value) or "{}")

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) and value else value
