"""Hiding secrets in what is written to logs."""

from typing import Any

SECRET_WORDS = (
    "password",
    "token",
    "secret",
    "authorization",
    "api_key",
    "otp",
    "pin",
    "id_document",
    "date_of_birth",
    "card",
)
MASK = "•••"
LONGEST_TEXT = 300
MOST_ITEMS = 20


def masked_email(address: str) -> str:
    """So that whoever knows it recognises it: k•••@mail.example."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:1]}{MASK}@{domain}" if name else MASK


def masked(value: Any, *, secret: bool = False) -> Any:
    """A JSON value with the values of secret-sounding members hidden, long texts and long lists cut."""
    if isinstance(value, dict):
        return {
            str(name)[:80]: masked(
                inner, secret=secret or any(word in str(name).lower() for word in SECRET_WORDS)
            )
            for name, inner in list(value.items())[:MOST_ITEMS]
        }
    if isinstance(value, list):
        return [masked(inner, secret=secret) for inner in value[:MOST_ITEMS]]
    if secret and value not in (None, ""):
        return MASK
    return value[:LONGEST_TEXT] if isinstance(value, str) else value
