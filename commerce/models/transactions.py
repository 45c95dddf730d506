"""All money of parties as one list: payments, refunds, commissions and credits (brief 4's Transaction)."""

from uuid import UUID

from django.db import connections, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commerce.models.ledger import Account
from commerce.models.payments import Payment
from commerce.models.resellers import Reseller
from core.money import MoneyField


class TransactionQuerySet(models.QuerySet["Transaction"]):
    """Reads of transactions; ask by these, so that each table behind is read along an index of its own."""

    def of_reseller(self, reseller_id: int) -> "TransactionQuerySet":
        return self._of("reseller_id", reseller_id)

    def of_customer(self, customer_id: int) -> "TransactionQuerySet":
        return self._of("customer_id", customer_id)

    def named(self, name: str) -> "TransactionQuerySet":
        """The one of this `transaction_id`, by the keys behind it: the text itself has no index."""
        if name[:1].upper() == "T" and name[1:].isascii() and name[1:].isdigit() and len(name) < 20:
            return self.filter(transfer_id=int(name[1:]))
        try:
            return self.filter(uuid=UUID(name[:40]))
        except ValueError:
            return self.none()

    def count_up_to(self, most: int) -> int:
        """Without bitmaps, which hold all rows of a table before the first is counted: where it may stop after some
        thousands of a million, PostgreSQL takes them for cheap, and is ten times as slow.
        """
        with transaction.atomic(using=self.db), connections[self.db].cursor() as cursor:
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            counted = self.order_by()[:most].count()
            cursor.execute("SET LOCAL enable_bitmapscan TO DEFAULT")
        return counted

    def _of(self, column: str, party_id: int) -> "TransactionQuerySet":
        wallets = Account.objects.filter(**{column: party_id}, is_test=False).values_list("pk", flat=True)
        # That neither is NULL tells the planner which of the two a table behind the view does not know.
        return self.filter(
            Q(**{column: party_id, f"{column}__isnull": False})
            | Q(account_id__in=list(wallets), account_id__isnull=False)
        )


class TransactionManager(models.Manager.from_queryset(TransactionQuerySet)):  # type: ignore[misc]
    """The view has rows of three tables as they are; those that count are `listed`."""

    def get_queryset(self) -> TransactionQuerySet:
        return super().get_queryset().filter(listed=True)  # type: ignore[no-any-return]


class Transaction(models.Model):
    """A row of the view `commerce_transaction` (commerce/sql/transactions.sql); nothing is written here.

    `transaction_id` is the UUID of a payment or of a reseller's order, or T and the number of a transfer. Amounts are
    signed: below zero where a party gave something back (a commission taken back, a correction).
    """

    transaction_id = models.CharField(_("transaction id"), max_length=40, primary_key=True)
    uuid = models.UUIDField(null=True, editable=False)
    transfer_id = models.BigIntegerField(null=True, editable=False)
    order = models.ForeignKey(
        "commerce.Order", models.DO_NOTHING, null=True, related_name="+", verbose_name=_("order")
    )
    customer = models.ForeignKey(
        "commerce.Customer", models.DO_NOTHING, null=True, related_name="+", verbose_name=_("customer")
    )
    reseller = models.ForeignKey(
        "commerce.Reseller", models.DO_NOTHING, null=True, related_name="+", verbose_name=_("reseller")
    )
    account = models.ForeignKey(
        "commerce.Account", models.DO_NOTHING, null=True, related_name="+", verbose_name=_("wallet")
    )
    transaction_type = models.CharField(_("type"), max_length=20, choices=Payment.TransactionType)
    amount = MoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    payment_method = models.CharField(_("payment method"), max_length=50)
    status = models.CharField(_("status"), max_length=20, choices=Payment.Status)
    gateway_transaction_id = models.CharField(_("gateway's id"), max_length=200)
    # Said to be unique for the admin's list alone, which would sort by the key as well: no index could answer that.
    created_at = models.DateTimeField(_("created at"), unique=True)

    listed = models.BooleanField(editable=False)

    objects = TransactionManager()

    class Meta:
        managed = False
        db_table = "commerce_transaction"
        ordering = ["-created_at"]
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")

    def __str__(self) -> str:
        return self.transaction_id

    @property
    def is_payment(self) -> bool:
        return self.transaction_type == Payment.TransactionType.PAYMENT

    @property
    def party(self) -> Reseller | object | None:
        """Whose money it is: the reseller or the customer."""
        direct = self.reseller or self.customer
        return direct or (self.account and (self.account.reseller or self.account.customer))
