"""What workers do. Every task may run twice or never: the sweep finds in the database what is left to do."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from celery import shared_task

from commerce.services import (
    dispatch,
    document_batches,
    dunning,
    floats,
    fulfilment,
    notices,
    order_messages,
    order_news,
    reconciliation,
    refunds,
    requery,
    ticket_mail,
)
from core.exceptions import Conflict

# Orders a message carries: claimed, called and settled together.
CHUNK = 20
# A message that asks for work is worth nothing once there are newer ones.
STALE_SECONDS = 120


@shared_task(name="commerce.dispatch")
def dispatch_created() -> int:
    """Deliver created orders: a batch here, and the rest by other workers, the last of whom asks for more.

    Where one batch is all there is, nobody has to ask: what is placed from now on brings a message of its own.
    """
    taken = dispatch.take()
    _hand_over(taken[CHUNK:])
    fulfilment.deliver_all(taken[:CHUNK])
    return len(taken)


@shared_task(name="commerce.deliver")
def deliver_orders(order_ids: Sequence[str], last: bool = False) -> None:
    """Deliver orders that were handed over to this worker."""
    fulfilment.deliver_all([UUID(order_id) for order_id in order_ids])
    if last:
        dispatch_created.delay()


@shared_task(name="commerce.ask")
def ask_due() -> None:
    """Ask providers what became of orders in flight, as long as any are due."""
    if requery.requery_due():
        _ask()


@shared_task(name="commerce.sweep")
def sweep() -> None:
    """Finish what was lost on the way: every few seconds, by the beat."""
    requery.sweep(deliver=_hand_over, ask=_ask)


def _ask() -> None:
    ask_due.apply_async(expires=STALE_SECONDS)


def _hand_over(order_ids: Sequence[UUID]) -> int:
    ids = [str(order_id) for order_id in order_ids]
    for start in range(0, len(ids), CHUNK):
        deliver_orders.delay(ids[start : start + CHUNK], start + CHUNK >= len(ids))
    return len(ids)


@shared_task(name="commerce.send_payout")
def send_payout(refund_id: str) -> None:
    """Have a gateway pay a refund out."""
    refunds.send(UUID(refund_id))


@shared_task(name="commerce.send_payouts")
def send_payouts() -> int:
    """Payouts whose answer was lost, asked again."""
    return refunds.send_pending()


@shared_task(name="commerce.watch_floats")
def watch_floats() -> None:
    """Every few minutes: what providers say of our balances, and who has to know."""
    floats.watch()
    notices.tell_low_floats(floats.low_floats())


@shared_task(name="commerce.tell_what_is_wrong")
def tell_what_is_wrong() -> None:
    """Every few minutes: wallets that run low and providers that do not answer."""
    notices.tell_low_balances()
    notices.tell_silent_providers()


@shared_task(name="commerce.tell_customers")
def tell_customers() -> None:
    """Every few seconds: how customers' orders ended."""
    order_news.tell()


@shared_task(name="commerce.mail_ticket_answer")
def mail_ticket_answer(message_id: int) -> None:
    """Tell a party by mail that staff answered."""
    ticket_mail.send_answer(message_id)


@shared_task(name="commerce.send_order_message")
def send_order_message(message_id: int) -> bool:
    """Send an e-mail about an order that was written down."""
    return order_messages.send(message_id)


@shared_task(name="commerce.send_order_messages")
def send_order_messages() -> int:
    """E-mails that did not go out at once, tried again."""
    return order_messages.send_waiting()


@shared_task(name="commerce.remind_late")
def remind_late() -> int:
    """Once a day: who pays late is reminded, and suspended where the settings say so."""
    return dunning.run()


@shared_task(name="commerce.read_statement")
def read_statement(statement_id: int) -> None:
    """Read and match a statement that is too long for a request; one that is read already stays."""
    with suppress(Conflict):
        reconciliation.read(statement_id=statement_id)


@shared_task(name="commerce.issue_documents")
def issue_documents(batch_id: int) -> None:
    """A slice of the papers of all resellers; the next one asks for itself."""
    if document_batches.work(batch_id):
        issue_documents.delay(batch_id)


@shared_task(name="commerce.issue_monthly_documents")
def issue_monthly_documents() -> None:
    """Every few minutes: what the settings want on the first of a month, and batches whose worker has died."""
    document_batches.by_policy()
    document_batches.go_on()
