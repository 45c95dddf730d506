"""Provider costs and float: what deliveries cost at each provider, and what is left of the money we keep there."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs import booked
from analytics.packs.base import Asked, Column, Kind, Money, Pack, Row, Section, register
from analytics.packs.booked import BEFORE
from analytics.packs.reading import figures, proof, read, top_chart, window
from core.money import quantize

# What the calls say they cost, for every delivery whose cost was booked in these days.
CALLS = """
SELECT p.name, s.currency, s.calls, s.cost, s.price FROM (
       SELECT a.provider_id, t.currency, count(*) AS calls, sum(a.cost) AS cost, sum(o.price) AS price
         FROM commerce_transfer AS t JOIN commerce_order AS o ON o.id = t.order_id
         JOIN commerce_attempt AS a ON a.order_id = t.order_id AND a.status IN ('delivered', 'reversed')
        WHERE t.kind = 'cost' AND NOT o.is_test AND t.created_at >= %(begin)s AND t.created_at < %(end)s
        GROUP BY 1, 2) AS s JOIN commerce_provider AS p ON p.id = s.provider_id
 ORDER BY 2, 4 DESC, 1
"""
# Floats are a handful among the accounts: named first, the other two thirds of the transfers are passed by.
FLOATS = """
WITH floats AS MATERIALIZED (SELECT id, code, currency FROM commerce_account WHERE kind = 'float' AND NOT is_test),
     moved AS (
     SELECT t.debit_account_id AS debited, t.credit_account_id AS credited, t.kind, sum(t.amount) AS amount
       FROM commerce_transfer AS t
      WHERE t.created_at >= %(begin)s AND t.created_at < %(end)s
        AND (t.debit_account_id IN (SELECT id FROM floats) OR t.credit_account_id IN (SELECT id FROM floats))
      GROUP BY 1, 2, 3)
SELECT f.code, f.currency,
       coalesce(sum(m.amount) FILTER (WHERE m.kind = 'float_funding'), 0),
       coalesce(sum(-m.amount) FILTER (WHERE m.kind = 'cost'), 0),
       coalesce(sum(m.amount) FILTER (WHERE m.kind = 'cost_back'), 0),
       coalesce(sum(m.amount) FILTER (WHERE m.kind NOT IN ('float_funding', 'cost', 'cost_back')), 0)
  FROM floats AS f JOIN (
       SELECT debited AS account_id, kind, amount FROM moved
        UNION ALL
       SELECT credited, kind, -amount FROM moved) AS m ON m.account_id = f.id
 GROUP BY 1, 2 ORDER BY 2, 1
"""
NAMES = "SELECT code, name FROM commerce_provider"
BOOKED = """
SELECT t.currency, sum(t.amount) FROM commerce_transfer AS t
 WHERE t.kind = 'cost' AND t.created_at >= %(begin)s AND t.created_at < %(end)s
   AND t.debit_account_id IN (SELECT id FROM commerce_account WHERE kind = 'cost' AND NOT is_test)
 GROUP BY 1
"""
NOTHING = (Decimal(0),) * 4
type Key = tuple[str, str]


@register
class ProviderCosts(Pack):
    key = "provider_costs"
    title = gettext_lazy("Provider costs and float")
    description = gettext_lazy("What deliveries cost at each provider, and what is left of our float there.")
    icon = "local_shipping"
    group = gettext_lazy("Accounting")
    permission = "commerce.view_provider"
    needs_cost = True

    def sections(self, asked: Asked) -> list[Section]:
        return [_costs(asked), _floats(asked)]


def _costs(asked: Asked) -> Section:
    params = window(asked)
    rows = [
        (
            name,
            calls,
            Money(cost, currency),
            Money(price, currency),
            Money(quantize(cost / calls, currency), currency),
        )
        for name, currency, calls, cost, price in read(CALLS, params)
    ]
    cost = [(row[2].currency, row[2].amount) for row in rows]
    return Section(
        title=_("Cost of deliveries"),
        columns=(
            Column(_("Provider")),
            Column(_("Deliveries"), Kind.NUMBER, totalled=True),
            Column(_("Cost"), Kind.MONEY, totalled=True),
            Column(_("Price of the same"), Kind.MONEY, totalled=True),
            Column(_("Cost of one"), Kind.MONEY),
        ),
        rows=rows,
        chart=top_chart(_("Cost, %(currency)s"), rows, lambda row: str(row[0]), lambda row: row[2]),
        proofs=[proof(_("Cost ties to the ledger"), cost, read(BOOKED, params))],
        figures=figures(_("Cost"), cost),
        note=_("Deliveries whose cost was booked in these days, before what providers gave back."),
    )


def _floats(asked: Asked) -> Section:
    names = dict(read(NAMES, {}))
    before = {(one.code, one.currency): -one.net for one in booked.moved(asked, "float", when=BEFORE)}
    moves = {(code, currency): tuple(amounts) for code, currency, *amounts in read(FLOATS, window(asked))}
    rows: list[Row] = []
    closings: list[tuple[str, Decimal]] = []
    for key in sorted({*before, *moves}, key=lambda key: (key[1], key[0])):
        opening, moved = before.get(key, Decimal(0)), moves.get(key, NOTHING)
        closing = opening + moved[0] - moved[1] + moved[2] + moved[3]
        closings.append((key[1], closing))
        rows.append(_float(names.get(key[0], key[0]), key[1], [opening, *moved, closing], asked.days))
    ledger = ((one.currency, -one.net) for one in booked.moved(asked, "float", when=booked.UNTIL_END))
    titles = (
        _("Opening"), _("Paid in"), _("Cost"), _("Given back"), _("Other"), _("Closing"),
    )  # fmt: skip
    return Section(
        title=_("Float at the providers"),
        columns=(
            Column(_("Provider")),
            *(Column(title, Kind.MONEY, totalled=True) for title in titles),
            Column(_("Lasts, days"), Kind.NUMBER),
        ),
        rows=rows,
        proofs=[proof(_("Float ties to the ledger"), closings, ledger)],
        figures=figures(_("Float at the end"), closings),
        note=_("By our own books. It lasts as many days as the cost of these days allows."),
    )


def _float(name: str, currency: str, amounts: Sequence[Any], days: int) -> Row:
    cost, closing = amounts[2], amounts[-1]
    lasts = int(closing * days / cost) if cost > 0 and closing > 0 else None
    return (name, *(Money(amount, currency) for amount in amounts), lasts)
