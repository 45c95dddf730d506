"""The kinds of change in commerce that a second person approves above a limit, and how each is carried out."""

from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commerce.approval_settings import money_terms, percent_terms
from commerce.models import Account, Customer, Order, Payment, Reseller
from commerce.services import (
    break_endings,
    deliveries,
    ledger,
    price_rules,
    refunds,
    second_person,
    settlement,
    unknown,
)
from core.approvals import Operation, Terms, operations
from core.models import Approval
from core.services import approvals


class WalletOperation(Operation):
    """What is done to a wallet. Orders go on meanwhile, so its balance is shown and need not stay."""

    labels: ClassVar[dict[str, Any]] = {
        "balance": _("Balance"),
        "held": _("Held"),
        "credit_limit": _("Credit limit"),
        "available": _("Available"),
        "status": _("Status of the owner"),
        "corrected": _("Funded or adjusted since"),
    }
    money: ClassVar[tuple[str, ...]] = ("balance", "held", "credit_limit", "available")
    limit_name: ClassVar[str]

    def terms(self, currency: str) -> Terms:
        return money_terms(self.limit_name, currency, shown=_("%(limit)s a day"))

    def shown(self, name: str, value: Any, currency: str) -> str:
        if name == "status":
            known = {choice.value: choice.label for choice in (*Customer.Status, *Reseller.Status)}
            return str(known.get(value, value))
        return super().shown(name, value, currency)

    def link(self, approval: Approval) -> str:
        wallet = Account.objects.filter(pk=approval.subject_id).first()
        if wallet is None or wallet.reseller_id is None:
            return reverse("admin:commerce_account_change", args=[approval.subject_id])
        return reverse("admin:commerce_reseller_change", args=[wallet.reseller_id])

    def wallet(self, approval: Approval) -> Account:
        return Account.objects.get(pk=approval.subject_id)


@operations.register_kind
class FundWallet(WalletOperation):
    key = second_person.FUNDING
    title = _("Fund a wallet")
    icon = "add_card"
    told: ClassVar[dict[str, Any]] = {"external_reference": _("Bank reference")}
    permission = "commerce.fund_wallet"
    limit_name = "funding"

    def execute(self, approval: Approval) -> None:
        asked = approval.payload
        break_endings.fund(
            account=self.wallet(approval),
            amount=Decimal(asked["amount"]),
            reason=asked["reason"],
            external_reference=asked["external_reference"],
        )


@operations.register_kind
class AdjustWallet(WalletOperation):
    key = second_person.ADJUSTMENT
    title = _("Adjust a wallet")
    icon = "tune"
    permission = "commerce.adjust_wallet"
    limit_name = "adjustment"

    def execute(self, approval: Approval) -> None:
        asked = approval.payload
        ledger.adjust(account=self.wallet(approval), amount=Decimal(asked["amount"]), reason=asked["reason"])


@operations.register_kind
class SetCreditLimit(WalletOperation):
    key = second_person.CREDIT_LIMIT
    title = _("Raise a credit limit")
    icon = "credit_score"
    permission = "commerce.change_credit_limit"
    limit_name = "credit_limit"

    def execute(self, approval: Approval) -> None:
        asked = approval.payload
        ledger.set_credit_limit(
            account=self.wallet(approval), limit=Decimal(asked["limit"]), reason=asked["reason"]
        )


class OrderOperation(Operation):
    """What is done to an order or its payment."""

    labels: ClassVar[dict[str, Any]] = {
        "total": _("Total"),
        "refunded": _("Refunded"),
        "left": _("Can still be refunded"),
        "paid": _("Paid"),
        "paid_out": _("Paid back"),
        "status": _("Status"),
        "payment_status": _("Payment"),
        "attempt": _("Attempt"),
    }
    money: ClassVar[tuple[str, ...]] = ("total", "refunded", "left", "paid", "paid_out")
    limit_name: ClassVar[str]
    limit_shown: ClassVar[Any] = _("%(limit)s an order")

    def terms(self, currency: str) -> Terms:
        return money_terms(self.limit_name, currency, shown=self.limit_shown)

    def shown(self, name: str, value: Any, currency: str) -> str:
        choices = {"status": (*Payment.Status, *Order.Status), "payment_status": (*Order.PaymentStatus,)}
        known: dict[str, Any] = {choice.value: choice.label for choice in choices.get(name, ())}
        return str(known.get(value) or super().shown(name, value, currency))

    def link(self, approval: Approval) -> str:
        return reverse("admin:commerce_order_change", args=[approval.subject_id])


@operations.register_kind
class RefundOrder(OrderOperation):
    key = second_person.REFUND
    title = _("Refund an order")
    icon = "undo"
    permission = "commerce.refund_order"
    limit_name = "refund"

    def execute(self, approval: Approval) -> None:
        asked = approval.payload
        settlement.refund(
            order_id=UUID(approval.subject_id), amount=Decimal(asked["amount"]), reason=asked["reason"]
        )


@operations.register_kind
class PayOut(OrderOperation):
    key = second_person.PAYOUT
    title = _("Pay a payment back")
    icon = "undo"
    told: ClassVar[dict[str, Any]] = {"reference": _("Bank reference")}
    permission = "commerce.refund_order"
    limit_name = "refund"
    limit_shown = _("%(limit)s a payment")

    def execute(self, approval: Approval) -> None:
        asked = approval.payload
        wish = refunds.Payout(Decimal(asked["amount"]), asked["reason"], asked["reference"])
        refunds.pay_out(payment_id=UUID(approval.subject_id), payout=wish)

    def link(self, approval: Approval) -> str:
        return reverse("admin:commerce_payment_change", args=[approval.subject_id])


@operations.register_kind
class DecideOrder(OrderOperation):
    key = second_person.DECISION
    title = _("Decide an order by hand")
    icon = "gavel"
    told: ClassVar[dict[str, Any]] = {"evidence": _("Evidence"), "reference": _("Provider's reference")}
    permission = "commerce.resolve_order"
    limit_name = "order"

    def execute(self, approval: Approval) -> None:
        asked = approval.payload
        decision = unknown.Decision(
            delivered=asked["delivered"],
            reason=asked["reason"],
            evidence=asked["evidence"],
            reference=asked["reference"],
            code=approvals.secret_of(approval).get("code", ""),
        )
        unknown.resolve(order_id=UUID(approval.subject_id), decision=decision)


@operations.register_kind
class EndDelivery(OrderOperation):
    """A shipped order's parcel is there, or will not come."""

    key = second_person.DELIVERY
    title = _("End an order's delivery")
    icon = "local_shipping"
    told: ClassVar[dict[str, Any]] = {"courier": _("Courier"), "tracking_number": _("Tracking number")}
    permission = deliveries.MOVE
    limit_name = "order"

    def execute(self, approval: Approval) -> None:
        told = {name: value for name, value in approval.payload.items() if name != approvals.HIDDEN}
        step = deliveries.Step(**told, **approvals.secret_of(approval))
        deliveries.move(order_id=UUID(approval.subject_id), step=step)


@operations.register_kind
class ChangePriceRule(Operation):
    """A rule of a price list: added, changed or removed."""

    key = price_rules.KIND
    title = _("Change a price list's rule")
    icon = "sell"
    permission = "commerce.change_pricelist"
    labels: ClassVar[dict[str, Any]] = {
        "rule": _("Rule"),
        "scope": _("For"),
        "worth": _("Price"),
        "commission": _("Commission"),
        "tax": _("Tax"),
        "service_fee": _("Service fee"),
        "delivery_fee": _("Delivery fee"),
        "valid_from": _("Valid from"),
        "valid_until": _("Valid until"),
        "below_cost": _("May sell below cost"),
    }

    def terms(self, currency: str) -> Terms:
        return percent_terms("price_percent")

    def shown(self, name: str, value: Any, currency: str) -> str:
        if isinstance(value, bool):
            return str(_("Yes") if value else _("No"))
        if name == "rule":
            return str(_("as it was shown") if value else _("none"))
        return super().shown(name, value, currency)

    def execute(self, approval: Approval) -> None:
        price_rules.carry_out(approval.payload)

    def link(self, approval: Approval) -> str:
        return reverse("admin:commerce_pricelist_change", args=[approval.subject_id])
