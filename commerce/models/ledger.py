"""The ledger: accounts, transfers between two of them, and holds on wallets.

Double entry by construction: a row of the ledger is one Transfer with a debit account, a credit account and an
amount above zero, so an unbalanced posting cannot be written down. What several transfers do together shares a
`group`. Wallets are liabilities: a credit raises them. Only wallets carry a running balance, kept by database
triggers as transfers and holds are inserted; company accounts are summed when asked, so that two resellers never
wait for each other. `commerce/sql/guards.sql` holds every rule the database enforces by itself.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.money import MoneyField


class Account(models.Model):
    """A party's wallet, or one of the company's own accounts (one per kind, currency, code and mode)."""

    class Kind(models.TextChoices):
        WALLET = "wallet", _("Wallet")
        BONUS = "bonus", _("Bonus")
        BANK = "bank", _("Bank")
        GATEWAY = "gateway", _("Payment gateway")
        FLOAT = "float", _("Provider float")
        REVENUE = "revenue", _("Revenue")
        SERVICE_FEES = "service_fees", _("Service fees")
        DELIVERY_FEES = "delivery_fees", _("Delivery fees")
        TAX = "tax", _("Tax payable")
        COMMISSION = "commission", _("Commissions paid")
        COST = "cost", _("Cost of sales")
        ADJUSTMENT = "adjustment", _("Adjustments")

    COST_KINDS = (Kind.COST, Kind.FLOAT)

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    code = models.CharField(
        _("code"), max_length=60, blank=True, help_text=_("The provider or gateway it is kept for.")
    )
    reseller = models.ForeignKey(
        "commerce.Reseller",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name=_("reseller"),
    )
    customer = models.ForeignKey(
        "commerce.Customer",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name=_("customer"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    is_test = models.BooleanField(_("test mode"), default=False)
    balance = MoneyField(_("balance"), default=0)
    held = MoneyField(_("held"), default=0)
    credit_limit = MoneyField(_("credit limit"), default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(
                condition=Q(reseller=None) | Q(customer=None), name="commerce_account_one_party"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["wallet", "bonus"], code="") & ~Q(reseller=None, customer=None)
                | ~Q(kind__in=["wallet", "bonus"]) & Q(reseller=None, customer=None),
                name="commerce_account_wallets_have_a_party",
            ),
            # Money rule 8: company accounts are summed from transfers and never carry a figure of their own.
            models.CheckConstraint(
                condition=Q(kind__in=["wallet", "bonus"]) | Q(balance=0, held=0, credit_limit=0),
                name="commerce_account_company_is_summed",
            ),
            models.CheckConstraint(condition=Q(held__gte=0), name="commerce_account_held"),
            models.CheckConstraint(condition=Q(credit_limit__gte=0), name="commerce_account_credit_limit"),
            # Money rule 4. Read by its name in services.orders: renaming it changes an answer of the API.
            models.CheckConstraint(
                condition=Q(balance__gte=F("held") - F("credit_limit")), name="commerce_account_available"
            ),
            models.UniqueConstraint(
                fields=["reseller", "kind", "currency", "is_test"],
                condition=Q(reseller__isnull=False),
                name="commerce_account_reseller_once",
            ),
            models.UniqueConstraint(
                fields=["customer", "kind", "currency", "is_test"],
                condition=Q(customer__isnull=False),
                name="commerce_account_customer_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "code", "currency", "is_test"],
                condition=Q(reseller=None, customer=None),
                name="commerce_account_company_once",
            ),
        ]
        permissions = [
            ("fund_wallet", _("Can record money paid into a wallet")),
            ("adjust_wallet", _("Can adjust a wallet")),
            ("change_credit_limit", _("Can change a credit limit")),
        ]

    def __str__(self) -> str:
        owner = self.reseller or self.customer or self.code
        # Django's get_kind_display translates every choice each time: a third of what a list of transfers took.
        name = f"{self.Kind(self.kind).label} {self.currency}"
        return f"{name} · {owner}" if owner else name

    @property
    def is_wallet(self) -> bool:
        return self.kind in (self.Kind.WALLET, self.Kind.BONUS)

    @property
    def available(self):  # type: ignore[no-untyped-def]  # Decimal, as the fields are
        """What may still be spent: balance + credit limit − held, in the account's currency."""
        return self.balance + self.credit_limit - self.held


class Transfer(models.Model):
    """One movement of money, never changed and never deleted (triggers refuse it, TRUNCATE included).

    `debit_balance_after` and `credit_balance_after` are what the wallets it touches held afterwards; they are
    written by the database and empty for company accounts, so a statement is a range scan.
    """

    class Kind(models.TextChoices):
        FUNDING = "funding", _("Funding")
        PAYMENT = "payment", _("Payment")
        PAYOUT = "payout", _("Payout")
        PAYOUT_BACK = "payout_back", _("Payout that failed")
        ADJUSTMENT = "adjustment", _("Adjustment")
        SALE = "sale", _("Sale")
        SERVICE_FEE = "service_fee", _("Service fee")
        DELIVERY_FEE = "delivery_fee", _("Delivery fee")
        TAX = "tax", _("Tax")
        COMMISSION = "commission", _("Commission")
        COST = "cost", _("Cost")
        REFUND_SALE = "refund_sale", _("Refund of a sale")
        REFUND_SERVICE_FEE = "refund_service_fee", _("Refund of a service fee")
        REFUND_DELIVERY_FEE = "refund_delivery_fee", _("Refund of a delivery fee")
        REFUND_TAX = "refund_tax", _("Refund of tax")
        COMMISSION_BACK = "commission_back", _("Commission taken back")
        COST_BACK = "cost_back", _("Cost given back")
        COST_CORRECTION = "cost_correction", _("Cost corrected")
        FLOAT_FUNDING = "float_funding", _("Float funding")
        SETTLEMENT = "settlement", _("Gateway's settlement")

    CAPTURE_KINDS = (Kind.SALE, Kind.SERVICE_FEE, Kind.DELIVERY_FEE, Kind.TAX)
    REFUND_KINDS = (Kind.REFUND_SALE, Kind.REFUND_SERVICE_FEE, Kind.REFUND_DELIVERY_FEE, Kind.REFUND_TAX)

    # What only those see who may see costs.
    COST_KINDS = (Kind.COST, Kind.COST_BACK, Kind.COST_CORRECTION, Kind.FLOAT_FUNDING)

    group = models.UUIDField(_("group"))
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    # The trigger that moves the balances refuses accounts that do not exist, and accounts cannot be deleted: a foreign
    # key would check the same once more for every movement.
    debit_account = models.ForeignKey(
        Account,
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("debit"),
    )
    credit_account = models.ForeignKey(
        Account,
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("credit"),
    )
    amount = MoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    debit_balance_after = MoneyField(_("debit balance after"), null=True, editable=False)
    credit_balance_after = MoneyField(_("credit balance after"), null=True, editable=False)
    order = models.ForeignKey(
        "commerce.Order",
        models.PROTECT,
        null=True,
        related_name="transfers",
        db_index=False,
        verbose_name=_("order"),
    )
    payment = models.ForeignKey(
        "commerce.Payment",
        models.PROTECT,
        null=True,
        related_name="transfers",
        db_index=False,
        verbose_name=_("payment"),
    )
    external_reference = models.CharField(_("external reference"), max_length=120, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    actor_kind = models.CharField(_("by"), max_length=16, blank=True)
    actor_id = models.CharField(_("actor id"), max_length=64, blank=True)
    actor_label = models.CharField(_("actor"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="commerce_transfer_amount"),
            models.CheckConstraint(
                condition=~Q(debit_account=F("credit_account")), name="commerce_transfer_two_accounts"
            ),
            # Money rule 5: each part of an order is captured once; commission and cost are booked once.
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=Q(
                    kind__in=["sale", "service_fee", "delivery_fee", "tax", "commission", "cost", "cost_back"]
                ),
                name="commerce_transfer_once_per_order",
            ),
            # The same bank line cannot be funded twice.
            models.UniqueConstraint(
                fields=["credit_account", "external_reference"],
                condition=Q(kind__in=["funding", "payment"]) & ~Q(external_reference=""),
                name="commerce_transfer_funding_once",
            ),
            # A payout leaves the wallet once, and comes back once where the gateway refused it.
            models.UniqueConstraint(
                fields=["payment", "kind"],
                condition=Q(kind__in=["payout", "payout_back"]),
                name="commerce_transfer_payout_once",
            ),
        ]
        indexes = [
            # Statements read one wallet in order; company legs are left out, they would fill both indexes.
            models.Index(
                fields=["debit_account", "id"],
                condition=Q(debit_balance_after__isnull=False),
                name="commerce_transfer_debits",
            ),
            models.Index(
                fields=["credit_account", "id"],
                condition=Q(credit_balance_after__isnull=False),
                name="commerce_transfer_credits",
            ),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="commerce_transfer_order"),
            models.Index(
                fields=["payment"], condition=Q(payment__isnull=False), name="commerce_transfer_payment"
            ),
            models.Index(fields=["created_at"], name="commerce_transfer_created"),
            # The figures of days look for what statements corrected: few among all that moved for orders.
            models.Index(
                fields=["order"],
                condition=Q(kind="cost_correction", order__isnull=False),
                name="commerce_transfer_corrected",
            ),
            # Few beside sales and their commissions: the list of transactions reads these without the rest.
            models.Index(
                fields=["created_at"],
                condition=Q(
                    kind__in=[
                        "funding",
                        "adjustment",
                        "refund_sale",
                        "refund_service_fee",
                        "refund_delivery_fee",
                        "refund_tax",
                        "commission_back",
                    ]
                ),
                name="commerce_transfer_rare",
            ),
            # Rarer still: taken back from a wallet. Without it, their newest is looked for among all the rare ones.
            models.Index(
                fields=["created_at"],
                condition=Q(kind__in=["adjustment", "commission_back"], debit_balance_after__isnull=False),
                name="commerce_transfer_taken",
            ),
            # What the list of transactions shows of one type: put into a wallet, and given back to one.
            models.Index(
                fields=["created_at"],
                condition=Q(kind__in=["funding", "adjustment"], credit_balance_after__isnull=False),
                name="commerce_transfer_put_in",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(
                    kind__in=["refund_sale", "refund_service_fee", "refund_delivery_fee", "refund_tax"],
                    credit_balance_after__isnull=False,
                    payment__isnull=True,
                ),
                name="commerce_transfer_given_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.currency}"


class Hold(models.Model):
    """Money of a wallet set aside for one order: open, then captured or released, exactly once."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CAPTURED = "captured", _("Captured")
        RELEASED = "released", _("Released")

    order = models.OneToOneField(
        "commerce.Order", models.PROTECT, related_name="hold", verbose_name=_("order")
    )
    # As for transfers: the trigger refuses an account that is no wallet.
    account = models.ForeignKey(
        Account,
        models.PROTECT,
        related_name="holds",
        db_index=False,
        db_constraint=False,
        verbose_name=_("account"),
    )
    amount = MoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField(_("created at"))
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="commerce_hold_amount"),
            models.CheckConstraint(
                condition=Q(status="open", settled_at=None) | ~Q(status="open") & Q(settled_at__isnull=False),
                name="commerce_hold_settled",
            ),
        ]
        indexes = [
            # The proof of `held` and the wallet page read open holds only; they are few at any time.
            models.Index(fields=["account"], condition=Q(status="open"), name="commerce_hold_open"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} ({self.get_status_display()})"
