"""Reopening a month, as it waits for a second person and is carried out."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commerce.approval_settings import easing_terms
from commerce.services import closing, second_person_closing
from core.approvals import Operation, Terms, operations
from core.models import Approval

STATES = {"closed": _("Closed"), "open": _("Open")}


@operations.register_kind
class ReopenMonth(Operation):
    key = second_person_closing.REOPENING
    title = _("Reopen a closed month")
    icon = "lock_open"
    permission = "commerce.close_month"
    labels: ClassVar[dict[str, Any]] = {
        "state": _("Books of the month"),
        "transfers": _("Transfers"),
        "digest": _("Digest"),
    }

    def terms(self, currency: str) -> Terms:
        """Every time, also where nothing else needs a second person."""
        return replace(easing_terms(), limit=Decimal(0), shown=str(_("none: every reopening")))

    def shown(self, name: str, value: Any, currency: str) -> str:
        return str(STATES.get(value, value)) if name == "state" else super().shown(name, value, currency)

    def execute(self, approval: Approval) -> None:
        closing.reopen(month_id=int(approval.subject_id), reason=approval.payload["reason"])

    def link(self, approval: Approval) -> str:
        return reverse("admin:commerce_closedmonth_change", args=[approval.subject_id])
