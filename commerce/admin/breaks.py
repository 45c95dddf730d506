"""The queue of breaks: what does not fit, who works on it, and what corrects it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import break_page
from commerce.admin.catalog import seen
from commerce.admin.reconciliation import CostsHidden
from commerce.admin.reconciliation_forms import AssignBreakForm, FundForm, SettleForm
from commerce.admin.statement_page import kind_badge, state_badge
from commerce.models import ReconciliationBreak, SignOff
from commerce.services import breaks, sign_off_packs, sign_offs
from core.backoffice.actions import ActionForm, ReasonForm, dialog_action
from core.backoffice.badges import money_cell, two_lines
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.bulk_actions import bulk_action
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, RelatedFilter
from core.backoffice.parts import Way
from core.backoffice.site import site
from core.documents.pdf import PdfUnavailable
from core.error_pages import page as error_page
from core.events import record
from core.money import format_money

WORK, CORRECT = breaks.WORK, "commerce.correct_break"


@admin.register(ReconciliationBreak, site=site)
class BreakAdmin(CostsHidden, ReadOnlyAdmin):
    heading = gettext_lazy("Breaks")
    page_template = "admin/commerce/reconciliationbreak/page.html"
    list_display = (
        "name", "kind_shown", "source", "day", "ours_shown", "theirs_shown", "difference_shown", "assigned_to", "state",
    )  # fmt: skip
    phone_columns = ("name", "kind_shown", "difference_shown")
    list_filter = (
        ("status", ChoicesFilter), ("kind", ChoicesFilter), ("resolution", ChoicesFilter), ("source", RelatedFilter),
        ("statement", RelatedFilter), ("assigned_to", RelatedFilter), ("day", DayRangeFilter),
    )  # fmt: skip
    list_select_related = ("source", "assigned_to")
    search_fields = ("order__order_number__exact",)
    search_help_text = gettext_lazy("A whole order number.")
    ordering = ("-id",)
    actions = ("assign_chosen", "close_chosen")
    actions_detail = (
        "take", "resolve", "reverse", "fund", "book",
        {"title": gettext_lazy("More"), "items": ("settle", "assign", "close")},
    )  # fmt: skip
    empty_way = Way(gettext_lazy("Statements"), "admin:commerce_importedstatement_changelist")
    empty_hint = gettext_lazy("Nothing differs. Breaks come here when a statement is matched.")

    def page_context(self, request: HttpRequest, obj: ReconciliationBreak) -> dict[str, Any]:
        return break_page.page(request, obj)

    @admin.display(description=gettext_lazy("break"))
    def name(self, found: ReconciliationBreak) -> SafeString:
        # An id of ours is longer than the rest of the row has room for.
        return two_lines(f"B{found.pk}", Truncator(found.reference).chars(22))

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_shown(self, found: ReconciliationBreak) -> SafeString:
        return kind_badge(found)

    @admin.display(description=gettext_lazy("ours"))
    def ours_shown(self, found: ReconciliationBreak) -> SafeString:
        return self._money(found, found.ours)

    @admin.display(description=gettext_lazy("theirs"))
    def theirs_shown(self, found: ReconciliationBreak) -> SafeString:
        return self._money(found, found.theirs)

    @admin.display(description=gettext_lazy("difference"), ordering="difference")
    def difference_shown(self, found: ReconciliationBreak) -> SafeString:
        return self._money(found, found.difference)

    @admin.display(description=gettext_lazy("state"), ordering="status")
    def state(self, found: ReconciliationBreak) -> SafeString:
        return state_badge(found)

    def _money(self, found: ReconciliationBreak, value: Any) -> SafeString:
        return money_cell("–" if value is None else format_money(value, found.source.currency))

    @dialog_action(
        gettext_lazy("Take it"),
        form=ActionForm,
        permission=WORK,
        icon="front_hand",
        visible=lambda found: breaks.is_open(found) and found.assigned_to_id is None,
        explain=gettext_lazy("It is yours from now on."),
    )
    def take(self, request: HttpRequest, obj: ReconciliationBreak, data: dict[str, Any]) -> str:
        breaks.assign(break_id=obj.pk, to=request.user)  # type: ignore[arg-type]
        return _("It is yours.")

    @dialog_action(
        gettext_lazy("Assign"),
        form=AssignBreakForm,
        permission=WORK,
        icon="person_add",
        visible=breaks.is_open,
    )
    def assign(self, request: HttpRequest, obj: ReconciliationBreak, data: dict[str, Any]) -> str:
        breaks.assign(break_id=obj.pk, to=data["assigned_to"])
        return _("Assigned.")

    @dialog_action(
        gettext_lazy("End the order as they say"),
        form=ReasonForm,
        permission="commerce.resolve_order",
        icon="gavel",
        variant="primary",
        visible=breaks.may_resolve,
        explain=gettext_lazy(
            "The order's outcome is unknown to us. Delivered captures the money held, failed frees it."
        ),
    )
    def resolve(self, request: HttpRequest, obj: ReconciliationBreak, data: dict[str, Any]) -> str:
        breaks.resolve(break_id=obj.pk, reason=data["reason"])
        return _("The order has ended as their statement says.")

    @dialog_action(
        gettext_lazy("Reverse the order"),
        form=ReasonForm,
        permission="commerce.refund_order",
        icon="undo",
        variant="danger",
        visible=breaks.may_reverse,
        explain=gettext_lazy(
            "They did not deliver, or took it back: the buyer gets the money back, our float the cost."
        ),
    )
    def reverse(self, request: HttpRequest, obj: ReconciliationBreak, data: dict[str, Any]) -> str:
        breaks.reverse(break_id=obj.pk, reason=data["reason"])
        return _("The order is reversed.")

    @dialog_action(
        gettext_lazy("Credit a wallet"),
        form=FundForm,
        permission="commerce.fund_wallet",
        icon="add_card",
        variant="primary",
        visible=breaks.may_fund,
        explain=gettext_lazy("The money is in the bank; say whose it is."),
    )
    def fund(self, request: HttpRequest, obj: ReconciliationBreak, data: dict[str, Any]) -> str:
        breaks.fund(break_id=obj.pk, reseller=data["reseller"], reason=data["reason"])
        return _("The wallet is credited.")

    @dialog_action(
        gettext_lazy("Gateway or provider"),
        form=SettleForm,
        permission=CORRECT,
        icon="account_balance",
        visible=breaks.may_settle,
        title=gettext_lazy("Money between us and a gateway or provider"),
        explain=gettext_lazy("A gateway paid us, or we paid a provider: it is booked on their account."),
    )
    def settle(self, request: HttpRequest, obj: ReconciliationBreak, data: dict[str, Any]) -> str:
        breaks.settle(break_id=obj.pk, party=data["party"], reason=data["reason"])
        return _("It is booked on their account.")

    @dialog_action(
        gettext_lazy("Book the difference"),
        form=ReasonForm,
        permission=CORRECT,
        icon="playlist_add_check",
        visible=breaks.may_book,
        explain=gettext_lazy(
            "A transfer moves the difference, so that our ledger shows what their statement shows."
        ),
    )
    def book(self, request: HttpRequest, obj: ReconciliationBreak, data: dict[str, Any]) -> str:
        breaks.book(break_id=obj.pk, reason=data["reason"])
        return _("The difference is booked.")

    @dialog_action(
        gettext_lazy("Close"),
        form=ReasonForm,
        permission=WORK,
        icon="task_alt",
        visible=breaks.is_open,
        title=gettext_lazy("Close without a booking"),
        explain=gettext_lazy("It is explained: nothing of ours is wrong, or the difference is let go."),
    )
    def close(self, request: HttpRequest, obj: ReconciliationBreak, data: dict[str, Any]) -> str:
        breaks.close(break_id=obj.pk, reason=data["reason"])
        return _("Closed.")

    @bulk_action(gettext_lazy("Assign"), form=AssignBreakForm, permission=WORK)
    def assign_chosen(self, request: HttpRequest, obj: ReconciliationBreak, data: dict[str, Any]) -> None:
        breaks.assign(break_id=obj.pk, to=data["assigned_to"])

    @bulk_action(
        gettext_lazy("Close"),
        permission=WORK,
        explain=gettext_lazy("They are explained: nothing of ours is wrong, or the difference is let go."),
    )
    def close_chosen(self, request: HttpRequest, obj: ReconciliationBreak, data: dict[str, Any]) -> None:
        breaks.close(break_id=obj.pk, reason=data["reason"])


@admin.register(SignOff, site=site)
class SignOffAdmin(CostsHidden, ReadOnlyAdmin):
    page_template = "admin/commerce/signoff/page.html"
    list_display = ("source", "first_day", "last_day", "prepared_by", "signed_by", "created_at")
    phone_columns = ("source", "first_day", "signed_by")
    list_filter = (("source", RelatedFilter), ("created_at", DayRangeFilter))
    list_select_related = ("source",)
    ordering = ("-id",)
    empty_way = Way(gettext_lazy("Sources"), "admin:commerce_statementsource_changelist")
    empty_hint = gettext_lazy("A source's page signs a period off once its breaks are closed.")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file_view)
        ours = path("<int:object_id>/file/<str:kind>/", view, name="commerce_signoff_file")
        return [ours, *super().get_urls()]

    def file_view(self, request: HttpRequest, object_id: int, kind: str) -> HttpResponse:
        """The pack as a file; that it was taken is written down."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        signed = seen(self, request, object_id)
        if kind not in sign_off_packs.MAKERS:
            raise Http404
        try:
            made_by = request.user.get_full_name() or str(request.user)  # type: ignore[union-attr]
            name, content_type, content = sign_off_packs.file_of(signed, kind, made_by=made_by)
        except PdfUnavailable as error:
            return error_page(request, error.status, _("There is no PDF now"), error.message)
        record("sign_off.taken", subject=signed, data={"format": kind})
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return HttpResponse(content, content_type=content_type, headers=headers)

    def page_context(self, request: HttpRequest, obj: SignOff) -> dict[str, Any]:
        return break_page.sign_off_page(obj, sign_offs.breaks_of(obj))


def breaks_waiting() -> int:
    """As many as people read."""
    return ReconciliationBreak.objects.filter(status="open").order_by()[:1000].count()
