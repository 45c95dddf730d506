"""The lines of an order: its row, its hold, its attempts and its events, as COPY reads them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from commerce.demo.books import NONE, SYSTEM, Wallet
from commerce.demo.fates import Refusal, Try
from commerce.demo.moments import stamp
from commerce.demo.prices import COLUMNS as PRICE_COLUMNS
from commerce.demo.prices import Priced, escaped, text
from commerce.demo.recipients import Recipient
from core.crypto import encrypt

COLUMNS = (
    "id", "order_number", "reference", "source", "channel", "is_test", "reseller_id", "client_id", "customer_id",
    "account_id", "api_key_id", "created_by_id", "recipient", "recipient_key", "user_email", "request_id", "created_at",
    "paid_at", "expires_at",
    *PRICE_COLUMNS,
    "status", "payment_status", "cost", "captured_amount", "refunded_amount", "failure_code", "failure_message",
    "failure_retryable", "provider_reference", "delivered_code", "notes", "updated_at", "finished_at", "generation",
    "next_check_at",
)  # fmt: skip
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
# Odd, so that consecutive numbers become different ones among 2^50, in no order to be seen.
_STRIDE, _OFFSET = 0x2F83A1C55B4D9, 0x1B3C5D7E9F02


@dataclass(slots=True)
class Placed:
    """One order while its story is told. `actor` and `party` are columns of COPY."""

    id: str
    number: str
    wallet: Wallet
    priced: Priced
    recipient: Recipient
    at: int
    actor: str
    party: str
    channel: str
    request_id: str
    email: str = ""
    reference: str = ""
    paid_at: str = NONE
    expires_at: str = NONE
    status: str = "created"
    payment_status: str = "held"
    cost: int = 0
    captured: int = 0
    refunded: int = 0
    refusal: Refusal | None = None
    provider_reference: str = ""
    code: str = ""
    updated: int = 0
    finished: int = 0
    settled: int = 0
    generation: int = 0
    next_check_at: str = NONE
    # Where its delivery is by now, where that is not left to chance.
    step: str = ""


def order_number(count: int) -> str:
    """As `core.ids.short_code`: a different one for every count."""
    bits = (count * _STRIDE + _OFFSET) & (1 << 50) - 1
    pairs = [_PAIRS[bits >> shift & 1023] for shift in (40, 30, 20, 10, 0)]
    letters = "".join(pairs)
    return f"TL-{letters[:5]}-{letters[5:]}"


def order_line(order: Placed) -> str:
    refusal = order.refusal
    failure = f"{refusal.code}\t{refusal.message}\t{refusal.retryable}" if refusal else "\t\tfalse"
    finished = stamp(order.finished) if order.finished else NONE
    return (
        f"{order.id}\t{order.number}\t{order.reference}\t{order.party}\t{order.recipient.answers}\t"
        f"{order.recipient.key}\t{order.email}\t{order.request_id}\t{stamp(order.at)}\t{order.paid_at}\t{order.expires_at}\t"
        f"{order.priced.columns}\t{order.status}\t{order.payment_status}\t{text(order.cost)}\t{text(order.captured)}\t"
        f"{text(order.refunded)}\t{failure}\t{order.provider_reference}\t{encrypt(order.code)}\t\t"
        f"{stamp(order.updated or order.at)}\t{finished}\t{order.generation}\t{order.next_check_at}\n"
    )


def hold_line(order: Placed, opened: int, status: str, settled: int) -> str:
    wallet, total = order.wallet, text(order.priced.total)
    settled_at = stamp(settled) if settled else NONE
    return f"{order.id}\t{wallet.id}\t{total}\t{wallet.currency}\t{status}\t{stamp(opened)}\t{settled_at}\n"


def event_line(
    kind: str,
    order_id: str,
    at: int,
    data: Mapping[str, object] | str,
    actor: str = SYSTEM,
    request: str = "",
) -> str:
    body = data if isinstance(data, str) else escaped(json.dumps(data, ensure_ascii=False))
    return f"{kind}\tcommerce.order\t{order_id}\t{actor}\t{body}\t{request}\t{stamp(at)}\n"


def created_line(order: Placed) -> str:
    total, currency = text(order.priced.total), order.wallet.currency
    body = f'{{"total": "{total}", "currency": "{currency}", "channel": "{order.channel}"}}'
    return event_line("order.created", order.id, order.at, body, order.actor, order.request_id)


def attempt_line(
    order: Placed, attempt: Try, identity: str, status: str, reference: str, response: str, now: int
) -> str:
    """`status` is as of `now`: an attempt may still be open."""
    source = attempt.source
    ended = bool(attempt.ended) and attempt.ended <= now
    refusal = attempt.refusal if ended else None
    error = f"{refusal.code}\t{refusal.message}" if refusal else "\t"
    checked = stamp(min(attempt.ended or now, now)) if attempt.checks else NONE
    request = (
        f'{{"sku": "{source.sku}", "amount": {order.priced.amount}, "quantity": {order.priced.quantity}, '
        f'"recipient": {order.recipient.masked}}}'
    )
    return (
        f"{identity}\t{order.id}\t{attempt.number}\t{source.offer_id}\t{source.provider_id}\t{text(source.cost)}\t"
        f"{order.wallet.currency}\t{request}\t{status}\t{reference}\t{response}\t{error}\t{attempt.checks}\t"
        f"{stamp(attempt.started)}\t{checked}\t{stamp(attempt.ended) if ended else NONE}\n"
    )


def response_of(status: str, reference: str, refusal: Refusal | None, code: str) -> str:
    """What the provider said, as the engine keeps it: codes masked."""
    if status == "delivered":
        voucher = f', "voucher": "••••••{code[-4:]}"' if code else ""
        return f'{{"status": "delivered", "reference": "{reference}"{voucher}}}'
    if status == "failed" and refusal:
        return f'{{"status": "failed", "reference": "{reference}", "error": "{refusal.code}"}}'
    return "{}"
