"""Credit notes: refunds are credited once each, and a wrong invoice is cancelled whole and written anew."""

from decimal import Decimal

import pytest

from commerce.models import Document
from commerce.services import invoices, receipts, settlement
from commerce.services.documents import Wish
from core.exceptions import Conflict, InvalidInput
from tests.factories_documents import MONTH, booked, bought, invoice_of, sold, wallet_of, with_tax
from tests.factories_parties import CustomerFactory, ResellerFactory

pytestmark = pytest.mark.django_db
CREDIT = Document.Kind.CREDIT_NOTE


class TestCreditNotes:
    def test_refunds_are_credited_once_each(self):
        with_tax()
        order = bought()
        paper = invoice_of(order)
        with pytest.raises(Conflict) as error:
            invoices.credit(invoice=paper, reason="Nothing yet")
        assert error.value.code == "nothing_to_credit"
        settlement.refund(order_id=order.pk, amount=Decimal("10.00"), reason="Half")
        assert invoices.left_to_credit(paper) == Decimal("10.00")
        first = invoices.credit(invoice=paper, reason="Half of it")
        assert (first.kind, first.amount, first.corrects) == (CREDIT, Decimal("10.00"), paper)
        assert sum(booked(first).values()) == Decimal("10.00")
        assert first.tax == booked(first)["refund_tax"]
        settlement.refund(order_id=order.pk, amount=None, reason="The rest")
        second = invoices.credit(invoice=paper, reason="The rest")
        assert first.amount + second.amount == paper.amount
        assert first.tax + second.tax == paper.tax
        assert invoices.left_to_credit(paper) == 0
        with pytest.raises(Conflict):
            invoices.credit(invoice=paper, reason="Again")

    def test_refunds_of_a_resellers_month_are_credited_on_its_invoice(self):
        reseller = ResellerFactory(funds=5000)
        orders = [sold(reseller) for _ in range(3)]
        paper = invoices.of_month(account=wallet_of(reseller), month=MONTH)
        for order in orders[:2]:
            settlement.refund(order_id=order.pk, amount=None, reason="Came too late")
        note = invoices.credit(invoice=paper, reason="Refunds")
        assert note.amount == sum(order.total for order in orders[:2])
        assert note.content["corrects"] == paper.number

    def test_a_wrong_invoice_is_cancelled_whole_and_written_anew(self):
        customer = CustomerFactory(full_name="Wrong Name")
        order = bought(customer)
        wrong = invoice_of(order)
        note = invoices.cancel(invoice=wrong, reason="The name is wrong")
        assert (note.amount, note.tax, note.cancels) == (wrong.amount, wrong.tax, True)
        assert note.party == wrong.party
        customer.full_name = "Right Name"
        customer.save()
        right = invoice_of(order)
        assert right != wrong and right.party["name"] == "Right Name"
        assert booked(right) == booked(wrong)
        with pytest.raises(Conflict) as error:
            invoices.cancel(invoice=wrong, reason="Once more")
        assert error.value.code == "cancelled_already"

    def test_a_cancelled_month_is_written_anew(self):
        reseller = ResellerFactory(funds=5000)
        sold(reseller), sold(reseller)
        wrong = invoices.of_month(account=wallet_of(reseller), month=MONTH)
        invoices.cancel(invoice=wrong, reason="Tax number is missing")
        right = invoices.of_month(account=wallet_of(reseller), month=MONTH, wish=Wish(tax_number="DE 123"))
        assert (right.amount, right.party["tax_number"]) == (wrong.amount, "DE 123")

    def test_only_an_invoice_is_corrected_and_only_with_a_reason(self):
        order = bought()
        paper = invoice_of(order)
        with pytest.raises(InvalidInput):
            invoices.cancel(invoice=paper, reason=" ")
        with pytest.raises(Conflict):
            invoices.cancel(invoice=receipts.of_order(order_id=order.pk), reason="No")
        settlement.refund(order_id=order.pk, amount=Decimal(1), reason="A part")
        invoices.credit(invoice=paper, reason="A part")
        with pytest.raises(Conflict) as error:
            invoices.cancel(invoice=paper, reason="Late")
        assert error.value.code == "credited_already"
