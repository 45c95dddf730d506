"""Papers of the demo: what finance sent its resellers for the month that is over, and what customers asked for."""

from contextlib import suppress
from datetime import datetime, timedelta

from commerce.models import Order, Reseller
from commerce.services import invoices, ledger, receipts, statement_papers
from core.actors import acting_as, actor_for_user
from core.exceptions import DomainError
from core.models import User

RESELLERS, CUSTOMERS = 3, 3


def write(*, staff: dict[str, User], now: datetime) -> None:
    """Statements and invoices of last month, invoices and receipts of the latest orders, a credit note of a refund."""
    last = now.date().replace(day=1) - timedelta(days=1)
    with acting_as(actor_for_user(staff["finance"])):
        for reseller in Reseller.objects.filter(status=Reseller.Status.ACTIVE).order_by("pk")[:RESELLERS]:
            account = ledger.wallet_for(party=reseller, currency=reseller.currency)
            # A small demo's month may have nothing in it, a large one's more than a paper holds.
            with suppress(DomainError):
                statement_papers.issue(
                    account=account, period=statement_papers.days(last.replace(day=1), last, "UTC")
                )
            with suppress(DomainError):
                invoices.of_month(account=account, month=last)
        bought = Order.objects.filter(
            customer__isnull=False, reseller=None, is_test=False, captured_amount__gt=0
        ).order_by("-created_at", "-pk")
        for order in bought[:CUSTOMERS]:
            invoices.of_order(order_id=order.pk)
            receipts.of_order(order_id=order.pk)
        if refunded := bought.filter(refunded_amount__gt=0).first():
            invoices.credit(invoice=invoices.of_order(order_id=refunded.pk), reason="The order was refunded")
