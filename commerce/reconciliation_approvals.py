"""What waits for a second person in reconciliation, and how each is carried out."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commerce.approval_settings import money_terms
from commerce.models import ReconciliationBreak, StatementSource
from commerce.services import breaks, second_person_breaks, sign_offs
from core.actors import actor_for_user, current_actor
from core.approvals import Operation, Terms, operations
from core.models import Approval, User


class BreakOperation(Operation):
    """A break that is ended by what one person asks for and another approves."""

    icon = "rule"
    permission = "commerce.correct_break"
    labels: ClassVar[dict[str, Any]] = {
        "ours": _("Ours"),
        "theirs": _("Theirs"),
        "difference": _("Difference"),
        "status": _("Status"),
        "our_status": _("Our status"),
        "party": _("Booked on"),
    }
    money: ClassVar[tuple[str, ...]] = ("ours", "theirs", "difference")
    limit_name: ClassVar[str] = "adjustment"
    carry_out: ClassVar[Any]

    def terms(self, currency: str) -> Terms:
        return money_terms(self.limit_name, currency)

    def shown(self, name: str, value: Any, currency: str) -> str:
        if name == "status":
            known = {choice.value: choice.label for choice in ReconciliationBreak.Status}
            return str(known.get(value, value))
        return super().shown(name, value, currency)

    def execute(self, approval: Approval) -> None:
        type(self).carry_out(break_id=int(approval.subject_id), reason=approval.payload["reason"])

    def link(self, approval: Approval) -> str:
        return reverse("admin:commerce_reconciliationbreak_change", args=[approval.subject_id])


@operations.register_kind
class BookDifference(BreakOperation):
    key = second_person_breaks.BOOKING
    title = _("Book a difference")
    carry_out = staticmethod(breaks.book)


@operations.register_kind
class CloseBreak(BreakOperation):
    key = second_person_breaks.CLOSING
    title = _("Close a break")
    permission = "commerce.work_break"
    carry_out = staticmethod(breaks.close)


@operations.register_kind
class ReverseBreak(BreakOperation):
    key = second_person_breaks.REVERSAL
    title = _("Reverse what a provider did not deliver")
    permission = "commerce.refund_order"
    limit_name = "refund"
    carry_out = staticmethod(breaks.reverse)


@operations.register_kind
class SettleBreak(BreakOperation):
    key = second_person_breaks.SETTLING
    title = _("Book money between the bank and a party")

    def execute(self, approval: Approval) -> None:
        asked = approval.payload
        party = StatementSource.objects.select_related("provider").get(pk=asked["party"])
        breaks.settle(break_id=int(approval.subject_id), party=party, reason=asked["reason"])


@operations.register_kind
class SignPeriodOff(Operation):
    key = second_person_breaks.SIGN_OFF
    title = _("Sign a period off")
    icon = "verified"
    permission = "commerce.sign_off"
    labels: ClassVar[dict[str, Any]] = {
        "lines": _("Lines"),
        "matched": _("Matched"),
        "total": _("Total"),
        "breaks": _("Breaks"),
        "left_open": _("Left open within the tolerance"),
        "booked": _("Difference booked"),
        "corrected": _("Corrected"),
        "explained": _("Explained"),
        "left": _("Difference that stays"),
    }
    money: ClassVar[tuple[str, ...]] = ("total", "left")

    def terms(self, currency: str) -> Terms:
        """Every one, where a second person approves at all."""
        terms = money_terms("adjustment", currency)
        limit = None if terms.limit is None else Decimal(0)
        return replace(terms, limit=limit, shown=str(_("none: every sign-off")))

    def execute(self, approval: Approval) -> None:
        asked = approval.payload
        # Whoever approves acts; what they decided is written down after this.
        by = User.objects.get(pk=current_actor().id)
        sign_offs.sign(
            source_id=int(approval.subject_id),
            first=date.fromisoformat(asked["first_day"]),
            last=date.fromisoformat(asked["last_day"]),
            note=asked["note"],
            prepared_by=actor_for_user(approval.requested_by).label,
            signed_by=actor_for_user(by).label,
        )

    def link(self, approval: Approval) -> str:
        return reverse("admin:commerce_statementsource_change", args=[approval.subject_id])
