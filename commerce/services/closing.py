"""Closing the books of a month, and reopening the latest one.

From then on no transfer is dated in the month: the database refuses it (`commerce/sql/closing.sql`), takes the control
totals itself, and `check_ledger` compares them with the transfers ever after. Whatever is corrected later is dated
when it is done and so lands in the month that is open; `corrected_month` says which one it corrects.

What stops a closing is what would make its figures wrong: books that are not proved, a month before that is open, a
transaction that has not ended. What is merely unsettled warns, and is kept on the month as it was; which of it stops
as well is on the settings page (`commerce.closing_settings`).
"""

import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import ClosedMonth, ClosedUntil, Transfer
from commerce.services import closing_items, second_person_closing
from commerce.services.constraints import sqlstate
from commerce.services.proof import prove
from core.actors import current_actor
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.general_settings import general
from core.zones import zone_named

REFUSED = "TL008"
# By then whatever was dated in the month has long been committed; the database asks for as much.
GRACE = datetime.timedelta(hours=1)
_T = Transfer.Kind
CORRECTIONS = (*Transfer.REFUND_KINDS, _T.COMMISSION_BACK, _T.COST_BACK, _T.COST_CORRECTION)


class Month(NamedTuple):
    """A month of the company's calendar."""

    year: int
    month: int

    @property
    def first(self) -> datetime.date:
        return datetime.date(self.year, self.month, 1)

    @property
    def following(self) -> "Month":
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def begins(self, zone: ZoneInfo) -> datetime.datetime:
        return datetime.datetime.combine(self.first, datetime.time.min, zone)

    @classmethod
    def of(cls, moment: datetime.datetime, zone: ZoneInfo) -> "Month":
        local = moment.astimezone(zone)
        return cls(local.year, local.month)


def company_zone() -> ZoneInfo:
    return zone_named(general().time_zone)


def latest() -> ClosedMonth | None:
    return ClosedMonth.objects.filter(reopened_at=None).order_by("-ends_at").first()


def next_month() -> Month | None:
    """The month to be closed next: after the latest closed one, else that of the first transfer; None without any."""
    closed = latest()
    if closed:
        return Month(closed.year, closed.month).following
    first = Transfer.objects.order_by("created_at").values_list("created_at", flat=True).first()
    return Month.of(first, company_zone()) if first else None


def span(month: Month) -> tuple[datetime.datetime, datetime.datetime]:
    """From when to when a month that is not closed yet would last."""
    zone, before = company_zone(), latest()
    return before.ends_at if before else month.begins(zone), month.following.begins(zone)


def is_over(month: Month) -> bool:
    return month.following.begins(company_zone()) <= timezone.now() - GRACE


def close(*, year: int, month: int, reason: str, seen: bool = False) -> ClosedMonth:
    """Close a month. The books are proved first, before anything is locked.

    Args:
        seen: whoever closes has seen what is still open of the month; needed where there is any.

    Raises:
        InvalidInput: `reason_required`, `no_such_month`, `open_items` for what only warns and was not seen.
        Conflict: `months_in_order`, `month_not_over`, `open_items`, `books_not_proved`, `busy`.
    """
    wanted = _wanted(year, month)
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    _require_next(wanted)
    found = closing_items.of(*span(wanted))
    _require_settled(found, seen)
    _require_proved(span(wanted)[0])
    closed = _insert(wanted, reason.strip()[:300], {one.key: one.count for one in found if one.count})
    return ClosedMonth.objects.get(pk=closed.pk)


@transaction.atomic
def reopen(*, month_id: int, reason: str) -> ClosedMonth:
    """Open the latest closed month again. Asked for by one person, it is done when another approves: always.

    Raises:
        InvalidInput: `reason_required`. Conflict: `not_latest`, `already_reopened`. ApprovalNeeded.
    """
    closed = ClosedMonth.objects.select_for_update(no_key=True).get(pk=month_id)
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    if not closed.is_closed:
        raise Conflict("already_reopened", _("This month was reopened already."))
    if latest() != closed:
        raise Conflict("not_latest", _("Only the latest closed month is reopened."))
    approval = second_person_closing.for_reopening(closed, reason=reason)
    closed.approval, closed.reopened_by = approval, current_actor().label[:150]
    closed.reopen_reason, closed.reopened_at = reason.strip()[:300], timezone.now()
    closed.save(update_fields=["approval", "reopened_by", "reopen_reason", "reopened_at"])
    record("month.reopened", subject=closed, data={**_told(closed), "reason": closed.reopen_reason})
    return closed


def closed_until() -> datetime.datetime | None:
    return ClosedUntil.objects.values_list("until", flat=True).first()


def month_of(moment: datetime.datetime) -> ClosedMonth | None:
    """The closed month that a moment is in."""
    return ClosedMonth.objects.filter(reopened_at=None, begins_at__lte=moment, ends_at__gt=moment).first()


def corrected_month(transfer: Transfer) -> ClosedMonth | None:
    """The closed month whose order this transfer corrects, if it does: it was captured then, and this came after."""
    if transfer.kind not in CORRECTIONS or transfer.order_id is None:
        return None
    sales = Transfer.objects.filter(order_id=transfer.order_id, kind=_T.SALE)
    captured = sales.values_list("created_at", flat=True).first()
    found = month_of(captured) if captured else None
    return found if found and transfer.created_at >= found.ends_at else None


def corrections(closed: ClosedMonth, most: int) -> list[Transfer]:
    """What was booked after a month for orders that were captured in it, newest first."""
    captured = Transfer.objects.filter(
        order_id=OuterRef("order_id"),
        kind=_T.SALE,
        created_at__gte=closed.begins_at,
        created_at__lt=closed.ends_at,
    )
    rows = Transfer.objects.filter(
        Exists(captured), kind__in=CORRECTIONS, created_at__gte=closed.ends_at, order__is_test=False
    )
    return list(rows.select_related("order").order_by("-created_at", "-id")[:most])


def _wanted(year: int, month: int) -> Month:
    try:
        return Month(datetime.date(year, month, 1).year, month)
    except ValueError as error:
        raise InvalidInput("no_such_month", _("There is no such month."), field="month") from error


def _require_next(wanted: Month) -> None:
    if wanted != next_month():
        raise _out_of_order()
    if not is_over(wanted):
        raise _not_over()


def _require_settled(found: list[closing_items.Item], seen: bool) -> None:
    stopping = [one for one in found if one.count and one.blocks]
    if stopping:
        told = ", ".join(f"{one.title}: {one.count:,}" for one in stopping)
        raise Conflict("open_items", _("Settle these first: %(items)s.") % {"items": told})
    if not seen and any(one.count for one in found):
        text = _("Some things of this month are still open: say that you have seen them.")
        raise InvalidInput("open_items", text, field="seen")


def _require_proved(since: datetime.datetime) -> None:
    """The whole of balances and holds; of orders and transfers those from the month on: the earlier are closed."""
    proof = prove(since=since)
    wrong = [check for check in proof.checks if check.count]
    if wrong:
        told = "; ".join(f"{check.title}: {check.count:,}" for check in wrong)
        raise Conflict(
            "books_not_proved", _("The books are not right, so they stay open. %(what)s") % {"what": told}
        )


def _insert(wanted: Month, reason: str, open_items: dict[str, Any]) -> ClosedMonth:
    zone = company_zone()
    closed = ClosedMonth(
        year=wanted.year,
        month=wanted.month,
        zone=zone.key,
        # As reports and invoices reckon them; the database sees to it that they are midnights, and writes the figures.
        begins_at=wanted.begins(zone),
        ends_at=wanted.following.begins(zone),
        open_items=open_items,
        reason=reason,
        closed_by=current_actor().label[:150],
    )
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # It adds a whole month up, and waits for others before it does.
                cursor.execute(
                    "SELECT set_config('statement_timeout', '0', true), set_config('jit', 'off', true)"
                )
            closed.save(force_insert=True)
            closed.refresh_from_db()
            record("month.closed", subject=closed, data={**_told(closed), "reason": reason})
    except DatabaseError as error:
        raise _refusal(error) from error
    return closed


def _told(closed: ClosedMonth) -> dict[str, Any]:
    """What events keep, and the audit chain seals."""
    return {
        "month": f"{closed.year}-{closed.month:02}",
        "transfers": closed.transfers,
        "last_transfer": closed.last_transfer,
        "digest": closed.digest,
    }


def _refusal(error: DatabaseError) -> Exception:
    if sqlstate(error) not in (REFUSED, "23505"):
        return error
    diagnosis = getattr(error.__cause__, "diag", None)
    match diagnosis and diagnosis.message_hint:
        case "not_over":
            return _not_over()
        case "busy":
            text = _("A long piece of work that began before has not ended. Try again in a minute.")
            return Conflict("busy", text)
        case _:
            return _out_of_order()


def _out_of_order() -> Conflict:
    return Conflict("months_in_order", _("Months are closed in order, and each once."), field="month")


def _not_over() -> Conflict:
    return Conflict(
        "month_not_over", _("A month is closed an hour after its end at the earliest."), field="month"
    )
