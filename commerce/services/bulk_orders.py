"""A thousand orders in one call: set-based, in two round trips; see `commerce/sql/place_bulk.sql`.

Most of an order is the same on every line of a call, so it is made, sent and stored once for each kind of line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.services import catalogue as catalogues
from commerce.services import dispatch
from commerce.services.buyers import Buyer
from commerce.services.catalogue import CatalogProduct, Catalogue
from commerce.services.constraints import refusable, retried
from commerce.services.order_rows import (
    OrderRequest,
    Row,
    check_limits,
    line_error,
    orderable,
    own_columns,
    priced,
    recipient_of,
    shared_columns,
)
from commerce.services.order_view import present, present_line
from commerce.services.orders import (
    Answer,
    Key,
    answer_of,
    as_json,
    check_client,
    client_statuses,
    duplicate_reference,
    insufficient_credit,
    refusal,
)
from commerce.services.pricing import Price
from core.exceptions import Conflict, DomainError, InvalidInput
from core.prepared import prepared_cursor

MAX_LINES = 1000
# What makes lines of one kind: product, amount, quantity, quote, channel and the order placed again.
type Asked = tuple[int, Any, int, UUID | None, str, UUID | None]


def place_orders(
    *, buyer: Buyer, requests: Sequence[OrderRequest | DomainError], key: Key = Key(), atomic: bool = False
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
    call = _Call(buyer, catalogue, timezone.now(), client_statuses(buyer, requests))
    lines = [call.line(request) for request in requests]
    if len({kind.columns["account_id"] for kind in call.kinds.values()}) > 1:
        raise InvalidInput("one_wallet", _("All orders of one call are in one currency."), field="orders")
    answer = _call_bulk(call, lines, key, atomic)
    if not answer.replayed and call.kinds:
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


@dataclass(frozen=True, slots=True)
class _Kind:
    """Lines that ask for the same, the `number`th such of the call: what all of their orders share, and how they are
    answered."""

    number: int
    product: CatalogProduct
    price: Price
    columns: Row
    shape: dict[str, Any]


@dataclass(slots=True)
class _Call:
    """One bulk call being read: what its lines have in common is found once a call and not once a line."""

    buyer: Buyer
    catalogue: Catalogue
    now: datetime
    clients: dict[int, str]
    kinds: dict[Asked, _Kind] = field(default_factory=dict)
    products: dict[int, CatalogProduct] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)

    def line(self, request: OrderRequest | DomainError) -> dict[str, Any]:
        """What is its own of an order, with the number of its kind; or the answer of a line that is refused."""
        try:
            return self._order(request)
        except DomainError as error:
            return line_error(error)

    def _order(self, request: OrderRequest | DomainError) -> dict[str, Any]:
        if isinstance(request, DomainError):
            raise request
        if request.reference and request.reference in self.references:
            raise Conflict(
                "duplicate_reference", _("This reference stands twice in this call."), field="reference"
            )
        if request.delivery_address:
            raise InvalidInput(
                "not_in_bulk", _("Shipped products are ordered one at a time."), field="delivery_address"
            )
        check_client(request, self.clients)
        product = self.products.get(request.product_id)
        if product is None:
            product = orderable(self.catalogue, request.product_id, self.now)
            self.products[product.id] = product
        recipient = recipient_of(self.buyer, request, product)
        kind = self._kind(request, product)
        check_limits(product, request, kind.price)
        self.references.add(request.reference)
        own = own_columns(request, recipient)
        return {"kind": kind.number} | {name: value for name, value in own.items() if value}

    def _kind(self, request: OrderRequest, product: CatalogProduct) -> _Kind:
        asked = (
            request.product_id,
            request.amount,
            request.quantity,
            request.quote_id,
            request.channel,
            request.retry_of_id,
        )
        kind = self.kinds.get(asked)
        if kind is None:
            price = priced(self.buyer, request, product, self.catalogue, self.now)
            # Before the kind is counted: a line that is refused makes none.
            check_limits(product, request, price)
            columns = shared_columns(self.buyer, request, product, price, self.now)
            shape = present(columns | NOBODYS)
            kind = self.kinds[asked] = _Kind(len(self.kinds) + 1, product, price, columns, shape)
        return kind


# In place of what each line has of its own.
NOBODYS: Row = {
    "id": "",
    "order_number": "",
    "reference": "",
    "client_id": None,
    "recipient": {},
    "notes": "",
}


@retried
def _call_bulk(call: _Call, lines: list[dict[str, Any]], key: Key, atomic: bool) -> Answer:
    refusals = [
        line_error(insufficient_credit()),
        line_error(duplicate_reference()),
        {"status": "not_placed"},
    ]
    kinds = list(call.kinds.values())
    shapes = [kind.shape for kind in kinds]
    actor = call.buyer.actor
    try:
        with refusable(), prepared_cursor() as cursor:
            cursor.execute(
                "SELECT outcome, status_code, body, verdicts"
                " FROM commerce_place_bulk(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    as_json([kind.columns for kind in kinds]),
                    as_json(shapes),
                    as_json(lines),
                    as_json(refusals),
                    as_json({"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label}),
                    kinds[0].columns["account_id"] if kinds else 0,
                    call.buyer.scope,
                    key.key,
                    key.request_hash,
                    atomic,
                ],
            )
            outcome, status, stored, verdicts = cursor.fetchone()
    except IntegrityError as error:
        raise refusal(error) from error
    if outcome not in ("placed", "refused"):
        answer = answer_of((outcome, status, stored), None)
        return Answer(answer.status, _replayed(answer.body), replayed=True)
    if verdicts is not None:
        lines = [
            refusals[verdict - 1] if verdict else line for line, verdict in zip(lines, verdicts, strict=True)
        ]
    return Answer(status, _answers(shapes, lines))


def _answers(
    shapes: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """One answer a line: of orders made of their kind's shape and what is their own, of refused ones as it is."""
    return [
        {"status": "placed", "order": present_line(shapes[line["kind"] - 1], line)}
        if "kind" in line
        else line
        for line in lines
    ]


def _replayed(stored: Any) -> list[Mapping[str, Any]]:
    """Answers of the release before were stored whole."""
    return stored if isinstance(stored, list) else _answers(stored["shapes"], stored["lines"])
