"""Statements as papers: opening, every movement, closing, frozen as they stood when they were issued.

Days are those of a zone, from midnight to midnight there, however long the clocks make them. What belongs to a period
is reckoned in `statements`, as for the JSON of the API.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Account, Document, Transfer
from commerce.services import documents, statements
from commerce.services.documents import Draft, Wish, plain
from commerce.services.statements import WalletMovement
from core.exceptions import Conflict, InvalidInput
from core.zones import zone_named

MOST_MOVEMENTS = 20_000
FIRST_YEAR, LAST_YEAR = 2000, 2199
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until just before `until`, by the clocks of `zone`."""

    since: datetime
    until: datetime
    zone: str


def days(first: date, last: date, zone: str = "") -> Period:
    """Whole days where `zone` is, the last one among them.

    Raises:
        InvalidInput: `invalid_period`, naming `from` or `to`.
    """
    if not (first.year >= FIRST_YEAR and last.year <= LAST_YEAR):
        raise InvalidInput("invalid_period", _("Choose days of this century."), field="from")
    if last < first:
        raise InvalidInput("invalid_period", _("The period ends before it begins."), field="to")
    place = zone_named(zone)
    return Period(
        datetime.combine(first, time.min, place),
        datetime.combine(last + timedelta(days=1), time.min, place),
        str(place),
    )


@transaction.atomic
def issue(*, account: Account, period: Period, wish: Wish = Wish()) -> Document:
    """The wallet's statement of a period; where nothing has changed since it was asked for, the same paper.

    Raises:
        InvalidInput: `invalid_period`, `period_too_long` above 20,000 movements: nothing is cut silently.
        Conflict: `test_mode`, `no_party`, `not_begun`, `books_differ`.
    """
    documents.require_live(account)
    if period.until <= period.since:
        raise InvalidInput("invalid_period", _("The period ends before it begins."), field="to")
    if period.since > timezone.now():
        raise Conflict("not_begun", _("This period has not begun."))
    documents.lock(f"statement:{account.pk}")
    found = statements.statement(account, since=period.since, until=period.until, most=MOST_MOVEMENTS)
    opening, movements, closing = found.opening, found.movements, found.closing
    content = {
        "movements": [_frozen(movement, named=account.reseller_id is not None) for movement in movements],
        "sums": _sums(movements),
        "opening": plain(opening),
        "closing": plain(closing),
        "ledger": {
            "transfers": len(movements),
            "first": movements[0].transfer.pk if movements else None,
            "last": movements[-1].transfer.pk if movements else None,
        },
    }
    language = documents.language_for(account, wish.language)
    if known := _same(account, period, language, content):
        return known
    return documents.write(
        Draft(
            Document.Kind.STATEMENT, account, closing, content, period.zone, wish, opening=opening,
            since=period.since, until=period.until,
        )
    )  # fmt: skip


def _same(account: Account, period: Period, language: str, content: dict[str, Any]) -> Document | None:
    digest = documents.digest_of({"form": documents.FORM, **content})
    known = Document.objects.filter(
        kind=Document.Kind.STATEMENT, account=account, since=period.since, until=period.until,
        zone=period.zone, language=language, digest=digest,
    )  # fmt: skip
    found = known.select_related("letterhead").order_by("-id").first()
    # We look otherwise by now, or the party moved: that is another paper.
    if found and found.letterhead == documents.letterhead() and found.party == documents.party_of(account):
        return found
    return None


def _frozen(movement: WalletMovement, *, named: bool) -> list[Any]:
    """id, kind, time, order number, reference, why, amount, balance. Words about a customer are not kept."""
    transfer, order = movement.transfer, movement.transfer.order
    return [
        transfer.pk,
        transfer.kind,
        transfer.created_at.isoformat(),
        order.order_number if order else "",
        (order.reference if order else transfer.external_reference) if named else "",
        transfer.reason if named else "",
        plain(movement.amount),
        plain(movement.balance_after),
    ]


def _sums(movements: list[WalletMovement]) -> list[list[Any]]:
    """How often and how much of each kind: kind, number, came in, went out; in the order of the kinds."""
    found: dict[str, list[Any]] = {}
    for movement in movements:
        row = found.setdefault(movement.transfer.kind, [0, ZERO, ZERO])
        row[0] += 1
        row[1 if movement.amount > 0 else 2] += abs(movement.amount)
    known = [kind.value for kind in Transfer.Kind]
    return [
        [kind, number, plain(came), plain(went)]
        for kind, (number, came, went) in sorted(found.items(), key=lambda item: known.index(item[0]))
    ]
