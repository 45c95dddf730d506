"""Parcels: brief 4's SIM orders, moved step by step."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.fulfilment import link_to_order
from commerce.admin.order_badges import order_badge
from commerce.models import Delivery
from commerce.services.deliveries import Step, move
from commerce.transitions import DELIVERY
from core.backoffice.actions import ActionForm, ReasonForm, dialog_action
from core.backoffice.badges import status_badge
from core.backoffice.base import HistoryAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, related
from core.backoffice.site import site

MOVE = "commerce.move_delivery"
_D = Delivery.Status
TONES = {
    _D.PENDING: "warning",
    _D.CONFIRMED: "info",
    _D.DISPATCHED: "info",
    _D.DELIVERED: "success",
    _D.ACTIVATED: "success",
    _D.CANCELLED: "neutral",
}


class DispatchForm(ActionForm):
    courier = forms.CharField(label=gettext_lazy("Courier"), max_length=80)
    tracking_number = forms.CharField(label=gettext_lazy("Tracking number"), max_length=100, required=False)
    iccid = forms.CharField(label=gettext_lazy("ICCID"), max_length=30, required=False)

    def prepare(self) -> None:
        if self.object:
            self.fields["courier"].initial = self.object.courier
            self.fields["tracking_number"].initial = self.object.delivery_tracking_number


class ActivateForm(ActionForm):
    iccid = forms.CharField(
        label=gettext_lazy("ICCID"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("Printed on the SIM card."),
    )

    def prepare(self) -> None:
        if self.object:
            self.fields["iccid"].initial = self.object.iccid


def _can_become(status: str) -> Callable[[Delivery], bool]:
    return lambda delivery: status in DELIVERY[delivery.status]


@admin.register(Delivery, site=site)
class DeliveryAdmin(HistoryAdmin):
    """Looked at, and moved by its steps; the address is changed on the order while it is pending."""

    list_display = (
        "order_link", "status_shown", "order_status", "sim_type", "courier", "delivery_tracking_number", "assignee",
        "created_at",
    )  # fmt: skip
    list_display_links = ("status_shown",)
    list_filter = (("status", ChoicesFilter), *related("assignee"), ("created_at", DayRangeFilter))
    list_select_related = ("order", "assignee")
    search_fields = ("order__order_number",)
    search_help_text = gettext_lazy("Order number, tracking number or ICCID, whole.")
    ordering = ("-id",)
    actions_detail = ("confirm", "dispatch_it", "delivered", "activate", "cancel")
    actions_row = ("confirm", "dispatch_it", "delivered", "activate", "cancel")
    empty_hint = gettext_lazy("Parcels come here when a product that is shipped is ordered.")
    phone_columns = ("order_link", "status_shown")
    fields = (
        "order_link", "order_status", "status_shown", "sim_type", "delivery_address", "courier", "assignee",
        "delivery_tracking_number", "iccid", "notes", "created_at", "dispatched_at", "delivered_at", "activated_at",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Test mode sends no parcels."""
        return super().get_queryset(request).filter(order__is_test=False)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        term = search_term.strip()[:100]
        if not term:
            return queryset, False
        order = Q(order__order_number=term.upper())
        return queryset.filter(order | Q(delivery_tracking_number=term) | Q(iccid=term)), False

    @admin.display(description=gettext_lazy("order"))
    def order_link(self, delivery: Delivery) -> str:
        return link_to_order(delivery.order)

    @admin.display(description=gettext_lazy("delivery"), ordering="status")
    def status_shown(self, delivery: Delivery) -> str:
        return status_badge(delivery.get_status_display(), TONES[_D(delivery.status)])

    @admin.display(description=gettext_lazy("order's status"))
    def order_status(self, delivery: Delivery) -> str:
        return order_badge(delivery.order)

    @dialog_action(
        gettext_lazy("Confirm"),
        form=ActionForm,
        permission=MOVE,
        icon="check",
        visible=_can_become(_D.CONFIRMED),
        explain=gettext_lazy("The order was checked and will be packed."),
    )
    def confirm(self, request: HttpRequest, obj: Delivery, data: dict[str, Any]) -> str:
        return _moved(obj, Step(_D.CONFIRMED))

    @dialog_action(
        gettext_lazy("Dispatch"),
        form=DispatchForm,
        permission=MOVE,
        icon="local_shipping",
        variant="primary",
        visible=_can_become(_D.DISPATCHED),
    )
    def dispatch_it(self, request: HttpRequest, obj: Delivery, data: dict[str, Any]) -> str:
        return _moved(obj, Step(_D.DISPATCHED, **data))

    @dialog_action(
        gettext_lazy("Delivered"),
        form=ActionForm,
        permission=MOVE,
        icon="task_alt",
        variant="success",
        visible=_can_become(_D.DELIVERED),
        explain=gettext_lazy("The buyer has it: the order is fulfilled and the money held is captured."),
    )
    def delivered(self, request: HttpRequest, obj: Delivery, data: dict[str, Any]) -> str:
        return _moved(obj, Step(_D.DELIVERED))

    @dialog_action(
        gettext_lazy("Activate the SIM"),
        form=ActivateForm,
        permission=MOVE,
        icon="sim_card",
        variant="success",
        visible=_can_become(_D.ACTIVATED),
    )
    def activate(self, request: HttpRequest, obj: Delivery, data: dict[str, Any]) -> str:
        return _moved(obj, Step(_D.ACTIVATED, **data))

    @dialog_action(
        gettext_lazy("Cancel"),
        form=ReasonForm,
        permission=MOVE,
        icon="cancel",
        variant="danger",
        visible=_can_become(_D.CANCELLED),
        explain=gettext_lazy("The order ends without a delivery and the money held is free again."),
        submit=gettext_lazy("Cancel the delivery"),
    )
    def cancel(self, request: HttpRequest, obj: Delivery, data: dict[str, Any]) -> str:
        return _moved(obj, Step(_D.CANCELLED, reason=data["reason"]))


def _moved(delivery: Delivery, step: Step) -> str:
    moved = move(order_id=delivery.order_id, step=step)
    return _("The delivery is %(status)s.") % {"status": moved.get_status_display().lower()}
