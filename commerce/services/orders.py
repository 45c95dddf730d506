"""Placing orders. The atomic part is one SQL function and one round trip; see `commerce/sql/place_order.sql`."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce import sql
from commerce.models import Client, Customer, Delivery
from commerce.services import catalogue as catalogues
from commerce.services import dispatch, ledger
from commerce.services.buyers import Buyer
from commerce.services.catalogue import Catalogue
from commerce.services.constraints import refusable, retried, violated
from commerce.services.held_buyers import Unconfirmed, judging
from commerce.services.order_rows import OrderRequest, Row, build_row
from commerce.services.payments import open_payment
from core.actors import Actor
from core.exceptions import Conflict, DomainError, InvalidInput, NotAllowed
from core.ids import short_code
from core.prepared import Statement

NUMBER_TRIES = 3
_PLACE = Statement("SELECT outcome, status_code, body FROM commerce_place_order(%s, %s, %s, %s, %s, %s, %s)")
_PLACE_HELD = Statement(sql.read("place_held"))


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
        Unconfirmed: the buyer is held, and was changed or would be refused.
    """
    with judging(buyer):
        buyer.require_ordering()
    catalogue = catalogues.current(buyer.catalogue_version)
    now = timezone.now()
    try:
        with judging(buyer):
            buyer = _with_wallet(buyer, request, catalogue)
            check_client(request, client_statuses(buyer, [request]))
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
    return answer_of(found, None) if found else None


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
            order_id=row["id"],
            delivery_address=request.delivery_address,
            city=request.delivery_city,
            sim_type=product.sim_type,
        )
    return answer


@retried
def _call_place(buyer: Buyer, row: Row, body: dict[str, Any], key: Key, status: int) -> Answer:
    what: list[Any] = [as_json(row), as_json(_event(buyer.actor, row))]
    rest: list[Any] = [key.key, key.request_hash, status, as_json(body)]
    try:
        with refusable():
            if buyer.stamp:
                who: list[Any] = [buyer.scope, buyer.api_key_id, buyer.stamp, buyer.catalogue_version]
                found = _PLACE_HELD.row([*who, *what, *rest])
            else:
                found = _PLACE.row([*what, buyer.scope, *rest])
    except IntegrityError as error:
        raise refusal(error) from error
    if found is None:
        raise Unconfirmed
    return answer_of(found, row["id"], body)


def answer_of(found: tuple[Any, ...], order_id: UUID | None, body: Any = None) -> Answer:
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


def refusal(error: IntegrityError) -> Exception:
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


def client_statuses(buyer: Buyer, requests: Sequence[OrderRequest | DomainError]) -> dict[int, str]:
    """The statuses of the named clients that are this buyer's, in one query; none where no line names one."""
    named = [line.client_id for line in requests if isinstance(line, OrderRequest) and line.client_id]
    if not named:
        return {}
    own = Client.objects.filter(pk__in=named, reseller_id=buyer.reseller_id or 0)
    return dict(own.values_list("pk", "status"))


def check_client(request: OrderRequest, statuses: dict[int, str]) -> None:
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


def as_json(value: Any) -> str:
    """Decimals, dates and ids go as text: the database reads them into their own types without a float between."""
    return orjson.dumps(value, default=str).decode()
