"""What one reseller or customer bought: by day of late, and in all. One query, whatever their past."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from analytics.services import company_days
from analytics.services.day_rows import PARTIES, kept_through, source
from analytics.services.figures import Sums
from analytics.services.period import Period, last_days, this_month

SHOWN_DAYS = 30
# Before all that was ever sold: the whole past of a party is few rows of the rollups.
BEGINNING = date(2000, 1, 1)
_PARTY = """
SELECT CASE WHEN day >= %(since)s THEN day END, status, currency, sum(orders), sum(captured), sum(volume), sum(revenue),
       sum(refunds), sum(cost), sum(commission)
  FROM ({days}) AS d GROUP BY 1, 2, 3
"""


@dataclass(slots=True)
class PartyFigures:
    """Money is that of one currency; `others` are the sums of all time in other currencies. Counts are of all orders.

    `days` are the last 30 with today, `days_before` as many before those; `statuses` count the orders of `days`.
    """

    currency: str
    whole: Sums = field(default_factory=Sums)
    recent: Sums = field(default_factory=Sums)
    recent_before: Sums = field(default_factory=Sums)
    month: Sums = field(default_factory=Sums)
    month_before: Sums = field(default_factory=Sums)
    days: dict[date, Sums] = field(default_factory=dict)
    days_before: dict[date, Sums] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    others: dict[str, Sums] = field(default_factory=dict)


def of_reseller(reseller_id: int, currency: str) -> PartyFigures:
    return _read("reseller_id", reseller_id, currency)


def of_customer(customer_id: int, currency: str) -> PartyFigures:
    return _read("customer_id", customer_id, currency)


def _read(key: str, party: int, currency: str) -> PartyFigures:
    recent, month = last_days(SHOWN_DAYS), this_month()
    found = PartyFigures(
        currency,
        days={day: Sums() for day in recent.all_days()},
        days_before={day: Sums() for day in recent.before.all_days()},
    )
    periods: list[tuple[Period, Sums]] = [
        (recent, found.recent),
        (recent.before, found.recent_before),
        (month, found.month),
        (month.before, found.month_before),
    ]
    since = min(period.first for period, _sums in periods)
    for day, status, money_of, orders, paid, *money in _rows(key, party, since):
        sums = [found.whole]
        if day is not None:
            sums += [one for period, one in periods if period.first <= day <= period.last]
            sums += [days[day] for days in (found.days, found.days_before) if day in days]
        for one in sums:
            one.count(status, orders, paid)
            if money_of == currency:
                one.add(money)
        if day in found.days:
            found.statuses[status] = found.statuses.get(status, 0) + orders
        if money_of != currency:
            other = found.others.setdefault(money_of, Sums())
            other.count(status, orders, paid)
            other.add(money)
    return found


def _rows(key: str, party: int, since: date) -> list[tuple[Any, ...]]:
    days = source(PARTIES, BEGINNING, company_days.today(), through=kept_through(), only=key)
    with connection.cursor() as cursor:
        params = days.params | {"only": party, "since": since}
        cursor.execute(_PARTY.replace("{days}", days.sql), params)
        return cursor.fetchall()
