"""Resellers' clients."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.client_page import client_page
from commerce.admin.party_badges import party_badge, usage_meter
from commerce.admin.party_filters import PlanFilter, UsageFilter
from commerce.admin.party_forms import OverrideForm, PartyForm, PlanForm
from commerce.admin.party_search import PartySearch
from commerce.models import Client
from commerce.services import clients
from core.backoffice.actions import dialog_action
from core.backoffice.base import HistoryAdmin
from core.backoffice.bulk_actions import bulk_action
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, RelatedFilter
from core.backoffice.importing.mixin import ImportExportAdmin
from core.backoffice.site import site


class ClientForm(PartyForm):
    tidy = staticmethod(clients.tidy)
    details = clients.DETAILS
    unique_email = False

    def country(self, cleaned: dict[str, Any]) -> str:
        reseller = cleaned.get("reseller") or (self.instance.reseller if self.instance.pk else None)
        return reseller.country if reseller else ""

    class Meta:
        model = Client
        fields = ("reseller", *clients.DETAILS)


@admin.register(Client, site=site)
class ClientAdmin(PartySearch, ImportExportAdmin, HistoryAdmin):
    form = ClientForm
    page_template = "admin/commerce/client/page.html"
    list_display = ("name", "status_shown", "reseller", "plan_type", "usage", "phone", "created_at")
    list_display_links = ("name",)
    list_filter = (
        ("reseller", RelatedFilter),
        ("status", ChoicesFilter),
        PlanFilter,
        UsageFilter,
        ("created_at", DayRangeFilter),
    )
    list_select_related = ("reseller",)
    search_fields = ("name__istartswith", "email__istartswith", "phone__startswith")
    phone_columns = ("name", "status_shown", "usage")
    more_columns = ("email", "monthly_limit", "current_usage", "updated_at")
    empty_hint = gettext_lazy("Resellers name a client with an order; staff can add one here.")
    name_column = "name"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("reseller", "name", ("email", "phone"))}),
        (gettext_lazy("Plan"), {"fields": ("plan_type", "monthly_limit", "usage")}),
        (gettext_lazy("Status"), {"fields": ("status_shown", "status_reason")}),
    )
    actions_detail = [
        {
            "title": gettext_lazy("Limit"),
            "icon": "speed",
            "items": ["change_plan", "override_limit", "end_override"],
        },
        "block",
        "unblock",
    ]
    actions = ["bulk_block"]
    restorable = ("name", "email", "phone", "plan_type")

    def get_readonly_fields(self, request: HttpRequest, obj: Client | None = None) -> tuple[str, ...]:
        always = ("usage", "status_shown", "status_reason")
        return ("reseller", *always) if obj else always

    def has_delete_permission(self, request: HttpRequest, obj: Client | None = None) -> bool:
        """A client with orders stays; one that is not wanted is blocked."""
        return False

    def page_context(self, request: HttpRequest, obj: Client) -> dict[str, Any]:
        return client_page(request, obj)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, client: Client) -> str:
        return party_badge(client) if client.pk else "–"

    @admin.display(description=gettext_lazy("orders this month"))
    def usage(self, client: Client) -> str:
        return usage_meter(client)

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        if change:
            clients.change_client(client=obj, values=form.changes())
            return
        added = clients.add_client(reseller=obj.reseller, values=form.changes())
        obj.pk = added.pk
        obj._state.adding = False

    @dialog_action(
        gettext_lazy("Change plan"),
        form=PlanForm,
        permission="commerce.change_client",
        icon="upgrade",
        explain=gettext_lazy("It counts from now on and until it is changed again."),
    )
    def change_plan(self, request: HttpRequest, obj: Client, data: dict[str, Any]) -> str:
        clients.change_plan(
            client=obj,
            plan_type=data["plan_type"],
            monthly_limit=data["monthly_limit"],
            reason=data["reason"],
        )
        return _("“%(name)s” has another plan.") % {"name": obj}

    @dialog_action(
        gettext_lazy("Override the limit"),
        form=OverrideForm,
        permission="commerce.override_client_limit",
        icon="more_time",
        explain=gettext_lazy("Another limit counts for a while and ends by itself."),
    )
    def override_limit(self, request: HttpRequest, obj: Client, data: dict[str, Any]) -> str:
        clients.override_limit(client=obj, limit=data["limit"], until=data["until"], reason=data["reason"])
        return _("The other limit counts until %(day)s.") % {"day": date_format(data["until"])}

    @dialog_action(
        gettext_lazy("End the override"),
        permission="commerce.override_client_limit",
        icon="timer_off",
        visible=lambda client: client.is_overridden,
        explain=gettext_lazy("The plan's own limit counts again at once."),
    )
    def end_override(self, request: HttpRequest, obj: Client, data: dict[str, Any]) -> str:
        clients.end_override(client=obj, reason=data["reason"])
        return _("The plan's own limit counts again.")

    @bulk_action(gettext_lazy("Block"), permission="commerce.block_client", variant="danger")
    def bulk_block(self, request: HttpRequest, obj: Client, data: dict[str, Any]) -> None:
        clients.block(client=obj, reason=data["reason"])

    @dialog_action(
        gettext_lazy("Block"),
        permission="commerce.block_client",
        icon="block",
        variant="danger",
        visible=lambda client: client.status != Client.Status.SUSPENDED,
        explain=gettext_lazy("New orders for this client are refused."),
    )
    def block(self, request: HttpRequest, obj: Client, data: dict[str, Any]) -> str:
        clients.block(client=obj, reason=data["reason"])
        return _("“%(name)s” is blocked.") % {"name": obj}

    @dialog_action(
        gettext_lazy("Unblock"),
        permission="commerce.block_client",
        icon="lock_open",
        variant="success",
        visible=lambda client: client.status == Client.Status.SUSPENDED,
    )
    def unblock(self, request: HttpRequest, obj: Client, data: dict[str, Any]) -> str:
        clients.unblock(client=obj, reason=data["reason"])
        return _("“%(name)s” may be ordered for again.") % {"name": obj}
