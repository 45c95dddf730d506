"""Two desks: outcomes nobody has confirmed, and orders that staff deliver by hand."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.order_badges import attempt_badge, event_title
from commerce.models import Attempt, ManualOrder, Order, UnknownOrder
from commerce.services import requery
from commerce.services.fulfilment import OPEN
from commerce.services.unknown import Decision, Risk, at_risk, by_hand_orders, resolve
from core.backoffice.actions import ActionForm, ReasonForm, dialog_action
from core.backoffice.badges import money_cell
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import DayRangeFilter, related
from core.backoffice.pages import page
from core.backoffice.site import site
from core.models import Event
from core.money import format_money

RESOLVE = "commerce.resolve_order"


class DeliveredForm(ReasonForm):
    """A delivery is believed with evidence."""

    reference = forms.CharField(label=gettext_lazy("Provider's reference"), max_length=120, required=False)
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=300,
        required=False,
        help_text=gettext_lazy(
            "Where it was seen: a panel, a statement, a ticket. This or the reference is needed."
        ),
    )


class HandDeliveredForm(DeliveredForm):
    code = forms.CharField(
        label=gettext_lazy("Code for the buyer"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("Only where a code is what was sold. Kept encrypted."),
    )


class DeskAdmin(ReadOnlyAdmin):
    """What both desks share: oldest first, never the whole table, and rights of orders."""

    page_template = "admin/commerce/desk/page.html"
    list_before_template = "admin/commerce/desk/at_risk.html"
    list_display = (
        "order_number",
        "age",
        "total_shown",
        "product_shown",
        "recipient_shown",
        "buyer",
        "provider",
        "asked",
    )
    list_display_links = ("order_number",)
    list_filter = (*related("reseller"), ("created_at", DayRangeFilter))
    list_select_related = ("reseller", "customer")
    search_fields = ("order_number__exact", "recipient_key__exact", "reference__exact")
    search_help_text = gettext_lazy("Order number, recipient or reference, whole.")
    ordering = ("created_at", "id")
    phone_columns = ("order_number", "age", "total_shown")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("commerce.view_order")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        open_ones = Attempt.objects.filter(status__in=OPEN).select_related("provider")
        waiting = self.waiting(super().get_queryset(request).filter(is_test=False))
        return waiting.prefetch_related(Prefetch("attempts", open_ones, to_attr="open_attempts"))

    def waiting(self, orders: QuerySet[Any]) -> QuerySet[Any]:
        """Those that belong on this desk; each desk narrows them."""
        return orders

    def page_context(self, request: HttpRequest, obj: Order) -> dict[str, Any]:
        attempts = obj.attempts.select_related("provider").order_by("number")
        events = Event.objects.filter(subject_kind="commerce.order", subject_id=str(obj.pk)).order_by("id")
        return {
            "age": timesince(obj.created_at),
            "total": format_money(obj.total, obj.currency),
            "attempts": [{"row": attempt, "badge": attempt_badge(attempt)} for attempt in attempts],
            "events": [{"row": event, "title": event_title(event.kind)} for event in events[:100]],
            "story_url": reverse("admin:commerce_order_change", args=[obj.pk]),
            "back_url": reverse(f"admin:commerce_{self.opts.model_name}_changelist"),
        }

    @admin.display(description=gettext_lazy("open for"), ordering="created_at")
    def age(self, order: Order) -> str:
        return timesince(order.created_at, depth=1)

    @admin.display(description=gettext_lazy("money held"), ordering="total")
    def total_shown(self, order: Order) -> SafeString:
        return money_cell(format_money(order.total, order.currency))

    @admin.display(description=gettext_lazy("product"), ordering="product_name")
    def product_shown(self, order: Order) -> str:
        return f"{order.brand_name} · {order.product_name}"

    @admin.display(description=gettext_lazy("recipient"), ordering="recipient_key")
    def recipient_shown(self, order: Order) -> str:
        return order.recipient_key or "–"

    @admin.display(description=gettext_lazy("buyer"))
    def buyer(self, order: Order) -> Any:
        return order.reseller or order.customer

    @admin.display(description=gettext_lazy("provider"))
    def provider(self, order: Any) -> str:
        return ", ".join(str(attempt.provider) for attempt in order.open_attempts) or "–"

    @admin.display(description=gettext_lazy("asked again"))
    def asked(self, order: Any) -> str:
        checks = sum(attempt.checks for attempt in order.open_attempts)
        due = order.next_check_at
        if due is None or due <= timezone.now():
            return str(checks)
        return _("%(checks)d, next in %(wait)s") % {
            "checks": checks,
            "wait": timesince(timezone.now(), due, depth=1),
        }

    def decided(self, request: HttpRequest, text: str) -> HttpResponse:
        """The order has left the desk: back to those that are left."""
        messages.success(request, text)
        back = reverse(f"admin:commerce_{self.opts.model_name}_changelist")
        return HttpResponse(headers={"HX-Redirect": back})


@admin.register(UnknownOrder, site=site)
class UnknownOrderAdmin(DeskAdmin):
    actions_detail = ("ask_provider", "mark_delivered", "mark_failed")
    actions_row = ("ask_provider", "mark_delivered", "mark_failed")
    empty_hint = gettext_lazy("Nothing is unknown. Orders come here when a provider gives no clear answer.")

    def waiting(self, orders: QuerySet[Any]) -> QuerySet[Any]:
        return orders.filter(status=Order.Status.UNKNOWN)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {**(extra_context or {}), "risks": _shown(at_risk())})

    @dialog_action(
        gettext_lazy("Ask the provider now"),
        form=ActionForm,
        permission=RESOLVE,
        icon="sync",
        explain=gettext_lazy("Asks what became of this order, and does what the answer says."),
        submit=gettext_lazy("Ask now"),
    )
    def ask_provider(self, request: HttpRequest, obj: Order, data: dict[str, Any]) -> str | HttpResponse:
        asked = requery.requery(obj.pk)
        order = Order.objects.get(pk=obj.pk)
        if order.status == Order.Status.UNKNOWN:
            return _("Still unknown.") if asked else _("It is being asked about already.")
        shown = {"order": order, "status": order.get_status_display()}
        return self.decided(request, _("%(order)s: %(status)s.") % shown)

    @dialog_action(
        gettext_lazy("Mark delivered"),
        form=DeliveredForm,
        permission=RESOLVE,
        icon="task_alt",
        variant="success",
        explain=gettext_lazy("The buyer got it: the money held is captured. This cannot be undone here."),
    )
    def mark_delivered(self, request: HttpRequest, obj: Order, data: dict[str, Any]) -> HttpResponse:
        decision = Decision(True, data["reason"], data["evidence"], data["reference"])
        order = resolve(order_id=obj.pk, decision=decision)
        return self.decided(request, _("%(order)s is delivered.") % {"order": order})

    @dialog_action(
        gettext_lazy("Mark failed"),
        form=ReasonForm,
        permission=RESOLVE,
        icon="cancel",
        variant="danger",
        explain=gettext_lazy("It surely was not delivered: the money held goes back to the buyer's wallet."),
    )
    def mark_failed(self, request: HttpRequest, obj: Order, data: dict[str, Any]) -> HttpResponse:
        order = resolve(order_id=obj.pk, decision=Decision(False, data["reason"]))
        return self.decided(request, _("%(order)s has failed; the money is free.") % {"order": order})


@admin.register(ManualOrder, site=site)
class ManualOrderAdmin(DeskAdmin):
    actions_detail = ("hand_delivered", "hand_failed")
    actions_row = ("hand_delivered", "hand_failed")
    empty_hint = gettext_lazy("Nothing waits. Orders come here when their provider delivers by hand.")

    def waiting(self, orders: QuerySet[Any]) -> QuerySet[Any]:
        return by_hand_orders(orders)

    @dialog_action(
        gettext_lazy("Delivered"),
        form=HandDeliveredForm,
        permission=RESOLVE,
        icon="task_alt",
        variant="success",
        explain=gettext_lazy("You delivered it: the money held is captured."),
    )
    def hand_delivered(self, request: HttpRequest, obj: Order, data: dict[str, Any]) -> HttpResponse:
        decision = Decision(True, data["reason"], data["evidence"], data["reference"], data["code"])
        order = resolve(order_id=obj.pk, decision=decision)
        return self.decided(request, _("%(order)s is delivered.") % {"order": order})

    @dialog_action(
        gettext_lazy("Failed"),
        form=ReasonForm,
        permission=RESOLVE,
        icon="cancel",
        variant="danger",
        explain=gettext_lazy("It cannot be delivered: the money held goes back to the buyer's wallet."),
    )
    def hand_failed(self, request: HttpRequest, obj: Order, data: dict[str, Any]) -> HttpResponse:
        order = resolve(order_id=obj.pk, decision=Decision(False, data["reason"]))
        return self.decided(request, _("%(order)s has failed; the money is free.") % {"order": order})


@page("unknown/", name="unknown", permission="commerce.view_order")
def desk(request: HttpRequest) -> HttpResponse:
    """/admin/unknown/, the address people remember."""
    return HttpResponseRedirect(reverse("admin:commerce_unknownorder_changelist"))


def unknown_waiting() -> int:
    return Order.objects.filter(status=Order.Status.UNKNOWN, is_test=False).count()


def by_hand_waiting() -> int:
    return by_hand_orders(Order.objects.filter(is_test=False)).count()


def _shown(risks: list[Risk]) -> list[dict[str, Any]]:
    return [
        {
            "amount": format_money(risk.amount, risk.currency),
            "orders": risk.orders,
            "oldest": timesince(risk.oldest),
        }
        for risk in risks
    ]
