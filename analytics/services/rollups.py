"""Keeping the days right: from the orders, again and again, with the same result however often it runs."""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from analytics.models import DailyProduct, RollupState
from analytics.services import company_days
from analytics.services.day_rows import KINDS, Kind
from commerce.models import Order

log = logging.getLogger(__name__)

# A change is seen once its transaction is committed, up to this long after the time written in it.
OVERLAP = timedelta(minutes=10)
CHECKED_DAYS = 35
# Days computed in one transaction when many are.
CHUNK = 31
# Two at once would write the same rows twice: the second one waits. Any number that nobody else uses.
_LOCK = 0x746C7264


def refresh(now: datetime | None = None) -> int:
    """Compute anew the days of orders that changed since the last time, and the days that have ended meanwhile.

    Returns:
        How many days were computed.
    """
    moment, zone = now or timezone.now(), str(company_days.zone())
    state = RollupState.objects.first()
    if state is None or state.zone != zone or state.through is None or state.watermark is None:
        return rebuild(now=moment)
    if _loaded_behind(state.through):
        return rebuild(now=moment)
    yesterday = company_days.today(moment) - timedelta(days=1)
    days = {day for day in _touched(state.watermark - OVERLAP) if day <= yesterday}
    days |= set(_between(state.through + timedelta(days=1), yesterday))
    for part in _chunks(sorted(days)):
        _compute(part)
    RollupState.objects.update(through=max(state.through, yesterday), watermark=moment)
    return len(days)


def rebuild(*, since: date | None = None, now: datetime | None = None) -> int:
    """Compute all days up to yesterday anew, or those from a day on.

    Returns:
        How many days were computed.
    """
    moment, zone = now or timezone.now(), str(company_days.zone())
    yesterday = company_days.today(moment) - timedelta(days=1)
    state = RollupState.objects.first()
    if state is None or state.zone != zone or state.through is None:
        # Nothing is kept, or kept in another zone: a part would leave the rest wrong, so all of it is made.
        since = None
        RollupState.objects.update_or_create(
            pk=1, defaults={"through": None, "watermark": None, "zone": zone}
        )
    first = since or _first_day() or yesterday
    if since is None:
        _forget_before(first)
    elif state and state.through and state.through < since:
        first = state.through + timedelta(days=1)
    days = _between(first, yesterday)
    for part in _chunks(days):
        _compute(part)
    RollupState.objects.update(through=yesterday, watermark=moment)
    return len(days)


def check(now: datetime | None = None, *, days: int = CHECKED_DAYS) -> int:
    """Compare the last days with the orders and put right those that differ; each of them is logged.

    Returns:
        How many days differed.
    """
    refresh(now)
    yesterday = company_days.today(now) - timedelta(days=1)
    differing = [day for day in _between(yesterday - timedelta(days=days - 1), yesterday) if _differs(day)]
    for day in differing:
        log.warning("a day of the rollups differed from its orders", extra={"day": day.isoformat()})
        _compute([day])
    return len(differing)


def _loaded_behind(through: date) -> bool:
    """Whether orders were loaded with a past of their own, as the demo's are: before all days that are kept."""
    first = _first_day()
    kept = DailyProduct.objects.order_by("day").values_list("day", flat=True).first()
    return first is not None and first <= through and (kept is None or first < kept)


def _touched(since: datetime) -> list[date]:
    """The days of orders that changed since then, or whose cost was corrected."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (created_at AT TIME ZONE %(zone)s)::date FROM commerce_order"
            " WHERE updated_at >= %(since)s AND NOT is_test"
            # A provider's statement corrects what an order cost and leaves the order as it is.
            " UNION SELECT (o.created_at AT TIME ZONE %(zone)s)::date FROM commerce_transfer t"
            " JOIN commerce_order o ON o.id = t.order_id"
            " WHERE t.kind = 'cost_correction' AND t.order_id IS NOT NULL AND t.created_at >= %(since)s",
            {"zone": str(company_days.zone()), "since": since},
        )
        return [day for (day,) in cursor.fetchall()]


@transaction.atomic
def _compute(days: list[date]) -> None:
    """Replace the rows of some days that follow each other or not, all of them or none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for first, last in _runs(days):
            params = _params(first, last)
            for kind in KINDS:
                cursor.execute(f"DELETE FROM {kind.table} WHERE day BETWEEN %(first)s AND %(last)s", params)  # noqa: S608  # nosec B608
                cursor.execute(f"INSERT INTO {kind.table} ({kind.columns}) {kind.live()}", params)


def _differs(day: date) -> bool:
    return any(_differs_in(kind, day) for kind in KINDS)


def _differs_in(kind: Kind, day: date) -> bool:
    kept = f"SELECT {kind.columns} FROM {kind.table} WHERE day = %(first)s"  # noqa: S608  # nosec B608
    live = f"SELECT {kind.columns} FROM ({kind.live()}) AS live"  # noqa: S608  # nosec B608
    params = _params(day, day)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (({kept} EXCEPT ALL {live}) UNION ALL ({live} EXCEPT ALL {kept}))", params
        )
        return bool(cursor.fetchone()[0])


def _params(first: date, last: date) -> dict[str, Any]:
    begin, end = company_days.begin(first), company_days.end(last)
    return {"zone": str(company_days.zone()), "first": first, "last": last, "begin": begin, "end": end}


def _forget_before(day: date) -> None:
    with connection.cursor() as cursor:
        for kind in KINDS:
            cursor.execute(f"DELETE FROM {kind.table} WHERE day < %s", [day])  # noqa: S608  # nosec B608


def _first_day() -> date | None:
    oldest = (
        Order.objects.filter(is_test=False)
        .order_by("created_at", "id")
        .values_list("created_at", flat=True)
        .first()
    )
    return company_days.today(oldest) if oldest else None


def _between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _chunks(days: list[date]) -> Iterable[list[date]]:
    return (days[start : start + CHUNK] for start in range(0, len(days), CHUNK))


def _runs(days: list[date]) -> list[tuple[date, date]]:
    """Days that follow each other, as first and last."""
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs
