"""A delivery's page: its steps, where it goes, and what happened to it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from commerce.admin.order_badges import delivery_badge, order_badge, payment_badge
from commerce.admin.order_story import steps_of
from commerce.models import Delivery, Order
from commerce.services import esims
from core.backoffice.parts import Fact, Stage
from core.models import Event
from core.money import format_money

_D = Delivery.Status
WAY = (_D.PENDING, _D.CONFIRMED, _D.DISPATCHED, _D.DELIVERED, _D.ACTIVATED)
TOLD = ("order.created", "delivery.", "esim.", "message.")


def page(request: HttpRequest, delivery: Delivery) -> dict[str, Any]:
    """Everything the template draws; a handful of queries."""
    order = delivery.order
    events = [
        event
        for event in Event.objects.filter(subject_kind="commerce.order", subject_id=str(order.pk)).order_by(
            "id"
        )
        if event.kind.startswith(TOLD)
    ]
    return {
        "badges": [delivery_badge(delivery)],
        "summary": _summary(delivery),
        "stages": stages(delivery, events),
        "where": _where(delivery),
        "card": _card(delivery),
        "order_facts": _order(request, order),
        "timeline": steps_of(request, order, events),
        "can_move": request.user.has_perm("commerce.move_delivery"),
    }


def stages(delivery: Delivery, events: list[Event]) -> list[Stage]:
    """The way with who took each step and when; a cancelled delivery ends where it was cancelled."""
    taken: dict[Any, Event | None] = {
        event.data.get("to"): event for event in events if event.kind == "delivery.moved"
    }
    taken[_D.PENDING.value] = next((event for event in events if event.kind == "order.created"), None)
    way = list(WAY)
    if delivery.status == _D.CANCELLED:
        way = [step for step in WAY if step == _D.PENDING or step.value in taken] + [_D.CANCELLED]
    reached = way.index(_D(delivery.status))
    return [_stage(delivery, step, place, reached, taken.get(step.value)) for place, step in enumerate(way)]


def _stage(delivery: Delivery, step: Delivery.Status, place: int, reached: int, event: Event | None) -> Stage:
    known = {
        _D.PENDING: delivery.created_at,
        _D.DISPATCHED: delivery.dispatched_at,
        _D.DELIVERED: delivery.delivered_at,
        _D.ACTIVATED: delivery.activated_at,
    }
    at = event.created_at if event else known.get(step)
    by = event.actor_label if event else ""
    if place > reached:
        return Stage(step.label, "ahead")
    if step == _D.CANCELLED:
        return Stage(
            step.label, "ended", at or delivery.updated_at, by, event.data.get("reason", "") if event else ""
        )
    return Stage(step.label, "current" if place == reached else "done", at, by)


def _summary(delivery: Delivery) -> str:
    match delivery.status:
        case _D.PENDING:
            return _("Waits to be checked and confirmed.")
        case _D.CONFIRMED:
            return _("Checked; it is packed and waits to be sent.")
        case _D.DISPATCHED if delivery.courier:
            return _("On its way with %(courier)s.") % {"courier": delivery.courier}
        case _D.DISPATCHED:
            return _("On its way.")
        case _D.DELIVERED:
            return _("The buyer has it; the SIM is not active yet.")
        case _D.ACTIVATED:
            return _("The buyer has it and the SIM works.")
    return _("It will not be sent; the money held is free again.")


def _where(delivery: Delivery) -> list[Fact]:
    facts = [
        Fact(_("Address"), delivery.delivery_address),
        Fact(_("City"), delivery.city),
        Fact(_("Courier"), delivery.courier),
        Fact(_("Tracking number"), delivery.delivery_tracking_number),
        Fact(_("Assigned to"), _name(delivery)),
        Fact(_("Notes"), delivery.notes),
    ]
    return [fact for fact in facts if fact.value]


def _name(delivery: Delivery) -> str:
    user = delivery.assignee
    return (user.get_full_name() or user.get_username()) if user else _("nobody")


def _card(delivery: Delivery) -> list[Fact]:
    order = delivery.order
    facts = [
        Fact(_("SIM type"), order.product.get_sim_type_display() or delivery.sim_type),
        Fact(_("ICCID"), delivery.iccid),
        Fact(_("Activation code"), esims.masked(order) if esims.has_code(order) else ""),
    ]
    return [fact for fact in facts if fact.value]


def _order(request: HttpRequest, order: Order) -> list[Fact]:
    link = reverse("admin:commerce_order_change", args=[order.pk])
    seen = request.user.has_perm("commerce.view_order")
    facts = [
        Fact(_("Order"), order.order_number, link=link if seen else ""),
        Fact(_("Product"), f"{order.brand_name} · {order.product_name}"),
        Fact(_("Buyer"), order.customer or order.reseller),
        Fact(_("Client"), order.client),
        Fact(_("Total"), format_money(order.total, order.currency)),
        Fact(_("Status"), order_badge(order)),
        Fact(_("Payment"), payment_badge(order)),
    ]
    return [fact for fact in facts if fact.value]
