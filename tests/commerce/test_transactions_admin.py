"""The list of all transactions, and a payment's page with its refunds."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commerce.models import Order, Payment
from commerce.models.transactions import Transaction
from commerce.services import ledger, payments, settlement
from commerce.services.fulfilment import deliver
from core.ids import uuid7
from tests.factories import UserFactory
from tests.factories_fulfilment import place_for_customer, refreshed
from tests.factories_orders import make_shop

pytestmark = pytest.mark.django_db
LIST = reverse("admin:commerce_transaction_changelist")


def signed_in(role: str) -> Browser:
    browser = Browser()
    browser.force_login(UserFactory(staff=role))
    return browser


def paid() -> tuple[Order, Payment]:
    order, payment = place_for_customer()
    payments.handle_webhook(message_id=str(uuid7()), transaction_id=payment.pk, status="success")
    deliver(order.pk)
    payment.refresh_from_db()
    return refreshed(order), payment


def ids(query: str = "") -> set[str]:
    answer = signed_in("finance").get(f"{LIST}?{query}")
    assert answer.status_code == 200
    return {row.pk for row in answer.context["cl"].result_list}


def test_transactions_are_counted_without_bitmaps_and_nothing_else_is() -> None:
    make_shop(funds=500)
    every = Transaction.objects.count()
    assert every > 0
    with CaptureQueriesContext(connection) as queries:
        assert (Transaction.objects.count_up_to(100), Transaction.objects.count_up_to(0)) == (every, 0)
    [during] = {query["sql"] for query in queries if "bitmapscan = off" in query["sql"]}
    assert during
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_bitmapscan")
        assert cursor.fetchone() == ("on",)


def test_payments_refunds_and_credits_are_one_list_that_can_be_filtered() -> None:
    order, payment = paid()
    settlement.refund(order_id=order.pk, amount=Decimal(30), reason="Late")
    shop = make_shop(funds=500)
    bought = shop.order()
    found = {row.transaction_type for row in Transaction.objects.all()}
    assert {"payment", "refund", "credit"} <= found
    every = ids()
    assert str(payment.pk) in every and str(bought.pk) in every
    assert ids("transaction_type__exact=refund") < every
    mine = ids(f"reseller__id__exact={shop.reseller.pk}")
    assert str(bought.pk) in mine and str(payment.pk) not in mine and len(mine) == 2
    theirs = ids(f"customer__id__exact={payment.customer_id}")
    assert str(payment.pk) in theirs and str(bought.pk) not in theirs and len(theirs) == 2
    assert ids(f"q={payment.pk}") == {str(payment.pk)}
    assert str(payment.pk) in ids(f"q={order.order_number}")


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=T999999999999999999", "q='--", "reseller__id__exact=9999999999999999999999", "q=T%D9%A1"],
)
def test_what_is_no_transaction_finds_none(query: str) -> None:
    paid()
    answer = signed_in("finance").get(f"{LIST}?{query}")
    assert answer.status_code in (200, 302, 400)


def test_a_row_leads_to_what_is_behind_it() -> None:
    _order, payment = paid()
    shop = make_shop()
    bought = shop.order()
    ledger.fund(
        account=ledger.wallet_for(party=shop.reseller, currency="USD"), amount=Decimal(9), reason="Bank"
    )
    credit = Transaction.objects.filter(transaction_type="credit", amount=9).get()
    browser = signed_in("finance")
    wanted = {
        str(payment.pk): reverse("admin:commerce_payment_change", args=[payment.pk]),
        str(bought.pk): reverse("admin:commerce_order_change", args=[bought.pk]),
        credit.pk: reverse("admin:commerce_transfer_change", args=[credit.transfer_id]),
    }
    for name, page in wanted.items():
        assert (
            browser.get(reverse("admin:commerce_transaction_change", args=[name])).headers["Location"] == page
        )
    assert signed_in("moderator").get(LIST).status_code == 403


def test_the_list_asks_little_and_can_be_taken_as_a_file(django_assert_max_num_queries: Any) -> None:
    for _number in range(3):
        paid()
    browser = signed_in("finance")
    browser.get(LIST)
    with django_assert_max_num_queries(12):
        browser.get(LIST)
    taken = browser.get(reverse("admin:commerce_transaction_changelist") + "document/csv/")
    assert str(Payment.objects.first().pk) in b"".join(taken).decode()  # type: ignore[union-attr]


def act(role: str, payment: Payment, action: str, **data: Any) -> Any:
    url = reverse(f"admin:commerce_payment_{action}", args=[payment.pk])
    return signed_in(role).post(url, {"_form_submitted": "True", **data})


def test_a_payment_is_refunded_in_part_to_the_wallet_and_the_rest_to_the_payer() -> None:
    order, payment = paid()
    assert act("support", payment, "pay_out", amount="1", reason="x", reference="B").status_code == 403
    assert "HX-Redirect" not in act("finance", payment, "pay_out", amount="100.01", reason="x", reference="B")
    assert "HX-Redirect" not in act("finance", payment, "pay_out", amount="10", reason="x")
    assert "HX-Redirect" in act("finance", payment, "refund_to_wallet", amount="40", reason="Late")
    assert refreshed(order).refunded_amount == 40
    assert "HX-Redirect" in act("finance", payment, "pay_out", amount="100", reason="Late", reference="B-1")
    assert refreshed(order).refunded_amount == 100
    assert act("finance", payment, "pay_out", amount="1", reason="x", reference="B").status_code == 409


def test_the_payments_page_tells_what_went_back(django_assert_max_num_queries: Any) -> None:
    _order, payment = paid()
    act("finance", payment, "pay_out", amount="30", reason="Late", reference="B-1")
    browser = signed_in("finance")
    url = reverse("admin:commerce_payment_change", args=[payment.pk])
    browser.get(url)
    with django_assert_max_num_queries(25):
        page = browser.get(url).content.decode()
    for text in ("$70.00", "$30.00", "Paid back to the payer", "Late"):
        assert text in page
