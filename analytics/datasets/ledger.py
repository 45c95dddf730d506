"""The ledger's movements, what was given back of orders, and what wallets hold."""

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from analytics.datasets.base import Dataset, choice, moment, money, number, register, text
from commerce.models import Account, Transfer


def _owner(side: str) -> Any:
    """Whose account it is; the company's own by their code."""
    return Coalesce(f"{side}__reseller__business_name", f"{side}__customer__full_name", f"{side}__code")


@register
class Transfers(Dataset):
    key = "transfers"
    title = _("Transfers")
    description = _("One row a movement of the ledger, from one account to another.")
    icon = "swap_horiz"
    permission = "commerce.view_transfer"
    first = ("id", "created_at", "kind", "debit", "credit", "amount", "order")
    columns = (
        number("id", _("Number")),
        moment("created_at", _("Moved at")),
        choice("kind", _("Kind"), Transfer.Kind),
        choice("debit_kind", _("Debited account"), Account.Kind, "debit_account__kind"),
        text("debit", _("Debit of"), _owner("debit_account")),
        choice("credit_kind", _("Credited account"), Account.Kind, "credit_account__kind"),
        text("credit", _("Credit of"), _owner("credit_account")),
        money("amount", _("Amount")),
        text("currency", _("Currency")),
        money("debit_after", _("Debit balance after"), "debit_balance_after"),
        money("credit_after", _("Credit balance after"), "credit_balance_after"),
        text("order", _("Order"), "order__order_number"),
        text("external_reference", _("External reference")),
        text("reason", _("Reason")),
        text("actor", _("By"), "actor_label"),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        found = Transfer.objects.filter(debit_account__is_test=False)
        return found if sees_cost else found.exclude(kind__in=Transfer.COST_KINDS)


@register
class Refunds(Dataset):
    key = "refunds"
    title = _("Refunds")
    description = _("One row a part of an order's money that was given back.")
    icon = "undo"
    permission = "commerce.view_transfer"
    first = ("created_at", "order", "buyer", "product", "kind", "amount", "reason", "actor")
    columns = (
        moment("created_at", _("Given back at")),
        choice("kind", _("Of what"), [(kind.value, kind.label) for kind in Transfer.REFUND_KINDS]),
        text("order", _("Order"), "order__order_number"),
        moment("ordered_at", _("Ordered at"), "order__created_at"),
        text("buyer", _("Buyer"), Coalesce("order__reseller__business_name", "order__customer__full_name")),
        text("brand", _("Brand"), "order__brand_name"),
        text("product", _("Product"), "order__product_name"),
        money("amount", _("Amount")),
        text("currency", _("Currency")),
        text("reason", _("Reason")),
        text("actor", _("By"), "actor_label"),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        kinds = Transfer.REFUND_KINDS
        return Transfer.objects.filter(debit_account__is_test=False, order__isnull=False, kind__in=kinds)


@register
class Wallets(Dataset):
    key = "wallets"
    title = _("Wallets")
    description = _("One row a wallet, with what it holds now.")
    icon = "account_balance_wallet"
    permission = "commerce.view_account"
    period = ""
    order = ("pk",)
    first = ("owner", "kind", "balance", "held", "credit_limit", "available")
    columns = (
        text("owner", _("Owner"), Coalesce("reseller__business_name", "customer__full_name")),
        choice(
            "kind",
            _("Kind"),
            [(kind.value, kind.label) for kind in (Account.Kind.WALLET, Account.Kind.BONUS)],
        ),
        text("currency", _("Currency")),
        money("balance", _("Balance")),
        money("held", _("Held")),
        money("credit_limit", _("Credit limit")),
        money("available", _("Available"), F("balance") + F("credit_limit") - F("held")),
        moment("created_at", _("Opened at")),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        return Account.objects.filter(is_test=False, kind__in=[Account.Kind.WALLET, Account.Kind.BONUS])
