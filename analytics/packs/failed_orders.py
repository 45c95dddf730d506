"""Failed and unknown orders: why, which, and how much money waits for an outcome."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs.base import (
    Asked,
    Chart,
    Column,
    Kind,
    Money,
    Pack,
    PackForm,
    Proof,
    Row,
    Section,
    Series,
    register,
)
from analytics.packs.placed import CAPTURES, REFUNDS
from analytics.packs.reading import MOST_BARS, figures, proof, read, stream, window

_PLACED = "NOT o.is_test AND o.created_at >= %(begin)s AND o.created_at < %(end)s"
# What the ledger says is held for orders nobody knows the outcome of, and was kept of those that failed.
HELD = f"""
SELECT h.currency, sum(h.amount) FROM commerce_hold AS h JOIN commerce_order AS o ON o.id = h.order_id
 WHERE h.status = 'open' AND o.status = 'unknown' AND {_PLACED} GROUP BY 1
"""  # noqa: S608  # nosec B608
KEPT = f"""
SELECT t.currency, sum(CASE WHEN t.kind = ANY(%(captures)s) THEN t.amount ELSE -t.amount END)
  FROM commerce_order AS o JOIN commerce_transfer AS t ON t.order_id = o.id
 WHERE o.status = 'failed' AND {_PLACED} AND (t.kind = ANY(%(captures)s) OR t.kind = ANY(%(refunds)s)) GROUP BY 1
"""  # noqa: S608  # nosec B608
REASONS = f"""
SELECT o.failure_code, o.currency, count(*), count(*) FILTER (WHERE o.failure_retryable), sum(o.total)
  FROM commerce_order AS o WHERE o.status = 'failed' AND {_PLACED} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""  # noqa: S608  # nosec B608
PLACED = f"SELECT count(*) FROM commerce_order AS o WHERE {_PLACED}"  # noqa: S608  # nosec B608
_ORDERS = f"""
SELECT o.created_at, o.order_number, coalesce(r.business_name, ''), o.product_name, {{more}}, o.total, o.currency
  FROM commerce_order AS o LEFT JOIN commerce_reseller AS r ON r.id = o.reseller_id {{join}}
 WHERE o.status = %(status)s AND {_PLACED} ORDER BY o.created_at, o.id
"""  # noqa: S608  # nosec B608
UNKNOWN = _ORDERS.format(
    more="p.name, a.checks",
    join="LEFT JOIN commerce_attempt AS a ON a.order_id = o.id AND a.status IN ('unknown', 'pending')"
    " LEFT JOIN commerce_provider AS p ON p.id = a.provider_id",
)
FAILED = _ORDERS.format(more="o.failure_code, o.failure_message", join="")


class FailedForm(PackForm):
    details = forms.BooleanField(label=gettext_lazy("List every failed order"), required=False, initial=True)


@register
class FailedOrders(Pack):
    key = "failed_orders"
    title = gettext_lazy("Failed and unknown orders")
    description = gettext_lazy("Why orders failed, and those whose outcome nobody knows yet.")
    icon = "report"
    group = gettext_lazy("Operations")
    form = FailedForm

    def sections(self, asked: Asked) -> list[Section]:
        params = window(asked)
        reasons = read(REASONS, params)
        found = [self._reasons(reasons, params), _unknown(params)]
        if asked.values.get("details", True):
            found.append(_failed(params))
        return found

    def _reasons(self, reasons: list[Any], params: dict[str, Any]) -> Section:
        [(placed,)] = read(PLACED, params)
        failed = sum(row[2] for row in reasons)
        numbers = (_("Orders"), _("May be tried again"))
        return Section(
            title=_("Failed orders by reason"),
            columns=(
                Column(_("Reason")),
                *(Column(title, Kind.NUMBER, totalled=True) for title in numbers),
                Column(_("Value"), Kind.MONEY, totalled=True),
            ),
            rows=[
                (code or "–", orders, retryable, Money(total, currency))
                for code, currency, orders, retryable, total in reasons
            ],
            chart=_chart(reasons),
            proofs=[_nothing_kept(reasons, params)],
            figures=[
                (_("Failed"), failed),
                (_("Of all orders, %"), round(failed * 100 / placed, 1) if placed else 0.0),
            ],
            note=_("Of the orders placed in these days, as they stand now."),
        )


def _nothing_kept(reasons: list[Any], params: dict[str, Any]) -> Proof:
    ledger = read(KEPT, {**params, "captures": list(CAPTURES), "refunds": list(REFUNDS)})
    return proof(_("Nothing is kept of failed orders"), ((row[1], Decimal(0)) for row in reasons), ledger)


def _unknown(params: dict[str, Any]) -> Section:
    rows = read(UNKNOWN, {**params, "status": "unknown"})
    at_risk = [(row[-1], row[-2]) for row in rows]
    return Section(
        title=_("Outcome unknown"),
        columns=(
            *_columns(_("Provider"), _("Times asked again")),
            Column(_("Held"), Kind.MONEY, totalled=True),
        ),
        rows=[_row(row) for row in rows],
        proofs=[proof(_("Held money ties to the ledger"), at_risk, read(HELD, params))],
        figures=[(_("Unknown"), len(rows)), *figures(_("Held"), at_risk)],
        note=_("The money stays held until the outcome is known."),
    )


def _failed(params: dict[str, Any]) -> Section:
    return Section(
        title=_("Failed orders"),
        columns=(*_columns(_("Reason"), _("What was said")), Column(_("Value"), Kind.MONEY, totalled=True)),
        rows=(_row(row) for row in stream(FAILED, {**params, "status": "failed"})),
    )


def _columns(*more: str) -> tuple[Column, ...]:
    return (
        Column(_("Placed"), Kind.DATETIME),
        *(Column(title) for title in (_("Order"), _("Reseller"), _("Product"))),
        Column(more[0]),
        Column(more[1], Kind.NUMBER if more[1] == _("Times asked again") else Kind.TEXT),
    )


def _row(row: Any) -> Row:
    *cells, total, currency = row
    return (*cells, Money(total, currency))


def _chart(reasons: list[Any]) -> Chart | None:
    orders: dict[str, int] = {}
    for code, _currency, number, *_others in reasons:
        orders[code or "–"] = orders.get(code or "–", 0) + number
    top = sorted(orders.items(), key=lambda item: (-item[1], item[0]))[:MOST_BARS]
    if not top:
        return None
    return Chart(
        _("Failed orders by reason"),
        [code for code, _number in top],
        [Series(_("Orders"), [number for _code, number in top])],
        "names",
    )
