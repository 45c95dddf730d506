"""The margin waterfall: what is left of the price, step by step."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs import placed
from analytics.packs.base import Asked, Chart, Column, Kind, Money, Pack, Row, Section, Series, register
from analytics.packs.placed import By, Posted, Sums
from analytics.packs.reading import figures, largest_currency
from analytics.packs.sales import SALES, SourceForm

BY_DAY = By("(o.created_at AT TIME ZONE %(zone)s)::date", ("s.key",), order="s.key, s.currency")
STEPS = {
    "revenue": gettext_lazy("Price"),
    "-revenue_back": gettext_lazy("Refunds of the price"),
    "-cost": gettext_lazy("Cost"),
    "-commission": gettext_lazy("Commissions"),
    "margin": gettext_lazy("Margin"),
    "fees": gettext_lazy("Service and delivery fees"),
    "-fees_back": gettext_lazy("Refunds of fees"),
    "margin_with_fees": gettext_lazy("Margin with fees"),
}
# What is left so far, among what is taken off and added.
LEFT = ("revenue", "margin", "margin_with_fees")


@register
class MarginWaterfall(Pack):
    key = "margin_waterfall"
    title = gettext_lazy("Margin waterfall")
    description = gettext_lazy("From the price to the margin: refunds, cost, commissions and fees.")
    icon = "waterfall_chart"
    group = SALES
    form = SourceForm
    needs_cost = True

    def sections(self, asked: Asked) -> list[Section]:
        days, posted = placed.sums(asked, BY_DAY), Posted(asked)
        steps = _steps(days)
        return [
            Section(
                title=_("From price to margin"),
                columns=(
                    Column(_("Step")),
                    Column(_("Amount"), Kind.MONEY),
                    Column(_("Of the price, %"), Kind.NUMBER),
                ),
                rows=[row for currency in sorted(steps) for row in _rows(currency, steps[currency])],
                chart=_chart(days, steps),
                proofs=[*placed.margin_proofs(days, posted), placed.fees_proof(days, posted)],
                figures=figures(_("Margin with fees"), ((day.currency, day.margin_with_fees) for day in days)),
                note=_(
                    "Of the orders placed in these days, with what was given back since. Tax is passed on and in"
                    " none of the steps."
                ),
            ),
            Section(
                title=_("Day by day"),
                columns=(
                    Column(_("Day"), Kind.DATE),
                    *(
                        Column(title, Kind.MONEY, totalled=True)
                        for title in (
                            _("Price"), _("Refunds of the price"), _("Cost"), _("Commissions"), _("Margin"),
                            _("Fees kept"), _("Margin with fees"),
                        )
                    ),
                ),
                rows=[_of_a_day(day) for day in days],
            ),
        ]  # fmt: skip


def _steps(days: Iterable[Sums]) -> dict[str, dict[str, Decimal]]:
    """A sum a step, by currency; what is taken off is below zero."""
    found: dict[str, dict[str, Decimal]] = {}
    for day in days:
        steps = found.setdefault(day.currency, dict.fromkeys(STEPS, Decimal(0)))
        for step in STEPS:
            value = getattr(day, step.lstrip("-"))
            steps[step] += -value if step.startswith("-") else value
    return found


def _rows(currency: str, steps: dict[str, Decimal]) -> Iterable[Row]:
    price = steps["revenue"]
    for step, title in STEPS.items():
        share = (steps[step] * 100 / price).quantize(Decimal("0.1")) if price else None
        yield str(title), Money(steps[step], currency), share


def _chart(days: list[Sums], steps: dict[str, dict[str, Decimal]]) -> Chart | None:
    currency = largest_currency((day.currency, day.revenue) for day in days)
    if not currency:
        return None
    amounts = [steps[currency][step] for step in STEPS]
    title = _("From price to margin, %(currency)s") % {"currency": currency}
    left = [number for number, step in enumerate(STEPS) if step in LEFT]
    names = [str(name) for name in STEPS.values()]
    return Chart(title, names, [Series(title, amounts)], "waterfall", currency, left)


def _of_a_day(day: Sums) -> Row:
    fields = (
        "revenue",
        "revenue_back",
        "cost",
        "commission",
        "margin",
        "net_fees",
        "margin_with_fees",
    )
    return (day.labels[0], *day.money(*fields))
