"""Commissions: what resellers were credited, and what was taken back, by the day it was booked."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs import booked
from analytics.packs.base import Asked, Column, Kind, Money, Pack, Section, register
from analytics.packs.reading import figures, proof, read, top_chart, window

# Credited is read from the orders, each as it was when it was placed; the ledger is asked by its account.
BY_RESELLER = """
SELECT coalesce(r.business_name, ''), s.* FROM (
       SELECT o.reseller_id, t.currency, count(*) FILTER (WHERE t.kind = 'commission'),
              coalesce(sum(o.price) FILTER (WHERE t.kind = 'commission'), 0),
              coalesce(sum(o.commission) FILTER (WHERE t.kind = 'commission'), 0) AS credited,
              coalesce(sum(t.amount) FILTER (WHERE t.kind = 'commission_back'), 0)
         FROM commerce_transfer AS t JOIN commerce_order AS o ON o.id = t.order_id
        WHERE t.kind IN ('commission', 'commission_back') AND NOT o.is_test
          AND t.created_at >= %(begin)s AND t.created_at < %(end)s
        GROUP BY 1, 2) AS s LEFT JOIN commerce_reseller AS r ON r.id = s.reseller_id
 ORDER BY s.currency, s.credited DESC, 1
"""


@register
class Commissions(Pack):
    key = "commissions"
    title = gettext_lazy("Commissions")
    description = gettext_lazy("What each reseller was credited for sales, and what refunds took back.")
    icon = "percent"
    group = gettext_lazy("Accounting")
    permission = "commerce.view_transfer"

    def sections(self, asked: Asked) -> list[Section]:
        found = [
            (
                name,
                orders,
                *(Money(amount, currency) for amount in (revenue, credited, back, credited - back)),
            )
            for name, _id, currency, orders, revenue, credited, back in read(BY_RESELLER, window(asked))
        ]
        account = booked.moved(asked, "commission")
        credited, back = ([(row[at].currency, row[at].amount) for row in found] for at in (3, 4))
        money = (_("Price"), _("Credited"), _("Reversed"), _("Net"))
        return [
            Section(
                title=_("Commissions by reseller"),
                columns=(
                    Column(_("Reseller")),
                    Column(_("Orders"), Kind.NUMBER, totalled=True),
                    *(Column(title, Kind.MONEY, totalled=True) for title in money),
                ),
                rows=found,
                chart=top_chart(
                    _("Credited, %(currency)s"), found, lambda row: str(row[0]), lambda row: row[3]
                ),
                proofs=[
                    proof(_("Credited ties to the ledger"), credited, booked.debits(account)),
                    proof(_("Taken back ties to the ledger"), back, booked.credits(account)),
                ],
                figures=[
                    *figures(_("Credited"), credited),
                    *figures(_("Reversed"), back),
                    *figures(_("Net"), _net(credited, back)),
                ],
                note=_("By the day it was booked: a commission when its order was delivered."),
            )
        ]


def _net(credited: list[tuple[str, Decimal]], back: list[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    return [*credited, *((currency, -amount) for currency, amount in back)]
