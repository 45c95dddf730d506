"""One row of every model of the admin, on top of the demo business: what a fresh one does not have."""

from django.utils import timezone

from commerce.models import Quote
from commerce.services import fulfilment, quotes
from core.models import ApiRequest, CheckRun, FailedTask
from core.services import failed_tasks
from tests.factories_catalog import ProviderFactory
from tests.factories_fulfilment import buyer, place, player_product
from tests.factories_support import canned, ticket


def make_one_of_each() -> None:
    """Orders that wait for somebody, and what operations leaves behind."""
    unknown = place("202")
    fulfilment.deliver(unknown.pk)
    by_hand = place("000", product=player_product(offers=[ProviderFactory(code="hand", adapter="manual")]))
    fulfilment.deliver(by_hand.pk)
    _quote()
    ticket(order=unknown)
    canned(title="One more")
    _operations()


def _quote() -> Quote:
    product = player_product()
    return quotes.create_quote(buyer=buyer(), product_id=product.pk, amount=None, quantity=1)


def _operations() -> FailedTask:
    from axes.models import AccessAttempt, AccessLog

    now = timezone.now()
    AccessAttempt.objects.create(username="somebody", ip_address="192.0.2.7", failures_since_start=3)
    AccessLog.objects.create(username="somebody", ip_address="192.0.2.7")
    ApiRequest.objects.create(
        request_id="r-1", method="POST", path="/api/topup/", status=201, milliseconds=7, created_at=now
    )
    CheckRun.objects.create(kind="ledger", asked_by="the schedule", asked_at=now)
    return failed_tasks.keep(
        name="core.forget", task_id="1", args=(), kwargs={}, error=ValueError("No such thing")
    )
