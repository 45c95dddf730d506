"""What the first page shows of a period, read once and kept for some seconds."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache

from analytics.services import company_days, figures
from analytics.services.figures import Buyers, Ranked, Totals
from analytics.services.period import Period

KEPT_SECONDS = 15
# Among tens of thousands of buyers the first ones change slowly, and finding them is the dearest question.
BUYERS_SECONDS = 60
PRODUCTS, BUYERS = 5, 8


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A period beside the one before it. `brands` are all that sold, the most revenue first."""

    period: Period
    now: Totals
    before: Totals
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
    now, before = figures.totals(period, period.before)
    brands, products = figures.by_brand_and_product(period)
    return Dashboard(
        period=period,
        now=now,
        before=before,
        brands=figures.named_brands(brands),
        products=figures.named_products(products[:PRODUCTS]),
        buyers=kept(
            f"dashboard-buyers:{period.first}:{period.last}", lambda: _buyers(period), BUYERS_SECONDS
        ),
    )


def _buyers(period: Period) -> Buyers:
    return figures.buyers(period, most=BUYERS)
