"""Activation codes of eSIMs: checked, drawn as QR codes, shown to whoever may see them.

A code is the order's delivered code, encrypted, whether a provider returned it or staff entered it. It is written
nowhere else: not into events, not into messages' texts, not into logs.
"""

import re
from io import BytesIO
from typing import NamedTuple

import segno
from django.db import transaction
from django.utils.translation import gettext as _

from commerce.models import Order
from core.crypto import mask
from core.events import record
from core.exceptions import Conflict, InvalidInput

LONGEST = 255
# GSMA SGP.22, 4.1: LPA:1$SM-DP+ address$matching id[$its object id[$1 where a confirmation code is asked for]].
_HOST = (
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+(?::\d{1,5})?"
)
_CODE = re.compile(
    rf"LPA:1\$(?P<host>{_HOST})\$(?P<id>[A-Za-z0-9-]{{0,64}})(?:\$(?P<oid>[0-9.]*))?(?:\$(?P<confirm>1?))?"
)
BEGINNING = "LPA:1$"


class CodeParts(NamedTuple):
    """What a phone asks for when it is set up by hand."""

    server: str
    matching_id: str


def check_code(text: str) -> str:
    """The code as phones read it.

    Raises:
        InvalidInput: `invalid_activation_code`, saying what it should look like.
    """
    code = "".join(text.split())
    if code[:4].upper() == "LPA:":
        code = "LPA:" + code[4:]
    if len(code) > LONGEST or not _CODE.fullmatch(code):
        raise InvalidInput(
            "invalid_activation_code",
            _(
                "An activation code is LPA:1$, the server's name, $ and the matching id, such as"
                " LPA:1$rsp.example.com$ABCD-1234. Copy all of it."
            ),
            field="activation_code",
        )
    return code


def codes(order: Order) -> list[str]:
    """One a line, as many as were ordered."""
    return [line for line in order.delivered_code.splitlines() if _CODE.fullmatch(line)]


def has_code(order: Order) -> bool:
    return order.delivered_code.startswith(BEGINNING)


def parts(code: str) -> CodeParts:
    """What a person types where the phone cannot scan."""
    found = _CODE.fullmatch(code)
    return CodeParts(found["host"], found["id"]) if found else CodeParts("", "")


def masked(order: Order) -> str:
    """For pages: who serves the eSIM, and the end of its matching id."""
    told = [parts(code) for code in codes(order)]
    return ", ".join(f"{one.server} · {mask(one.matching_id)}" for one in told) or mask(order.delivered_code)


@transaction.atomic
def show(*, order: Order) -> list[str]:
    """The codes themselves, for a person who may see them; that they were shown is recorded.

    Raises:
        Conflict: `no_activation_code`.
    """
    found = require_codes(order)
    record("esim.shown", subject=order)
    return found


def require_codes(order: Order) -> list[str]:
    """
    Raises:
        Conflict: `no_activation_code`.
    """
    found = codes(order)
    if not found:
        raise Conflict("no_activation_code", _("This order has no eSIM's activation code."))
    return found


def qr_uri(code: str) -> str:
    """The code as a picture for a page, as a data URI."""
    return str(segno.make(code, error="m").svg_data_uri(scale=6, border=4, light="#fff", dark="#000"))


def qr_png(code: str) -> bytes:
    """The same for an e-mail."""
    picture = BytesIO()
    segno.make(code, error="m").save(picture, kind="png", scale=8, border=4)
    return picture.getvalue()
