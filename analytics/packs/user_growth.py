"""User growth: who joined, who bought for the first time, and what the new ones brought."""

from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs.base import Asked, Chart, Column, Kind, Money, Pack, Row, Section, register
from analytics.packs.reading import days_chart, figures, proof, read, window

_DAY = "AT TIME ZONE %(zone)s)::date"
_JOINED = f"""
SELECT (created_at {_DAY}, count(*) FROM {{table}} WHERE created_at >= %(begin)s AND created_at < %(end)s GROUP BY 1
"""  # noqa: S608  # nosec B608
_BEFORE = "SELECT count(*) FROM {table} WHERE created_at < %(begin)s"
# The day of the first order that was paid for: of those who bought in these days, whoever never had before. Test mode
# buys nothing.
_FIRST = f"""
SELECT (f.at {_DAY}, count(*) FROM (
       SELECT o.{{party}}, min(o.created_at) AS at FROM commerce_order AS o
        WHERE o.{{party}} IS NOT NULL AND NOT o.is_test AND o.captured_amount > 0
          AND o.created_at >= %(begin)s AND o.created_at < %(end)s
        GROUP BY 1) AS f
 WHERE NOT EXISTS (SELECT FROM commerce_order AS e
                    WHERE e.{{party}} = f.{{party}} AND e.created_at < %(begin)s AND NOT e.is_test
                      AND e.captured_amount > 0)
 GROUP BY 1
"""  # noqa: S608  # nosec B608
_NEW = """
    o.customer_id IN (SELECT id FROM commerce_customer WHERE created_at >= %(begin)s AND created_at < %(end)s)
 OR o.reseller_id IN (SELECT id FROM commerce_reseller WHERE created_at >= %(begin)s AND created_at < %(end)s)"""
_PLACED = "NOT o.is_test AND o.created_at >= %(begin)s AND o.created_at < %(end)s"
# First each buyer's orders, then who they are: a question for each of fifty thousand buyers, not of a million orders.
BUYERS = f"""
SELECT o.source, coalesce({_NEW}, false) AS is_new, o.currency, count(DISTINCT coalesce(o.customer_id, o.reseller_id)),
       sum(o.orders)::bigint, sum(o.revenue)
  FROM (SELECT o.source, o.customer_id, o.reseller_id, o.currency, count(*) AS orders, sum(o.price) AS revenue
          FROM commerce_order AS o WHERE {_PLACED} AND o.captured_amount > 0
         GROUP BY 1, 2, 3, 4) AS o
 GROUP BY 1, 2, 3 ORDER BY 1, 2 DESC, 3
"""  # noqa: S608  # nosec B608
LEDGER = f"""
SELECT t.currency, sum(t.amount) FROM commerce_transfer AS t JOIN commerce_order AS o ON o.id = t.order_id
 WHERE t.kind = 'sale' AND {_PLACED} GROUP BY 1
"""  # noqa: S608  # nosec B608
TABLES = {
    "customers": "commerce_customer",
    "resellers": "commerce_reseller",
    "clients": "commerce_client",
}


@register
class UserGrowth(Pack):
    key = "user_growth"
    title = gettext_lazy("User growth")
    description = gettext_lazy("Who joined, who bought for the first time, and what new buyers brought.")
    icon = "group_add"
    group = gettext_lazy("Operations")
    permission = "commerce.view_customer"

    def sections(self, asked: Asked) -> list[Section]:
        return [_growth(asked), _buyers(asked)]


def _growth(asked: Asked) -> Section:
    params = window(asked)
    joined = {name: dict(read(_JOINED.format(table=table), params)) for name, table in TABLES.items()}
    first = {
        party: dict(read(_FIRST.format(party=f"{party}_id"), params)) for party in ("customer", "reseller")
    }
    [(customers,)] = read(_BEFORE.format(table="commerce_customer"), params)
    days = [asked.first + timedelta(days=number) for number in range(asked.days)]
    rows: list[Row] = []
    for day in days:
        new = [joined[name].get(day, 0) for name in TABLES]
        customers += new[0]
        rows.append((day, *new, *(first[party].get(day, 0) for party in first), customers))
    titles = (
        _("New customers"), _("New resellers"), _("New clients"), _("First orders of customers"),
        _("First orders of resellers"),
    )  # fmt: skip
    return Section(
        title=_("Growth by day"),
        columns=(
            Column(_("Day"), Kind.DATE),
            *(Column(title, Kind.NUMBER, totalled=True) for title in titles),
            Column(_("Customers so far"), Kind.NUMBER),
        ),
        rows=rows,
        chart=_chart(days, joined),
        figures=[
            (_("New customers"), sum(joined["customers"].values())),
            (_("New resellers"), sum(joined["resellers"].values())),
            (_("Customers so far"), customers),
        ],
    )


def _chart(days: list[date], joined: dict[str, dict[date, int]]) -> Chart | None:
    return days_chart(
        _("New customers and resellers"),
        [date_format(day, "j M") for day in days],
        {
            _("Customers"): [joined["customers"].get(day, 0) for day in days],
            _("Resellers"): [joined["resellers"].get(day, 0) for day in days],
        },
    )


def _buyers(asked: Asked) -> Section:
    params = window(asked)
    found: list[Any] = read(BUYERS, params)
    revenue = [(row[2], row[5]) for row in found]
    names = {
        ("app_user", True): _("New customers"),
        ("app_user", False): _("Customers from before"),
        ("reseller_client", True): _("New resellers"),
        ("reseller_client", False): _("Resellers from before"),
    }
    return Section(
        title=_("What buyers brought"),
        columns=(
            Column(_("Buyers")),
            *(Column(title, Kind.NUMBER, totalled=True) for title in (_("Who bought"), _("Paid orders"))),
            Column(_("Revenue"), Kind.MONEY, totalled=True),
        ),
        rows=[
            (names[source, bool(is_new)], buyers, orders, Money(price, currency))
            for source, is_new, currency, buyers, orders, price in found
        ],
        proofs=[proof(_("Revenue ties to the ledger"), revenue, read(LEDGER, params))],
        figures=figures(_("Revenue"), revenue),
        note=_(
            "Orders placed in these days; new is who joined in them. Who buys in two currencies counts twice."
        ),
    )
