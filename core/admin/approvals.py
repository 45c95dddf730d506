"""What waits for a second person: the list, a page with before and after, and the decision."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from core.approvals import Operation, operations
from core.backoffice.actions import ActionForm, ReasonForm, dialog_action
from core.backoffice.badges import money_cell, status_badge, two_lines
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, related
from core.backoffice.parts import Fact
from core.models import Approval
from core.money import format_money
from core.services import approvals

_S = Approval.Status
TONES = {
    _S.PENDING: "warning",
    _S.APPROVED: "success",
    _S.REFUSED: "danger",
    _S.EXPIRED: "neutral",
    _S.WITHDRAWN: "neutral",
}
DECIDE, WITHDRAW = "core.decide_approval", "core.withdraw_approval"


class NoteForm(ActionForm):
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("What you have looked at; it is kept with the approval."),
    )


class KindFilter(DropdownFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, operation.title) for key, operation in operations.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Approval]) -> QuerySet[Approval]:
        return queryset.filter(kind=self.value()) if self.value() in operations else queryset


def waits(approval: Approval) -> bool:
    return approval.status == _S.PENDING and not approvals.has_expired(approval)


def is_open(approval: Approval) -> bool:
    return approval.status == _S.PENDING


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    page_template = "admin/core/approval/page.html"
    list_display = (
        "number",
        "status_shown",
        "what",
        "amount_shown",
        "requested_by",
        "requested_at",
        "expires_at",
    )
    list_display_links = ("number",)
    # The amount stands under what it is of there.
    phone_columns = ("number", "status_shown", "what")
    list_filter = (
        ("status", ChoicesFilter),
        KindFilter,
        *related("requested_by", "decided_by"),
        ("requested_at", DayRangeFilter),
    )
    list_select_related = ("requested_by",)
    search_fields = ("subject_label__istartswith",)
    search_help_text = gettext_lazy("The beginning of what is changed.")
    ordering = ("-id",)
    heading = gettext_lazy("Approvals")
    empty_hint = gettext_lazy(
        "Changes above the limits of the Approvals settings page wait here for a second person."
    )
    actions_detail = ("approve", "refuse", "withdraw")

    @admin.display(description=gettext_lazy("number"), ordering="id")
    def number(self, approval: Approval) -> str:
        return f"A{approval.pk}"

    @admin.display(description=gettext_lazy("what"))
    def what(self, approval: Approval) -> SafeString:
        return two_lines(title_of(approval), approval.subject_label, phone=amount_of(approval))

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def amount_shown(self, approval: Approval) -> SafeString:
        return money_cell(amount_of(approval))

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, approval: Approval) -> SafeString:
        return badge_of(approval)

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:
        """Nobody is offered to decide what they asked for, nor to take back what others did."""
        offered = super().get_actions_detail(request, object_id)
        approval = self.get_object(request, str(object_id))
        mine = approval is not None and approval.requested_by_id == request.user.pk
        return [action for action in offered if (action.method.__name__ == "withdraw") is mine]

    def page_context(self, request: HttpRequest, obj: Approval) -> dict[str, Any]:
        operation = operations.get(obj.kind) if obj.kind in operations else None
        waiting = waits(obj)
        return {
            "badge": badge_of(obj),
            "kind_title": title_of(obj),
            "changes": operation.changes(obj) if operation else [],
            "asked": asked_facts(obj, operation),
            "decision": decision_facts(obj),
            "waiting": waiting,
            "mine": obj.requested_by_id == request.user.pk,
            "why_not": approvals.why_not(obj, request.user) if waiting and operation else "",  # type: ignore[arg-type]
        }

    @dialog_action(
        gettext_lazy("Approve"),
        form=NoteForm,
        permission=DECIDE,
        icon="task_alt",
        variant="success",
        visible=waits,
        explain=gettext_lazy("It is done at once, as it was asked for. This cannot be undone here."),
    )
    def approve(self, request: HttpRequest, obj: Approval, data: dict[str, Any]) -> str:
        approvals.approve(approval_id=obj.pk, by=request.user, note=data["note"])  # type: ignore[arg-type]
        return _("Approved and done.")

    @dialog_action(
        gettext_lazy("Refuse"),
        form=ReasonForm,
        permission=DECIDE,
        icon="block",
        variant="danger",
        visible=waits,
        explain=gettext_lazy("Nothing is changed. Whoever asked reads why."),
    )
    def refuse(self, request: HttpRequest, obj: Approval, data: dict[str, Any]) -> str:
        approvals.refuse(approval_id=obj.pk, by=request.user, note=data["reason"])  # type: ignore[arg-type]
        return _("Refused; nothing was changed.")

    @dialog_action(
        gettext_lazy("Take back"),
        form=NoteForm,
        permission=WITHDRAW,
        icon="undo",
        visible=is_open,
        explain=gettext_lazy("Nobody has to decide it any more, and nothing is changed."),
    )
    def withdraw(self, request: HttpRequest, obj: Approval, data: dict[str, Any]) -> str:
        approvals.withdraw(approval_id=obj.pk, by=request.user, note=data["note"])  # type: ignore[arg-type]
        return _("Taken back; nothing was changed.")


def title_of(approval: Approval) -> Any:
    return operations.get(approval.kind).title if approval.kind in operations else approval.kind


def amount_of(approval: Approval) -> str:
    return "" if approval.amount is None else format_money(approval.amount, approval.currency)


def badge_of(approval: Approval) -> SafeString:
    status = _S.EXPIRED if approvals.has_expired(approval) else _S(approval.status)
    return status_badge(status.label, TONES[status])


def asked_facts(approval: Approval, operation: Operation | None) -> list[Fact]:
    amount, link = amount_of(approval), operation.link(approval) if operation else ""
    details = operation.details(approval) if operation else []
    return [
        Fact(_("What"), approval.subject_label, link=link),
        *([Fact(_("Amount"), amount, strong=True)] if amount else []),
        Fact(_("Above the limit of"), approval.limit),
        Fact(_("Asked by"), approval.requested_by),
        Fact(_("Asked at"), approval.requested_at),
        Fact(_("Reason"), approval.reason),
        *(Fact(label, text) for label, text in details),
    ]


def decision_facts(approval: Approval) -> list[Fact]:
    if approval.status == _S.PENDING:
        return [Fact(_("Waits until"), approval.expires_at)]
    by = approval.decided_by or (
        approval.requested_by if approval.status == _S.WITHDRAWN else _("Nobody in time")
    )
    return [Fact(_("By"), by), Fact(_("At"), approval.decided_at), Fact(_("Note"), approval.note)]
