"""A thousand orders in one call: set-based, in two round trips; see `commerce/sql/place_orders.sql`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.services import catalogue as catalogues
from commerce.services import dispatch
from commerce.services.buyers import Buyer
from commerce.services.catalogue import Catalogue
from commerce.services.constraints import refusable, retried
from commerce.services.order_rows import OrderRequest, Prices, Row, build_row, line_error
from commerce.services.orders import (
    Answer,
    Key,
    Present,
    answer_of,
    as_json,
    check_client,
    client_statuses,
    duplicate_reference,
    insufficient_credit,
    refusal,
)
from core.exceptions import Conflict, DomainError, InvalidInput

MAX_LINES = 1000


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
    known = _Known(client_statuses(buyer, requests))
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
    check_client(request, known.clients)
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
    common, own = _parted(lines.rows)
    try:
        with refusable(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT outcome, status_code, body, verdicts"
                " FROM commerce_place_orders(%s, %s, %s::integer[], %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    as_json(common),
                    as_json(own),
                    lines.numbers,
                    as_json(lines.answers),
                    as_json(refusals),
                    as_json({"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label}),
                    account_id,
                    buyer.scope,
                    key.key,
                    key.request_hash,
                    atomic,
                ],
            )
            outcome, status, stored, verdicts = cursor.fetchone()
    except IntegrityError as error:
        raise refusal(error) from error
    if verdicts is None:
        return answer_of((outcome, status, stored), None)
    for number, verdict in zip(lines.numbers, verdicts, strict=True):
        if verdict:
            lines.answers[number - 1] = refusals[verdict - 1]
    return Answer(status, lines.answers)


def _parted(rows: list[Row]) -> tuple[Row, list[Row]]:
    """What all rows share, and what each has of its own: the same product to many players differs in little."""
    if not rows:
        return {}, []
    common = {
        name: value
        for name, value in rows[0].items()
        if all(row[name] is value or row[name] == value for row in rows)
    }
    return common, [{name: row[name] for name in row.keys() - common.keys()} for row in rows]
