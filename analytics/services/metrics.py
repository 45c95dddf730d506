"""Brief 3's figures of the last days and brief 4's key metrics, read from the rollups and small tables."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings

from analytics.services import company, company_days, day_rows, figures
from analytics.services.company import Moved, Parties, People, Wallets
from analytics.services.dashboard import kept
from analytics.services.day_rows import PARTIES, PRODUCTS
from analytics.services.figures import Ranked, Sums, Totals
from analytics.services.period import Period, last_days, this_month
from commerce.models import Account

KEPT_SECONDS = 60
# All time at once: the dearest question here, and it changes slowest.
LONG_SECONDS = 300
NETWORK_GAS, SIM = "gas", "sim"
BILLS = ("airtime", "data", "bills")
_CATEGORIES = """
SELECT c.code, c.name, {brand} AS brand, sum(d.orders), sum(d.captured),
       coalesce(sum(d.orders) FILTER (WHERE d.status = 'fulfilled'), 0),
       coalesce(sum(d.volume) FILTER (WHERE d.currency = %(base)s), 0),
       coalesce(sum(d.revenue - d.refunds) FILTER (WHERE d.currency = %(base)s), 0)
  FROM ({days}) AS d
  JOIN commerce_product AS p ON p.id = d.product_id
  JOIN commerce_brand AS b ON b.id = p.brand_id
  JOIN commerce_category AS c ON c.id = b.category_id
 GROUP BY {group} ORDER BY 8 DESC, 1, 3
"""
_SIMS = """
SELECT d.day, sum(d.orders)::int
  FROM ({days}) AS d
  JOIN commerce_product AS p ON p.id = d.product_id
  JOIN commerce_brand AS b ON b.id = p.brand_id
  JOIN commerce_category AS c ON c.id = b.category_id
 WHERE c.code = %(sim)s GROUP BY 1
"""
# Grouped by hash: counting distinct values would sort them all.
_PARTIES = """
SELECT count(*), count(*) FILTER (WHERE p.party < 0), count(*) FILTER (WHERE p.paid)
  FROM (SELECT {party} AS party, bool_or(d.captured > 0) AS paid FROM ({days}) AS d GROUP BY 1) AS p
"""
_RETAINED = """
SELECT count(*), count(*) FILTER (WHERE again) FROM (
    SELECT {party} AS party, bool_or(d.day >= %(begin_now)s) AS again, bool_or(d.day < %(begin_now)s) AS before
      FROM ({days}) AS d GROUP BY 1) AS p WHERE before
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A category, or a brand of one, with its orders of a period."""

    code: str
    name: str
    brand: str
    orders: int
    paid: int
    delivered: int
    volume: Decimal
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class Active:
    """How many parties placed orders; `customers` of them are registered buyers, `paying` paid for one."""

    parties: int
    customers: int
    paying: int


@dataclass(frozen=True, slots=True)
class Retention:
    before: int
    again: int

    @property
    def rate(self) -> float:
        """Of those who ordered in the period before, how many ordered again, in percent."""
        return round(self.again / self.before * 100, 2) if self.before else 0.0


@dataclass(frozen=True, slots=True)
class Metrics:
    """Brief 4's cards: people, and the orders and revenue of today and this month."""

    people: People
    parties: Parties
    today: Sums
    month: Sums
    sims_today: int
    sims_month: int


def metrics() -> Metrics:
    """Kept for some seconds, as the dashboard is."""
    return kept(f"metrics:{_zone()}:{company_days.today()}", _metrics)


def _metrics() -> Metrics:
    day, month = last_days(1), this_month()
    with day_rows.one_reading():
        today, so_far = figures.totals(day, month)
        sims = dict(figures.rows(_SIMS, PRODUCTS, month, sim=SIM))
    people, parties = company.people(month)
    return Metrics(people, parties, today.whole, so_far.whole, sims.get(day.first, 0), sum(sims.values()))


def totals(period: Period) -> Totals:
    return kept(f"totals:{_key(period)}", lambda: figures.totals(period)[0], KEPT_SECONDS)


def people(period: Period) -> tuple[People, Parties]:
    return kept(f"people:{_key(period)}", lambda: company.people(period), KEPT_SECONDS)


def wallets() -> Wallets:
    return kept("company-wallets", company.wallets, KEPT_SECONDS)


def funded(period: Period) -> Moved:
    return kept(f"funded:{_key(period)}", lambda: company.funded(period), KEPT_SECONDS)


def credited(period: Period) -> Moved:
    return kept(f"credited:{_key(period)}", lambda: company.credited(period), KEPT_SECONDS)


def refunded(period: Period) -> Moved:
    return kept(f"refunded:{_key(period)}", lambda: company.refunded(period), KEPT_SECONDS)


def registrations(period: Period) -> dict[date, int]:
    return kept(f"registrations:{_key(period)}", lambda: company.registrations(period), KEPT_SECONDS)


def categories(period: Period) -> list[Kept]:
    """Every category that was ordered from, the most revenue first."""
    return kept(f"categories:{_key(period)}", lambda: _categories(period, brands=False), KEPT_SECONDS)


def brands(period: Period) -> list[Kept]:
    """Every brand that was ordered, with its category."""
    return kept(f"category-brands:{_key(period)}", lambda: _categories(period, brands=True), KEPT_SECONDS)


def together(found: list[Kept], *codes: str) -> Kept:
    """Some categories as one."""
    rows = [one for one in found if one.code in codes]
    counts = [sum(getattr(one, name) for one in rows) for name in ("orders", "paid", "delivered")]
    money = [sum((getattr(one, name) for one in rows), Decimal(0)) for name in ("volume", "revenue")]
    return Kept("", "", "", *counts, *money)


def active(period: Period) -> Active:
    return kept(
        f"active:{_key(period)}", lambda: Active(*figures.rows(_PARTIES, PARTIES, period)[0]), KEPT_SECONDS
    )


def retention(period: Period) -> Retention:
    """Parties that ordered in the period before, and those of them that ordered again."""
    whole = Period(period.before.first, period.last)
    return kept(f"retention:{_key(period)}", lambda: _retention(whole, period.first), KEPT_SECONDS)


def lifetime_value() -> Decimal:
    """Revenue of all time for each party that ever paid for an order."""
    return kept(f"lifetime-value:{_zone()}", _lifetime_value, LONG_SECONDS)


def bonuses(period: Period) -> tuple[Moved, Moved, Wallets]:
    """Given, used, and what lies in bonus accounts now."""

    def read() -> tuple[Moved, Moved, Wallets]:
        return *company.bonuses(period), company.wallets(Account.Kind.BONUS)

    return kept(f"bonuses:{_key(period)}", read, KEPT_SECONDS)


def resellers(period: Period, most: int) -> list[Ranked]:
    """The first resellers by revenue."""

    def read() -> list[Ranked]:
        return figures.buyers(period, most=most).resellers

    return kept(f"top-resellers:{_key(period)}:{most}", read, KEPT_SECONDS)


def months(found: Totals) -> dict[date, Sums]:
    """The days of a period as months, named by their first day."""
    whole: dict[date, Sums] = {}
    for day, sums in found.days.items():
        whole.setdefault(day.replace(day=1), Sums()).include(sums)
    return whole


def _categories(period: Period, *, brands: bool) -> list[Kept]:
    columns = "b.name" if brands else "''"
    group = "c.code, c.name, b.id, b.name" if brands else "c.code, c.name"
    # Not by format: `{days}` is filled in later.
    sql = _CATEGORIES.replace("{brand}", columns).replace("{group}", group)
    return [Kept(*row) for row in figures.rows(sql, PRODUCTS, period, base=settings.BASE_CURRENCY)]


def _retention(whole: Period, begin_now: date) -> Retention:
    return Retention(*figures.rows(_RETAINED, PARTIES, whole, begin_now=begin_now)[0])


def _lifetime_value() -> Decimal:
    whole = Period(date(1970, 1, 1), company_days.today())
    with day_rows.one_reading():
        [(_parties, _customers, paying)] = figures.rows(_PARTIES, PARTIES, whole)
        sql = "SELECT {net} FROM ({days}) AS d"
        [(revenue,)] = figures.rows(sql, PRODUCTS, whole, base=settings.BASE_CURRENCY)
    return Decimal(revenue) / paying if paying else Decimal(0)


def _key(period: Period) -> str:
    return f"{period.first}:{period.last}:{_zone()}"


def _zone() -> str:
    return str(company_days.zone())
