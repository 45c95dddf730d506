"""Taxes: what was collected and given back, by day and by rate, as it was booked."""

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs import booked
from analytics.packs.base import Asked, Chart, Column, Kind, Money, Pack, Row, Section, register
from analytics.packs.reading import days_chart, figures, largest_currency, proof, read, window

# A rate is told by how the price came about; orders too old to tell have none.
_RATE = (
    """(jsonb_path_query_first(o.price_explanation, '$[*] ? (@.step == "tax").percent') #>> '{}')::numeric"""
)
_BY = """
SELECT {key} AS key, t.currency, count(*) FILTER (WHERE t.kind = 'tax'),
       coalesce(sum(o.price + o.service_fee + o.delivery_fee) FILTER (WHERE t.kind = 'tax'), 0),
       coalesce(sum(o.tax) FILTER (WHERE t.kind = 'tax'), 0) AS collected,
       coalesce(sum(t.amount) FILTER (WHERE t.kind = 'refund_tax'), 0)
  FROM commerce_transfer AS t JOIN commerce_order AS o ON o.id = t.order_id
 WHERE t.kind IN ('tax', 'refund_tax') AND NOT o.is_test
   AND t.created_at >= %(begin)s AND t.created_at < %(end)s
 GROUP BY 1, 2 ORDER BY 1, 2
"""
BY_DAY = _BY.format(key="(t.created_at AT TIME ZONE %(zone)s)::date")
BY_RATE = _BY.format(key=_RATE)


@register
class Taxes(Pack):
    key = "taxes"
    title = gettext_lazy("Taxes")
    description = gettext_lazy("Tax collected and given back, by day and by rate.")
    icon = "account_balance"
    group = gettext_lazy("Accounting")
    permission = "commerce.view_transfer"

    def sections(self, asked: Asked) -> list[Section]:
        days, rates = (read(sql, window(asked)) for sql in (BY_DAY, BY_RATE))
        account = booked.moved(asked, "tax")
        return [
            Section(
                title=_("Tax by day"),
                columns=(Column(_("Day"), Kind.DATE), *_columns()),
                rows=[_row(row) for row in days],
                chart=_chart(days),
                proofs=[
                    proof(_("Collected ties to the ledger"), _pairs(days, 4), booked.credits(account)),
                    proof(_("Given back ties to the ledger"), _pairs(days, 5), booked.debits(account)),
                ],
                figures=[
                    *figures(_("Collected"), _pairs(days, 4)),
                    *figures(_("Given back"), _pairs(days, 5)),
                    *figures(_("Tax due"), ((row[1], row[4] - row[5]) for row in days)),
                ],
                note=_("By the day it was booked: tax is collected when an order is delivered."),
            ),
            Section(
                title=_("Tax by rate"),
                columns=(Column(_("Rate, %"), Kind.NUMBER), *_columns()),
                rows=[_row(row) for row in rates],
            ),
        ]


def _columns() -> tuple[Column, ...]:
    money = (_("Taxed sales"), _("Collected"), _("Given back"), _("Tax due"))
    return (
        Column(_("Orders"), Kind.NUMBER, totalled=True),
        *(Column(title, Kind.MONEY, totalled=True) for title in money),
    )


def _row(row: Any) -> Row:
    key, currency, orders, taxed, collected, back = row
    amounts = (taxed, collected, back, collected - back)
    return (key, orders, *(Money(amount, currency) for amount in amounts))


def _pairs(rows: list[Any], at: int) -> list[tuple[str, Any]]:
    return [(row[1], row[at]) for row in rows]


def _chart(days: list[Any]) -> Chart | None:
    currency = largest_currency(_pairs(days, 4))
    of_it = [row for row in days if row[1] == currency]
    return days_chart(
        _("Tax collected, %(currency)s") % {"currency": currency},
        [date_format(row[0], "j M") for row in of_it],
        {_("Collected"): [row[4] for row in of_it]},
        unit=currency,
    )
