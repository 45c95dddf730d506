"""Payments and transactions, and the figures of reports."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from commerce.models import Account, Customer, Order, Payment, Transaction
from core.money import format_money
from tests.commerce.test_refunds import paid, pay_out
from tests.project.screens.desk import Desk, shows

TYPES = ("payment", "refund", "commission", "credit")


def _refunded() -> None:
    """The business itself has a refund on most days, not on all."""
    _order, payment = paid()
    pay_out(payment, "30.00", "BANK-6")


@shows("transactions")
def table(desk: Desk) -> None:
    order, payment = paid()
    page = desk.list(Transaction)
    words = [" ".join(row) for row in page.rows]
    assert len(words) == 50
    row = next(row for row in words if order.order_number in row)
    assert format_money(payment.amount, payment.currency) in row and str(order.customer) in row
    assert desk.list(
        Transaction, reseller__id__exact=str(Order.objects.exclude(reseller=None)[0].reseller_id)
    ).words


@shows("transactions: by type")
def by_type(desk: Desk) -> None:
    _refunded()
    for kind in TYPES:
        wanted = Transaction.objects.filter(transaction_type=kind)
        label = dict(Transaction._meta.get_field("transaction_type").flatchoices)[kind]
        rows = desk.list(Transaction, transaction_type__exact=kind).rows
        assert len(rows) == min(50, wanted.count()) > 0
        assert all(label in row for row in rows) and wanted.count() < Transaction.objects.count()


@shows("transactions: by status")
def by_status(desk: Desk) -> None:
    _order, payment = paid()
    Payment.objects.filter(pk=payment.pk).update(status="failed")
    for status in ("completed", "failed"):
        wanted = Transaction.objects.filter(status=status)
        rows = desk.list(Transaction, status__exact=status).rows
        assert len(rows) == min(50, wanted.count()) > 0
        label = dict(Transaction._meta.get_field("status").flatchoices)[status]
        assert all(label in row for row in rows)


@shows("transactions: by date")
def by_date(desk: Desk) -> None:
    day = Transaction.objects.order_by("created_at")[Transaction.objects.count() // 2].created_at.date()
    wanted = Transaction.objects.filter(created_at__date=day)
    rows = desk.list(Transaction, created_at_from=str(day), created_at_to=str(day)).rows
    assert len(rows) == min(50, wanted.count()) > 0
    assert not desk.list(Transaction, created_at_from="2199-01-01").rows


@shows("transactions: export")
def export(desk: Desk) -> None:
    _refunded()
    url = reverse("admin:commerce_transaction_document", args=["csv"])
    answer = desk.get(url, transaction_type__exact="refund")
    heading, *rows = csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig")))
    assert "Amount" in heading
    assert len(rows) == Transaction.objects.filter(transaction_type="refund").count() > 0
    for kind, start in (("xlsx", b"PK"), ("pdf", b"%PDF")):
        file = desk.get(
            reverse("admin:commerce_transaction_document", args=[kind]), transaction_type__exact="refund"
        )
        assert file.content.startswith(start)


@shows("transaction")
def details(desk: Desk) -> None:
    order, payment = paid()
    page = desk.object(payment)
    for told in (
        order.order_number,
        format_money(payment.amount, payment.currency),
        str(payment.pk),
        "Completed",
    ):
        assert told in page.words, told
    row = next(row for row in _links(desk, order) if str(payment.pk) in row)
    answer = desk.get(row)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("admin:commerce_payment_change", args=[payment.pk])


def _links(desk: Desk, order: Order) -> list[str]:
    return [link for link in desk.list(Transaction, q=order.order_number).links if "/transaction/" in link]


def _wallet(customer: Customer | None) -> Decimal:
    return Account.objects.get(customer=customer, kind="wallet", is_test=False).balance


@shows("transaction: refund")
def refund(desk: Desk) -> None:
    order, payment = paid()
    desk.be("finance").act(payment, "refund_to_wallet", amount="40.00", reason="Half of it")
    order.refresh_from_db()
    assert (order.refunded_amount, _wallet(order.customer)) == (Decimal(40), Decimal(40))
    desk.act(payment, "refund_to_wallet", amount=str(order.refundable), reason="All of it")
    order.refresh_from_db()
    assert order.refundable == 0 and _wallet(order.customer) == payment.amount


@shows("transaction: pay back")
def pay_back(desk: Desk) -> None:
    order, payment = paid()
    desk.be("finance").act(payment, "pay_out", amount="30.00", reason="Not wanted", reference="BANK-7")
    back = payment.refunds.get()
    assert (back.amount, back.status, back.transaction_type) == (Decimal(30), "completed", "refund")
    assert _wallet(order.customer) == 0


@shows("transaction: order")
def refund_part(desk: Desk) -> None:
    delivered = Order.objects.filter(status="fulfilled", refunded_amount=0, is_test=False, customer=None)
    # Worth a little more than what is given back of it, whatever was bought last.
    order = delivered.filter(reseller__status="active", captured_amount__gt=1).latest("created_at")
    desk.be("finance").act(order, "refund", amount="1.00", reason="A little late")
    assert order.refunded_amount == 1


@shows("reports: performance", "reports: revenue", "reports: user growth", "reports: export")
def reports(desk: Desk) -> None:
    assert desk.get("/api/analytics/kpis/").json()
    revenue = desk.get("/api/analytics/revenue/").json()
    users = desk.get("/api/analytics/users/").json()
    assert revenue and users
    file = desk.get("/api/analytics/reports/export/")
    assert file.status_code == 200


@shows("reports: list as paper")
def paper(desk: Desk) -> None:
    for kind, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        url = reverse("admin:commerce_order_document", args=[kind])
        assert url.partition("/document/")[0] in desk.list(Order, status__exact="failed").text
        assert desk.get(url, status__exact="failed").content.startswith(start)


@shows("reports: custom dates")
def custom_dates(desk: Desk) -> None:
    last = timezone.now().date() - timedelta(days=20)
    page = desk.see("admin:index", start_date=str(last - timedelta(days=9)), end_date=str(last))
    assert len(page.card("Daily revenue").rows) == 10
    orders = Order.objects.filter(
        is_test=False, created_at__date__gte=last - timedelta(days=9), created_at__date__lte=last
    ).count()
    figure = next(link for link in page.tree.find_class("tl-figure") if "Orders" in link.text_content())
    assert f"{orders:,}" in figure.text_content()
