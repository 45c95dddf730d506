"""Placing orders. The atomic part is one SQL function and one round trip; see `commerce/sql/place_order.sql`."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Client, Customer, Delivery
from commerce.services import catalogue as catalogues
from commerce.services import dispatch, ledger
from commerce.services.buyers import Buyer
from commerce.services.catalogue import Catalogue
from commerce.services.constraints import refusable, retried, violated
from commerce.services.order_rows import OrderRequest, Prices, Row, build_row, line_error
from commerce.services.payments import open_payment
from core.actors import Actor
from core.exceptions import Conflict, DomainError, InvalidInput, NotAllowed
from core.ids import short_code

MAX_LINES = 1000
NUMBER_TRIES = 3


@dataclass(frozen=True, slots=True)
class Key:
    """A caller's idempotency key and the hash of the request it came with; an empty key asks for nothing."""

    key: str = ""
    request_hash: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What to tell the caller: its status and body, whether it is a replay, and the order placed now, if any."""

    status: int
    body: Any
    replayed: bool = False
    order_id: UUID | None = None


class Duplicate(Exception):
    """The order number drawn is taken: draw another."""


type Present = Callable[[Row], dict[str, Any]]


def place_order(
    *, buyer: Buyer, request: OrderRequest, present: Present, key: Key = Key(), status: int = 202
) -> Answer:
    """Validate, price and place one order; money is held in the same transaction that creates it.

    Args:
        buyer: whose wallet pays; must be allowed to order.
        present: makes the answer of the row placed; it is stored under the key and replayed as it was.
        key: the same key and request again gives the first answer and has no second effect.
        status: the HTTP status stored with the answer.

    Raises:
        NotAllowed: the party may not order.
        InvalidInput: naming the field; `insufficient_credit`; `idempotency_mismatch` (422).
        Conflict: `duplicate_reference`, `request_running`.
    """
    buyer.require_ordering()
    catalogue = catalogues.current(buyer.catalogue_version)
    now = timezone.now()
    try:
        buyer = _with_wallet(buyer, request, catalogue)
        _check_client(request, _client_statuses(buyer, [request]))
        row = build_row(buyer, request, catalogue, now)
    except DomainError:
        # The first answer stands even where the product has been withdrawn since.
        if replay := stored_answer(buyer, key):
            return replay
        raise
    answer = _place_row(buyer, request, row, present, key, status)
    if not answer.replayed and buyer.reseller_id:
        dispatch.hint()
    return answer


def place_orders(
    *,
    buyer: Buyer,
    requests: Sequence[OrderRequest | DomainError],
    present: Present,
    key: Key = Key(),
    atomic: bool = False,
) -> Answer:
    """Place up to a thousand orders of one reseller, one answer a line, in two round trips.

    Args:
        requests: a line already refused comes as its error.
        atomic: all lines or none; without it the valid ones are placed as far as the wallet covers them.

    Raises:
        NotAllowed, InvalidInput (`too_many_lines`, `one_wallet`), Conflict.
    """
    buyer.require_ordering()
    check_lines(requests)
    catalogue = catalogues.current(buyer.catalogue_version)
    now = timezone.now()
    lines = _bulk_lines(buyer, requests, catalogue, now, present)
    if len({row["account_id"] for row in lines.rows}) > 1:
        raise InvalidInput("one_wallet", _("All orders of one call are in one currency."), field="orders")
    answer = _call_bulk(buyer, lines, key, atomic)
    if not answer.replayed and lines.rows:
        dispatch.hint()
    return answer


def check_lines(lines: Sequence[Any]) -> None:
    """Raises InvalidInput `too_many_lines`, also where there is none."""
    if not 0 < len(lines) <= MAX_LINES:
        raise InvalidInput(
            "too_many_lines",
            _("Send 1 to %(most)d orders in one call.") % {"most": MAX_LINES},
            field="orders",
        )


def stored_answer(buyer: Buyer, key: Key) -> Answer | None:
    """The answer stored under this key, if the request was answered before.

    Raises:
        InvalidInput: `idempotency_mismatch`. Conflict: `request_running`.
    """
    if not key.key:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN request_hash <> %s THEN 'mismatch' WHEN status_code IS NULL THEN 'running'"
            " ELSE 'replayed' END, status_code, body FROM core_idempotencykey WHERE scope = %s AND key = %s",
            [key.request_hash, buyer.scope, key.key],
        )
        found = cursor.fetchone()
    return _answer(found, None) if found else None


def _place_row(
    buyer: Buyer, request: OrderRequest, row: Row, present: Present, key: Key, status: int
) -> Answer:
    for _attempt in range(NUMBER_TRIES):
        try:
            if buyer.customer_id or request.delivery_address:
                return _place_with_companions(buyer, request, row, present, key, status)
            return _call_place(buyer, row, present(row), key, status)
        except Duplicate:
            row["order_number"] = short_code("TL")
    raise Conflict("try_again", _("The order was not placed. Send it again."))


@transaction.atomic
def _place_with_companions(
    buyer: Buyer, request: OrderRequest, row: Row, present: Present, key: Key, status: int
) -> Answer:
    """An order with a payment to wait for or a parcel to send: more rows, the same transaction."""
    payment = None
    if buyer.customer_id:
        payment = open_payment(row)
        row["expires_at"] = payment.expires_at
        row["transaction_id"] = payment.payment.pk
    columns = {name: value for name, value in row.items() if name != "transaction_id"}
    answer = _call_place(buyer, columns, present(row), key, status)
    if answer.replayed:
        return answer
    if payment:
        payment.payment.save(force_insert=True)
    if request.delivery_address:
        product = catalogues.current(buyer.catalogue_version).products[request.product_id]
        Delivery.objects.create(
            order_id=row["id"], delivery_address=request.delivery_address, sim_type=product.sim_type
        )
    return answer


@retried
def _call_place(buyer: Buyer, row: Row, body: dict[str, Any], key: Key, status: int) -> Answer:
    event = _event(buyer.actor, row)
    try:
        with refusable(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT outcome, status_code, body FROM commerce_place_order(%s, %s, %s, %s, %s, %s, %s)",
                [_json(row), _json(event), buyer.scope, key.key, key.request_hash, status, _json(body)],
            )
            found = cursor.fetchone()
    except IntegrityError as error:
        raise _refusal(error) from error
    return _answer(found, row["id"], body)


@dataclass(slots=True)
class _Lines:
    """A bulk call: the rows that may be placed, the line each one is, and an answer for every line."""

    rows: list[Row] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Known:
    """What lines of one bulk call have in common, so that it is found once a call and not once a line."""

    clients: dict[int, str]
    prices: Prices = field(default_factory=dict)
    references: set[str] = field(default_factory=set)


def _bulk_lines(
    buyer: Buyer,
    requests: Sequence[OrderRequest | DomainError],
    catalogue: Catalogue,
    now: datetime,
    present: Present,
) -> _Lines:
    lines = _Lines()
    known = _Known(_client_statuses(buyer, requests))
    for number, request in enumerate(requests, start=1):
        try:
            row = _bulk_row(buyer, request, catalogue, now, known)
        except DomainError as error:
            lines.answers.append(line_error(error))
            continue
        lines.rows.append(row)
        lines.numbers.append(number)
        lines.answers.append({"status": "placed", "order": present(row)})
    return lines


def _bulk_row(
    buyer: Buyer,
    request: OrderRequest | DomainError,
    catalogue: Catalogue,
    now: datetime,
    known: _Known,
) -> Row:
    if isinstance(request, DomainError):
        raise request
    if request.reference and request.reference in known.references:
        raise Conflict(
            "duplicate_reference", _("This reference stands twice in this call."), field="reference"
        )
    if request.delivery_address:
        raise InvalidInput(
            "not_in_bulk", _("Shipped products are ordered one at a time."), field="delivery_address"
        )
    _check_client(request, known.clients)
    row = build_row(buyer, request, catalogue, now, known.prices)
    known.references.add(request.reference)
    return row


@retried
def _call_bulk(buyer: Buyer, lines: _Lines, key: Key, atomic: bool) -> Answer:
    refusals = [
        line_error(insufficient_credit()),
        line_error(duplicate_reference()),
        {"status": "not_placed"},
    ]
    account_id = lines.rows[0]["account_id"] if lines.rows else 0
    actor = buyer.actor
    try:
        with refusable(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT outcome, status_code, body, verdicts"
                " FROM commerce_place_orders(%s, %s::integer[], %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    _json(lines.rows),
                    lines.numbers,
                    _json(lines.answers),
                    _json(refusals),
                    _json({"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label}),
                    account_id,
                    buyer.scope,
                    key.key,
                    key.request_hash,
                    atomic,
                ],
            )
            outcome, status, stored, verdicts = cursor.fetchone()
    except IntegrityError as error:
        raise _refusal(error) from error
    if verdicts is None:
        return _answer((outcome, status, stored), None)
    for number, verdict in zip(lines.numbers, verdicts, strict=True):
        if verdict:
            lines.answers[number - 1] = refusals[verdict - 1]
    return Answer(status, lines.answers)


def _answer(found: tuple[str, int, Any], order_id: UUID | None, body: Any = None) -> Answer:
    outcome, status, stored = found
    match outcome:
        case "mismatch":
            raise DomainError(
                "idempotency_mismatch",
                _("This Idempotency-Key was used for another request. Use a new key for a new request."),
                status=422,
            )
        case "running":
            raise Conflict(
                "request_running", _("The first request with this key is still running. Ask again.")
            )
        case "replayed":
            return Answer(status, _parsed(stored), replayed=True)
    return Answer(status, _parsed(stored) if body is None else body, order_id=order_id)


def _parsed(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


def insufficient_credit() -> InvalidInput:
    return InvalidInput(
        "insufficient_credit", _("Insufficient credit: the wallet does not cover this order. Fund it first.")
    )


def duplicate_reference() -> Conflict:
    return Conflict(
        "duplicate_reference",
        _("You used this reference for an earlier order. A reference is yours once."),
        field="reference",
    )


def _refusal(error: IntegrityError) -> Exception:
    match violated(error):
        case "commerce_account_available":
            return insufficient_credit()
        case "commerce_order_reference_once":
            return duplicate_reference()
        case "commerce_order_number_once":
            return Duplicate()
        case "commerce_client_monthly_limit":
            return InvalidInput(
                "client_limit_reached", _("This client has used up its orders of the month."), field="client"
            )
        case _:
            return error


def _client_statuses(buyer: Buyer, requests: Sequence[OrderRequest | DomainError]) -> dict[int, str]:
    """The statuses of the named clients that are this buyer's, in one query; none where no line names one."""
    named = [line.client_id for line in requests if isinstance(line, OrderRequest) and line.client_id]
    if not named:
        return {}
    own = Client.objects.filter(pk__in=named, reseller_id=buyer.reseller_id or 0)
    return dict(own.values_list("pk", "status"))


def _check_client(request: OrderRequest, statuses: dict[int, str]) -> None:
    if request.client_id is None:
        return
    status = statuses.get(request.client_id)
    if status is None:
        raise InvalidInput("unknown_client", _("You have no client with this id."), field="client")
    if status != Client.Status.ACTIVE:
        raise NotAllowed("client_not_active", _("This client is not active."), field="client")


def _with_wallet(buyer: Buyer, request: OrderRequest, catalogue: Catalogue) -> Buyer:
    """A customer's wallet is opened with the first order; a reseller has one or is told so."""
    product = catalogue.products.get(request.product_id)
    if buyer.reseller_id or product is None or product.currency in buyer.wallets:
        return buyer
    wallet = ledger.wallet_for(
        party=Customer.objects.get(pk=buyer.customer_id or 0), currency=product.currency
    )
    buyer.wallets[product.currency] = wallet.pk
    return buyer


def _event(actor: Actor, row: Row) -> dict[str, Any]:
    return {
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_label": actor.label,
        "data": {"total": row["total"], "currency": row["currency"], "channel": row["channel"]},
    }


def _json(value: Any) -> str:
    """Decimals, dates and ids go as text: the database reads them into their own types without a float between."""
    return orjson.dumps(value, default=str).decode()
