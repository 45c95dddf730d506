"""Identifiers: time-ordered UUIDs for rows, short unguessable codes for people, secrets for signatures."""

import base64
import secrets
from uuid import UUID

from uuid_utils import uuid7 as _native_uuid7
from uuid_utils.compat import uuid7 as _uuid7

# Crockford's alphabet: no I, L, O or U, so that a code read out aloud is written down right.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10
# Two letters at a time: a bulk call draws hundreds.
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]


def uuid7() -> UUID:
    """A UUID whose order is the order of making (RFC 9562)."""
    return _uuid7()


def uuid7_text() -> str:
    """The same as text, for rows that go to the database as JSON: without an object in between."""
    return str(_native_uuid7())


def short_code(prefix: str) -> str:
    """`TL-7K3M9-QXP2A`: fifty random bits, which nobody guesses and which collide once in a million at fifty
    million.
    """
    bits = secrets.randbits(5 * CODE_LENGTH)
    letters = "".join([_PAIRS[bits >> shift & 1023] for shift in range(0, 5 * CODE_LENGTH, 10)])
    return f"{prefix}-{letters[:5]}-{letters[5:]}"


def webhook_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
