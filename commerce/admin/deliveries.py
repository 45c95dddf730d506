"""Parcels: brief 4's SIM orders, moved step by step."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import delivery_filters, delivery_page
from commerce.admin.delivery_bulk import BULK, DeliveryBulk
from commerce.admin.delivery_forms import ActivateForm, AddressForm, DispatchForm, TrackedForm
from commerce.admin.esim import EsimDialogs
from commerce.admin.order_badges import delivery_badge
from commerce.admin.order_messages import MessageDialog
from commerce.models import Delivery
from commerce.services import order_changes
from commerce.services.deliveries import CANCEL, MOVE, UNDER_WAY, Step, assign, move
from commerce.services.order_changes import Change
from commerce.transitions import DELIVERY
from core.backoffice.actions import ActionForm, ReasonForm, dialog_action
from core.backoffice.base import HistoryAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter
from core.backoffice.site import site

_D = Delivery.Status
RELATED = ("order__reseller", "order__customer", "assignee")


def _can_become(status: str) -> Callable[[Delivery], bool]:
    return lambda delivery: status in DELIVERY[delivery.status]


def is_under_way(delivery: Delivery) -> bool:
    return delivery.status in UNDER_WAY


@admin.register(Delivery, site=site)
class DeliveryAdmin(EsimDialogs, MessageDialog, DeliveryBulk, HistoryAdmin):
    """Looked at, and moved by its steps; the address is corrected while it is pending."""

    page_template = "admin/commerce/delivery/page.html"
    paginator = delivery_filters.ParcelPaginator
    heading = gettext_lazy("Parcels")
    list_display = (
        "number", "status_shown", "product_shown", "buyer", "city", "courier", "delivery_tracking_number",
        "assigned_to", "created_at",
    )  # fmt: skip
    list_display_links = ("number",)
    list_filter = (
        ("status", ChoicesFilter),
        delivery_filters.AssigneeFilter,
        delivery_filters.CourierFilter,
        delivery_filters.CityFilter,
        ("created_at", DayRangeFilter),
    )
    list_select_related = RELATED
    search_fields = ("order__order_number",)
    search_help_text = gettext_lazy("Order number, tracking number or ICCID, whole.")
    ordering = ("-id",)
    actions_detail = (
        "confirm", "dispatch_it", "delivered", "activate", "show_code", "send_code", "take",
        "send_message",
        {"title": gettext_lazy("More"), "icon": "more_horiz", "items": ["assign", "correct_address", "cancel"]},
    )  # fmt: skip
    actions = BULK
    empty_hint = gettext_lazy("Parcels come here when a product that is shipped is ordered.")
    phone_columns = ("number", "status_shown", "city")
    more_columns = ("sim_type", "dispatched_at", "delivered_at", "activated_at", "updated_at")

    class Media:
        css = {"all": ("commerce/delivery.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Test mode sends no parcels."""
        rows = super().get_queryset(request).filter(order__is_test=False).select_related(*RELATED)
        return rows.defer("order__price_explanation", "order__recipient")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Delivery | None:
        kept = request.__dict__.setdefault("_deliveries", {})
        if object_id not in kept:
            text = str(object_id)
            known = text.isascii() and text.isdigit() and len(text) < 19
            rows = self.get_queryset(request).select_related(*RELATED, "order__client", "order__product")
            kept[object_id] = rows.filter(pk=text).first() if known else None
        found: Delivery | None = kept[object_id]
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        return delivery_filters.find(queryset, search_term), False

    def page_context(self, request: HttpRequest, obj: Delivery) -> dict[str, Any]:
        return delivery_page.page(request, obj) | {"media": self.media}

    @admin.display(description=gettext_lazy("Order"), ordering="id")
    def number(self, delivery: Delivery) -> SafeString:
        return format_html("<bdi>{}</bdi>", delivery.order.order_number)

    @admin.display(description=gettext_lazy("Delivery"), ordering="status")
    def status_shown(self, delivery: Delivery) -> SafeString:
        return delivery_badge(delivery)

    @admin.display(description=gettext_lazy("Product"))
    def product_shown(self, delivery: Delivery) -> SafeString:
        order = delivery.order
        return format_html('<span class="tl-product">{} · {}</span>', order.brand_name, order.product_name)

    @admin.display(description=gettext_lazy("Buyer"))
    def buyer(self, delivery: Delivery) -> str:
        return str(delivery.order.reseller or delivery.order.customer or "")

    @admin.display(description=gettext_lazy("Assigned to"))
    def assigned_to(self, delivery: Delivery) -> str:
        user = delivery.assignee
        return (user.get_full_name() or user.get_username()) if user else "–"

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
        gettext_lazy("Assign to me"),
        form=ActionForm,
        permission=MOVE,
        icon="front_hand",
        visible=lambda delivery: is_under_way(delivery) and delivery.assignee_id is None,
        explain=gettext_lazy("You see to it from now on."),
    )
    def take(self, request: HttpRequest, obj: Delivery, data: dict[str, Any]) -> str:
        assign(order_id=obj.order_id, courier="", assignee=request.user)  # type: ignore[arg-type]
        return _("It is yours.")

    @dialog_action(
        gettext_lazy("Assign"),
        form=TrackedForm,
        permission=MOVE,
        icon="person_add",
        visible=is_under_way,
        explain=gettext_lazy("Who sees to it and who brings it. What is left empty stays as it is."),
    )
    def assign(self, request: HttpRequest, obj: Delivery, data: dict[str, Any]) -> str:
        assign(order_id=obj.order_id, **data)
        return _("Assigned.")

    @dialog_action(
        gettext_lazy("Address"),
        form=AddressForm,
        permission=MOVE,
        icon="edit_location_alt",
        visible=lambda delivery: delivery.status == _D.PENDING,
        title=gettext_lazy("Correct the address"),
    )
    def correct_address(self, request: HttpRequest, obj: Delivery, data: dict[str, Any]) -> str:
        wanted = Change(notes=obj.order.notes, **data)
        order_changes.change(order_id=obj.order_id, wanted=wanted)
        return _("The address is corrected.")

    @dialog_action(
        gettext_lazy("Cancel"),
        form=ReasonForm,
        permission=CANCEL,
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
