"""Sales by provider: who delivered what was sold, and how well each answered."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs.base import Asked, Column, Kind, Section, register
from analytics.packs.placed import By, params
from analytics.packs.reading import read
from analytics.packs.sales import SalesBy

# Who delivered an order, though it may have been undone since: never two.
DELIVERED_BY = """
  LEFT JOIN commerce_attempt AS a ON a.order_id = o.id AND a.status IN ('delivered', 'reversed')"""
# Orders of test mode are few, and an index names them: asking each call for its order would take most of the time.
ALL, SOME = (
    "NOT EXISTS (SELECT FROM commerce_order AS o WHERE o.id = a.order_id AND o.is_test)",
    "EXISTS (SELECT FROM commerce_order AS o WHERE o.id = a.order_id AND NOT o.is_test AND o.source = %(source)s)",
)
ANSWERS = """
SELECT p.name, s.* FROM (
       SELECT a.provider_id, count(*) AS calls, count(*) FILTER (WHERE a.status IN ('delivered', 'reversed')),
              count(*) FILTER (WHERE a.status = 'failed'),
              count(*) FILTER (WHERE a.status IN ('unknown', 'pending')),
              count(*) FILTER (WHERE a.status = 'reversed'),
              percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM a.finished_at - a.started_at))
         FROM commerce_attempt AS a
        WHERE a.started_at >= %(begin)s AND a.started_at < %(end)s AND {only}
        GROUP BY 1) AS s JOIN commerce_provider AS p ON p.id = s.provider_id
 ORDER BY s.calls DESC, 1
"""


@register
class SalesByProvider(SalesBy):
    key = "sales_by_provider"
    title = gettext_lazy("Sales by provider")
    description = gettext_lazy("What each provider delivered of what was sold, and how often it failed.")
    icon = "hub"
    permission = "commerce.view_attempt"
    titles = (gettext_lazy("Provider"),)
    nobody = gettext_lazy("No provider")
    by = By(
        "a.provider_id",
        ("p.name",),
        join=DELIVERED_BY,
        named_by="LEFT JOIN commerce_provider AS p ON p.id = s.key",
    )

    def sections(self, asked: Asked) -> list[Section]:
        return [*super().sections(asked), self._answers(asked)]

    def _answers(self, asked: Asked) -> Section:
        wanted = params(asked)
        found = read(ANSWERS.format(only=SOME if wanted["source"] else ALL), wanted)
        numbers = (_("Calls"), _("Delivered"), _("Failed"), _("Open"), _("Undone later"))
        return Section(
            title=_("Answers of the providers"),
            columns=(
                Column(_("Provider")),
                *(Column(title, Kind.NUMBER, totalled=True) for title in numbers),
                Column(_("Delivered, %"), Kind.NUMBER),
                Column(_("Median seconds"), Kind.NUMBER),
            ),
            rows=[
                (name, calls, delivered, *others, share(delivered, calls), _rounded(seconds))
                for name, _id, calls, delivered, *others, seconds in found
            ],
            note=_("Calls that began in these days. A call is made for one order at one provider."),
        )


def share(part: int, whole: int) -> Decimal:
    """In per cent, to a tenth."""
    return (Decimal(part * 100) / whole).quantize(Decimal("0.1")) if whole else Decimal(0)


def _rounded(seconds: float | None) -> Decimal | None:
    return None if seconds is None else Decimal(seconds).quantize(Decimal("0.1"))
