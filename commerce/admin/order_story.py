"""What happened to an order, as steps: told from its events, and what was written to its people."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from commerce.admin.order_badges import TONES, event_title
from commerce.admin.order_messages import shown_address
from commerce.models import Delivery, Order, OrderMessage
from core.backoffice.parts import Step
from core.models import Event
from core.money import format_money

HIDDEN_DATA = {"channel", "currency"}
TOLD = ("message", "reason", "provider", "evidence", "code")


def steps_of(request: HttpRequest, order: Order, events: list[Event]) -> list[Step]:
    """Events as steps; what was written to the party is read from its message: events hold no words."""
    numbers = [event.data["message_id"] for event in events if "message_id" in event.data]
    messages = {one.pk: one for one in order.messages.filter(pk__in=numbers)} if numbers else {}
    return [_step(request, event, messages.get(event.data.get("message_id"))) for event in events]


def in_words(value: Any) -> str:
    """A JSON value for people: the parts that were given, without brackets and quotes."""
    if isinstance(value, dict):
        value = [inner for inner in value.values() if inner not in ("", None)]
    if isinstance(value, list):
        return " · ".join(in_words(part) for part in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value is None else str(value)


def _step(request: HttpRequest, event: Event, message: OrderMessage | None) -> Step:
    tone = TONES.get(event.kind, "neutral")
    text = _said(request, message) if message else " · ".join(_notes(event))
    return Step(event_title(event.kind), event.created_at, text=text, by=event.actor_label, tone=tone)


def _said(request: HttpRequest, message: OrderMessage) -> str:
    address = shown_address(request, message.to, message.address)
    lines = (f"{address} ({message.get_status_display()})", message.subject, message.body)
    return "\n".join(filter(None, lines))


def _notes(event: Event) -> list[str]:
    data = {
        name: value
        for name, value in event.data.items()
        if name not in HIDDEN_DATA and value not in ("", None)
    }
    amount, currency = data.pop("amount", data.pop("total", None)), event.data.get("currency")
    notes: list[str] = [format_money(Decimal(str(amount)), currency)] if amount and currency else []
    notes += [in_words(value) for name, value in data.items() if name in TOLD]
    if event.kind == "delivery.moved" and (to := data.get("to")) in Delivery.Status.values:
        notes.insert(0, str(Delivery.Status(to).label))
    if event.kind == "delivery.assigned":
        notes += [str(data[name]) for name in ("assignee", "courier", "tracking") if name in data]
    return notes
