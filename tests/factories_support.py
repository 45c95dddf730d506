"""Tickets for tests, opened by the service as in life, and files that are what they say."""

from io import BytesIO
from typing import Any

from PIL import Image

from commerce.models import CannedAnswer, SupportTicket
from commerce.services import support
from core.actors import Actor, acting_as, actor_for_user
from core.models import User
from tests.factories import UserFactory
from tests.factories_parties import ResellerFactory

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def ticket(**values: Any) -> SupportTicket:
    """An open one of a reseller, unless a customer is named."""
    if "customer" not in values and "order" not in values:
        values.setdefault("reseller", ResellerFactory())
    told = {"subject": "The voucher does not work", "description": "It says “already used”."}
    return support.open_ticket(**{**told, **values})


def says(who: Any, about: SupportTicket, text: str = "Hello", **more: Any) -> Any:
    """A reply by a staff user, or by the ticket's party where `who` is “reseller” or “customer”."""
    actor = actor_for_user(who) if isinstance(who, User) else Actor(who, "7", f"The {who}")
    with acting_as(actor):
        return support.reply(ticket=about, message=text, **more)


def agent(**values: Any) -> User:
    return UserFactory(staff="support", **values)


def canned(**values: Any) -> CannedAnswer:
    told = {"title": "Greeting", "text": "Hello {customer}, about {ticket_number}: we look into it."}
    return CannedAnswer.objects.create(**{**told, **values})


def picture(kind: str = "PNG") -> bytes:
    content = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(content, kind)
    return content.getvalue()
