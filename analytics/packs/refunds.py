"""Refunds: what went back to buyers' wallets, each with its reason, and what left through a gateway."""

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs.base import Asked, Chart, Column, Kind, Money, Pack, Proof, Row, Section, register
from analytics.packs.placed import REFUNDS
from analytics.packs.reading import days_chart, figures, largest_currency, proof, read, stream, window

_PARTS = """
       coalesce(sum(t.amount) FILTER (WHERE t.kind = 'refund_sale'), 0),
       coalesce(sum(t.amount) FILTER (WHERE t.kind IN ('refund_service_fee', 'refund_delivery_fee')), 0),
       coalesce(sum(t.amount) FILTER (WHERE t.kind = 'refund_tax'), 0),
       coalesce(sum(t.amount) FILTER (WHERE t.kind <> 'commission_back'), 0),
       coalesce(sum(t.amount) FILTER (WHERE t.kind = 'commission_back'), 0)"""
# The kinds are written out: so an index of the rare ones answers.
_BOOKED = """
  FROM commerce_transfer AS t JOIN commerce_order AS o ON o.id = t.order_id
 WHERE t.kind IN ('refund_sale', 'refund_service_fee', 'refund_delivery_fee', 'refund_tax', 'commission_back')
   AND NOT o.is_test AND t.created_at >= %(begin)s AND t.created_at < %(end)s"""
_SUMMED = f"SELECT {{key}}, t.currency, count(DISTINCT t.group), {_PARTS} {_BOOKED} GROUP BY 1, 2 ORDER BY {{order}}"
BY_DAY = _SUMMED.format(key="(t.created_at AT TIME ZONE %(zone)s)::date", order="1, 2")
BY_BRAND = _SUMMED.format(key="o.brand_name", order="2, 7 DESC, 1")
EACH = f"""
SELECT min(t.created_at) AS at, o.order_number, coalesce(r.business_name, c.full_name), o.product_name,
       CASE WHEN o.status = 'reversed' THEN %(reversed)s ELSE %(refunded)s END, {_PARTS},
       max(t.reason), max(t.actor_label), t.currency
  {
    _BOOKED.replace(
        " WHERE",
        '''
  LEFT JOIN commerce_reseller AS r ON r.id = o.reseller_id LEFT JOIN commerce_customer AS c ON c.id = o.customer_id
 WHERE''',
    )
}
 GROUP BY t.group, o.id, r.id, c.id, t.currency ORDER BY 1, 2
"""  # nosec B608
# The wallets' side of the same: no order is looked at.
LEDGER = """
SELECT t.currency, sum(t.amount) FROM commerce_transfer AS t
 WHERE t.kind IN ('refund_sale', 'refund_service_fee', 'refund_delivery_fee', 'refund_tax')
   AND t.created_at >= %(begin)s AND t.created_at < %(end)s
   AND t.credit_account_id NOT IN (SELECT id FROM commerce_account WHERE is_test)
 GROUP BY 1
"""
# What the orders refunded in these days say they gave back, less what they did on other days.
OF_ORDERS = """
SELECT o.currency, sum(o.refunded_amount) - sum(coalesce(other.amount, 0))
  FROM commerce_order AS o
  LEFT JOIN LATERAL (
       SELECT sum(t.amount) AS amount FROM commerce_transfer AS t
        WHERE t.order_id = o.id AND t.kind = ANY(%(refunds)s)
          AND NOT (t.created_at >= %(begin)s AND t.created_at < %(end)s)) AS other ON true
 WHERE NOT o.is_test AND o.id IN (
       SELECT t.order_id FROM commerce_transfer AS t
        WHERE t.kind IN ('refund_sale', 'refund_service_fee', 'refund_delivery_fee', 'refund_tax')
          AND t.created_at >= %(begin)s AND t.created_at < %(end)s)
 GROUP BY 1
"""
PAYOUTS = """
SELECT t.created_at, p.gateway, coalesce(r.business_name, c.full_name), o.order_number, t.kind, t.external_reference,
       CASE WHEN t.kind = 'payout' THEN t.amount ELSE -t.amount END, t.currency
  FROM commerce_transfer AS t JOIN commerce_payment AS p ON p.id = t.payment_id
  LEFT JOIN commerce_order AS o ON o.id = p.order_id
  LEFT JOIN commerce_reseller AS r ON r.id = p.reseller_id LEFT JOIN commerce_customer AS c ON c.id = p.customer_id
 WHERE t.kind IN ('payout', 'payout_back') AND t.created_at >= %(begin)s AND t.created_at < %(end)s
   AND t.credit_account_id NOT IN (SELECT id FROM commerce_account WHERE is_test)
   AND t.debit_account_id NOT IN (SELECT id FROM commerce_account WHERE is_test)
 ORDER BY 1, t.id
"""


@register
class Refunds(Pack):
    key = "refunds"
    title = gettext_lazy("Refunds")
    description = gettext_lazy("What went back to buyers, each refund with its reason.")
    icon = "undo"
    group = gettext_lazy("Accounting")
    permission = "commerce.view_transfer"

    def sections(self, asked: Asked) -> list[Section]:
        params = window(asked)
        days = read(BY_DAY, params)
        refunded = [(row[1], row[6]) for row in days]
        return [
            Section(
                title=_("Refunds by day"),
                columns=(Column(_("Day"), Kind.DATE), *_columns()),
                rows=[_row(row) for row in days],
                chart=_chart(days),
                proofs=_proofs(refunded, params),
                figures=[
                    (_("Refunds"), sum(row[2] for row in days)),
                    *figures(_("Refunded"), refunded),
                    *figures(_("Commission taken back"), ((row[1], row[7]) for row in days)),
                ],
                note=_("By the day money went back to the wallet; reversals by providers are among them."),
            ),
            Section(
                title=_("Refunds by brand"),
                columns=(Column(_("Brand")), *_columns()),
                rows=[_row(row) for row in read(BY_BRAND, params)],
            ),
            _each(params),
            _payouts(params),
        ]


def _columns() -> tuple[Column, ...]:
    return (Column(_("Refunds"), Kind.NUMBER, totalled=True), *_money_columns())


def _money_columns() -> tuple[Column, ...]:
    titles = (_("Price"), _("Fees"), _("Tax"), _("Refunded"), _("Commission taken back"))
    return tuple(Column(title, Kind.MONEY, totalled=True) for title in titles)


def _row(row: Any) -> Row:
    key, currency, number, *amounts = row
    return (key, number, *(Money(amount, currency) for amount in amounts))


def _proofs(refunded: list[tuple[str, Any]], params: dict[str, Any]) -> list[Proof]:
    ledger = read(LEDGER, params)
    orders = read(OF_ORDERS, {**params, "refunds": list(REFUNDS)})
    return [
        proof(_("Refunded ties to the ledger"), refunded, ledger),
        proof(_("The orders say the same"), orders, ledger),
    ]


def _each(params: dict[str, Any]) -> Section:
    words = {"reversed": _("Reversal"), "refunded": _("Refund")}
    titles = (_("Order"), _("Buyer"), _("Product"), _("Type"))
    return Section(
        title=_("Each refund"),
        columns=(
            Column(_("When"), Kind.DATETIME),
            *(Column(title) for title in titles),
            *_money_columns(),
            *(Column(title) for title in (_("Reason"), _("By"))),
        ),
        rows=(
            (*cells[:5], *(Money(amount, currency) for amount in cells[5:10]), *cells[10:])
            for *cells, currency in stream(EACH, {**params, **words})
        ),
    )


def _payouts(params: dict[str, Any]) -> Section:
    words = {"payout": _("Paid out"), "payout_back": _("Came back")}
    titles = (_("Gateway"), _("Buyer"), _("Order"), _("What"), _("Reference"))
    return Section(
        title=_("Paid out through gateways"),
        columns=(
            Column(_("When"), Kind.DATETIME),
            *(Column(title) for title in titles),
            Column(_("Amount"), Kind.MONEY, totalled=True),
        ),
        rows=(
            (at, gateway, buyer, order, words[kind], reference, Money(amount, currency))
            for at, gateway, buyer, order, kind, reference, amount, currency in stream(PAYOUTS, params)
        ),
        note=_("Money that left the wallet for where it came from."),
    )


def _chart(days: list[Any]) -> Chart | None:
    currency = largest_currency((row[1], row[6]) for row in days)
    of_it = [row for row in days if row[1] == currency]
    return days_chart(
        _("Refunded, %(currency)s") % {"currency": currency},
        [date_format(row[0], "j M") for row in of_it],
        {_("Refunded"): [row[6] for row in of_it]},
        unit=currency,
    )
