"""Paying a provider in advance, as it waits for a second person and is carried out."""

from decimal import Decimal
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commerce.approval_settings import money_terms
from commerce.models import Provider
from commerce.services import float_funding
from core.approvals import Operation, Terms, operations
from core.models import Approval


@operations.register_kind
class FundFloat(Operation):
    key = float_funding.FUNDING
    title = _("Fund a provider's float")
    icon = "account_balance"
    permission = "commerce.correct_break"
    labels: ClassVar[dict[str, Any]] = {
        "paid": _("Paid to the provider"),
        "funded": _("Funded or adjusted since"),
    }
    money: ClassVar[tuple[str, ...]] = ("paid",)
    told: ClassVar[dict[str, Any]] = {"external_reference": _("Bank reference")}

    def terms(self, currency: str) -> Terms:
        return money_terms("adjustment", currency, shown=_("%(limit)s a day"))

    def execute(self, approval: Approval) -> None:
        asked = approval.payload
        float_funding.fund(
            provider=Provider.objects.get(pk=approval.subject_id),
            amount=Decimal(asked["amount"]),
            reason=asked["reason"],
            external_reference=asked["external_reference"],
        )

    def link(self, approval: Approval) -> str:
        return reverse("admin:commerce_provider_change", args=[approval.subject_id])
