"""Invoices and credit notes: what orders captured and gave back, each transfer on one paper.

A customer has an invoice an order, a reseller one a month. The figures are read from the transfers that the paper is
tied to, never from the orders; orders give the lines their names.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Account, Document, Order, Transfer
from commerce.services import documents
from commerce.services.documents import Draft, Wish, plain
from core.exceptions import Conflict, InvalidInput
from core.general_settings import general
from core.zones import zone_named

ZERO = Decimal(0)
CAPTURED = [kind.value for kind in Transfer.CAPTURE_KINDS]
REFUNDED = [kind.value for kind in Transfer.REFUND_KINDS]
TAXES = (Transfer.Kind.TAX, Transfer.Kind.REFUND_TAX)
GOODS = (Transfer.Kind.SALE, Transfer.Kind.REFUND_SALE)
# What is free to be invoiced: no paper stands for it, or only such as were cancelled whole.
TAKE = """
INSERT INTO commerce_documenttransfer (document_id, transfer_id, turn)
SELECT %(document)s, t.id, (SELECT count(*) FROM commerce_documenttransfer e WHERE e.transfer_id = t.id)
FROM commerce_transfer t
WHERE t.kind = ANY(%(kinds)s) AND {which}
  AND NOT EXISTS (
    SELECT 1 FROM commerce_documenttransfer e WHERE e.transfer_id = t.id AND NOT EXISTS (
        SELECT 1 FROM commerce_document c WHERE c.corrects_id = e.document_id AND c.cancels))
"""
OF_ORDER = "t.order_id = %(order)s AND t.debit_account_id = %(account)s"
OF_PERIOD = """t.debit_account_id = %(account)s AND t.debit_balance_after IS NOT NULL
  AND t.created_at >= %(since)s AND t.created_at < %(until)s"""
# Refunds of the orders that an invoice stands for.
OF_INVOICE = """t.credit_account_id = %(account)s AND t.order_id IN (
    SELECT s.order_id FROM commerce_documenttransfer i JOIN commerce_transfer s ON s.id = i.transfer_id
    WHERE i.document_id = %(invoice)s)"""
# The rate is the one the order was priced with; orders without it have a line of their own.
GROUPS = """
SELECT t.kind, o.brand_name, o.product_name, o.sku,
       jsonb_path_query_first(o.price_explanation, '$[*] ? (@.step == "tax").percent') #>> '{}',
       o.tax > 0, sum(t.amount), count(*), sum(o.quantity), min(o.unit_price), max(o.unit_price)
FROM commerce_documenttransfer e
JOIN commerce_transfer t ON t.id = e.transfer_id
JOIN commerce_order o ON o.id = t.order_id
WHERE e.document_id = %(document)s
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 2, 3, 4
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Transfers of one kind, product and tax rate."""

    kind: str
    brand: str
    product: str
    sku: str
    rate: str | None
    taxed: bool
    amount: Decimal
    transfers: int
    quantity: int
    lowest: Decimal
    highest: Decimal


@transaction.atomic
def of_order(*, order_id: UUID, wish: Wish = Wish()) -> Document:
    """The invoice of a customer's order; asked for again it is the same paper, unless that was cancelled.

    Raises:
        Conflict: `not_captured`; `invoiced_monthly` for a reseller's order; `test_mode`.
    """
    order = Order.objects.select_related("account__customer__user", "account__reseller").get(pk=order_id)
    documents.require_live(order.account)
    if order.reseller_id:
        raise Conflict("invoiced_monthly", _("A reseller's orders are invoiced by the month: see its page."))
    documents.lock(f"order:{order.pk}")
    if found := standing(order):
        return found
    pk = documents.next_id()
    taken = _take(OF_ORDER, pk, CAPTURED, order=order.pk, account=order.account_id)
    if not taken:
        raise Conflict("not_captured", _("Nothing of this order was captured: there is nothing to invoice."))
    content, amount, tax = _figures(pk)
    content |= {"order": order.order_number, "paid": plain(amount), "due": plain(ZERO)}
    zone = general().time_zone
    return documents.write(
        Draft(
            Document.Kind.INVOICE, order.account, amount, content, zone, wish, pk=pk, tax=tax, order=order,
            since=order.finished_at,
        )
    )  # fmt: skip


@transaction.atomic
def of_month(*, account: Account, month: date, zone: str = "", wish: Wish = Wish()) -> Document:
    """A reseller's invoice of what its orders captured in a month that is over, and no invoice has yet.

    What a first invoice of the month missed is on a second one; nothing is on two.

    Args:
        month: any day of it. zone: whose midnights are meant; else that of the General settings.

    Raises:
        InvalidInput: `month_not_over`. Conflict: `nothing_to_invoice`, `test_mode`, `no_party`.
    """
    documents.require_live(account)
    if not account.reseller_id:
        raise Conflict("invoiced_by_order", _("A customer's orders are invoiced one by one."))
    place = zone_named(zone)
    since, until = month_of(month, place)
    if until > timezone.now():
        raise InvalidInput("month_not_over", _("This month is not over yet."), field="month")
    documents.lock(f"wallet:{account.pk}")
    pk = documents.next_id()
    if not _take(OF_PERIOD, pk, CAPTURED, account=account.pk, since=since, until=until):
        raise Conflict("nothing_to_invoice", _("No order of this month is left to invoice."), field="month")
    content, amount, tax = _figures(pk)
    content |= {"paid": plain(amount), "due": plain(ZERO)}
    content |= {"commission": plain(_commission(account, since, until))}
    return documents.write(
        Draft(
            Document.Kind.INVOICE, account, amount, content, str(place), wish, pk=pk, tax=tax, since=since,
            until=until,
        )
    )  # fmt: skip


@transaction.atomic
def credit(*, invoice: Document, reason: str, wish: Wish | None = None) -> Document:
    """The credit note of what the invoice's orders gave back and no credit note has yet.

    Raises:
        Conflict: `not_an_invoice`, `cancelled_already`, `nothing_to_credit`. InvalidInput: `reason_required`.
    """
    _check(invoice, reason)
    pk = documents.next_id()
    if not _take(OF_INVOICE, pk, REFUNDED, account=invoice.account_id, invoice=invoice.pk):
        raise Conflict("nothing_to_credit", _("Nothing was refunded of it that has no credit note yet."))
    content, amount, tax = _figures(pk)
    return _credit_note(invoice, reason, wish, content, pk, amount, tax, cancels=False)


@transaction.atomic
def cancel(*, invoice: Document, reason: str, wish: Wish | None = None) -> Document:
    """Take an invoice back whole, where it was wrong: what it stood for may be invoiced anew. No money moves.

    Raises:
        Conflict: `not_an_invoice`, `cancelled_already`, `credited_already`. InvalidInput: `reason_required`.
    """
    _check(invoice, reason)
    if invoice.credit_notes.exists():
        raise Conflict(
            "credited_already", _("It has credit notes for refunds: it is not cancelled any more.")
        )
    content = {key: invoice.content[key] for key in ("lines", "taxes", "net")}
    pk = documents.next_id()
    return _credit_note(invoice, reason, wish, content, pk, invoice.amount, invoice.tax, cancels=True)


def standing(order: Order) -> Document | None:
    """The invoice of an order that was not cancelled."""
    found = Document.objects.filter(order=order, kind=Document.Kind.INVOICE).select_related("letterhead")
    return found.exclude(credit_notes__cancels=True).order_by("-id").first()


def left_to_credit(invoice: Document) -> Decimal:
    """What was refunded of an invoice's orders and has no credit note."""
    orders = Transfer.objects.filter(papers__document=invoice).values("order_id")
    refunds = Transfer.objects.filter(
        order_id__in=orders, kind__in=REFUNDED, credit_account=invoice.account_id, papers__isnull=True
    )
    return sum(refunds.values_list("amount", flat=True), ZERO)


def is_cancelled(invoice: Document) -> bool:
    return invoice.credit_notes.filter(cancels=True).exists()


def month_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first midnight of the month to that of the next, where `zone` is."""
    first = day.replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return datetime.combine(first, time.min, zone), datetime.combine(after, time.min, zone)


def _check(invoice: Document, reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    if invoice.kind != Document.Kind.INVOICE:
        raise Conflict("not_an_invoice", _("Only an invoice is corrected by a credit note."))
    documents.lock(f"order:{invoice.order_id}" if invoice.order_id else f"wallet:{invoice.account_id}")
    if is_cancelled(invoice):
        raise Conflict("cancelled_already", _("This invoice is cancelled already."))


def _credit_note(
    invoice: Document,
    reason: str,
    wish: Wish | None,
    content: dict[str, Any],
    pk: int,
    amount: Decimal,
    tax: Decimal,
    *,
    cancels: bool,
) -> Document:
    account = Account.objects.select_related("customer__user", "reseller").get(pk=invoice.account_id)
    content |= {
        "corrects": invoice.number,
        "corrects_issued_at": invoice.issued_at.isoformat(),
        # Staff's words about a customer are not kept on what stays for ever.
        "reason": reason.strip()[:300] if invoice.reseller_id else "",
        **({"order": invoice.content["order"]} if invoice.content.get("order") else {}),
    }
    return documents.write(
        Draft(
            Document.Kind.CREDIT_NOTE, account, amount, content, invoice.zone,
            wish or Wish(invoice.language), pk=pk, tax=tax, order=invoice.order, corrects=invoice,
            cancels=cancels, party=invoice.party, since=invoice.since, until=invoice.until,
        )
    )  # fmt: skip


def _take(which: str, pk: int, kinds: list[str], **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(TAKE.format(which=which), {"document": pk, "kinds": kinds, **values})
        return cursor.rowcount


def _figures(pk: int) -> tuple[dict[str, Any], Decimal, Decimal]:
    """Lines, tax lines and sums of what the paper was tied to: its content, its amount and the tax in it."""
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, {"document": pk})
        groups = [Group(*row) for row in cursor.fetchall()]
        cursor.execute(
            "SELECT count(*), min(transfer_id), max(transfer_id), count(DISTINCT t.group) FROM"
            " commerce_documenttransfer e JOIN commerce_transfer t ON t.id = e.transfer_id WHERE document_id = %s",
            [pk],
        )
        count, first, last, groups_of_transfers = cursor.fetchone()
    tax = sum((group.amount for group in groups if group.kind in TAXES), ZERO)
    net = sum((group.amount for group in groups if group.kind not in TAXES), ZERO)
    ledger = {"transfers": count, "first": first, "last": last, "groups": groups_of_transfers}
    content = {"lines": _lines(groups), "taxes": _taxes(groups), "net": plain(net), "ledger": ledger}
    return content, net + tax, tax


def _lines(groups: Iterable[Group]) -> list[dict[str, Any]]:
    """A line a product, then the fees; net of tax."""
    goods: dict[tuple[str, str, str], list[Group]] = defaultdict(list)
    fees: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        if group.kind in GOODS:
            goods[group.brand, group.product, group.sku].append(group)
        elif group.kind not in TAXES:
            fees[group.kind].append(group)
    lines = [_line(each) for each in goods.values()]
    for kind in (*CAPTURED, *REFUNDED):
        if each := fees.get(kind):
            line: dict[str, Any] = {"kind": kind, "net": plain(_sum(each))}
            if kind in CAPTURED:
                line["quantity"] = sum(group.transfers for group in each)
            lines.append(line)
    return lines


def _line(each: list[Group]) -> dict[str, Any]:
    first = each[0]
    line: dict[str, Any] = {
        "kind": first.kind,
        "brand": first.brand,
        "product": first.product,
        "sku": first.sku,
        "net": plain(_sum(each)),
    }
    if first.kind == Transfer.Kind.SALE:
        line["quantity"] = sum(group.quantity for group in each)
        lowest, highest = min(group.lowest for group in each), max(group.highest for group in each)
        if lowest == highest:
            line["unit_price"] = plain(lowest)
    return line


def _taxes(groups: Iterable[Group]) -> list[dict[str, str]]:
    """A line a rate: what it was on, and how much it is. An empty rate is one that was not written down."""
    base: dict[str, Decimal] = defaultdict(lambda: ZERO)
    tax: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for group in groups:
        rate = group.rate or ("" if group.taxed else "0")
        (tax if group.kind in TAXES else base)[rate] += group.amount
    rates = sorted(base.keys() | tax.keys(), key=lambda rate: Decimal(rate or -1), reverse=True)
    return [{"rate": rate, "base": plain(base[rate]), "tax": plain(tax[rate])} for rate in rates]


def _sum(groups: Iterable[Group]) -> Decimal:
    return sum((group.amount for group in groups), ZERO)


def _commission(account: Account, since: datetime, until: datetime) -> Decimal:
    """Credited to the wallet less taken back, in the same days: told, no part of the sum."""
    moved = Transfer.objects.filter(created_at__gte=since, created_at__lt=until)
    given = moved.filter(
        credit_account=account, kind=Transfer.Kind.COMMISSION, credit_balance_after__isnull=False
    )
    back = moved.filter(
        debit_account=account, kind=Transfer.Kind.COMMISSION_BACK, debit_balance_after__isnull=False
    )
    given_sum, back_sum = (rows.aggregate(total=Sum("amount"))["total"] or ZERO for rows in (given, back))
    return given_sum - back_sum
