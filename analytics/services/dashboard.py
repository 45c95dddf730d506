"""What the first page shows of a period, read once and kept for some seconds."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache

from analytics.services import company_days, day_rows, figures, today
from analytics.services.figures import Buyers, Ranked, Sums, Totals
from analytics.services.period import Period, last_days

KEPT_SECONDS = 15
# Among tens of thousands of buyers the first ones change slowly, and finding them is the dearest question.
BUYERS_SECONDS, LONG_DAYS, LONG_SECONDS = 60, 92, 600
PRODUCTS, BUYERS = 5, 8


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A period beside the one before it. `brands` are all that sold, the most revenue first; a single day has
    `hours`."""

    period: Period
    now: Totals
    before: Totals
    hours: list[Sums]
    brands: list[Ranked]
    products: list[Ranked]
    buyers: Buyers


def dashboard(period: Period) -> Dashboard:
    """The figures of a period; the same for everybody for some seconds."""
    key = f"dashboard:{period.first}:{period.last}:{company_days.zone()}:{company_days.today()}"
    return kept(key, lambda: _read(period))


def kept[T](key: str, read: Callable[[], T], seconds: int = KEPT_SECONDS) -> T:
    """The same for everybody for some seconds: the page is opened more often than the figures change."""
    found = cache.get(key)
    if found is None:
        found = read()
        cache.set(key, found, seconds)
    return found


def _read(period: Period) -> Dashboard:
    with day_rows.one_reading():
        now, before = figures.totals(period, period.before)
        if period == last_days(1):
            # A day that is not over is told beside the day before by the same hour, not beside all of it.
            before.whole = today.today()[1]
        brands, products = figures.by_brand_and_product(period)
        return Dashboard(
            period=period,
            now=now,
            before=before,
            hours=figures.by_hour(period.first) if period.days == 1 else [],
            brands=brands,
            products=products[:PRODUCTS],
            buyers=_buyers(period),
        )


def _buyers(period: Period) -> Buyers:
    key = f"dashboard-buyers:{period.first}:{period.last}:{company_days.zone()}"
    seconds = LONG_SECONDS if period.days > LONG_DAYS else BUYERS_SECONDS
    return kept(key, lambda: figures.buyers(period, most=BUYERS), seconds)
