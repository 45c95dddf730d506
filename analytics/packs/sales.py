"""What the reports of sales share: the same figures, whatever orders are told apart by."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs import placed
from analytics.packs.base import Asked, Chart, Column, Kind, Pack, PackForm, Row, Section, Value
from analytics.packs.placed import By, Posted, Sums
from analytics.packs.reading import figures, top_chart
from commerce.models import Order

SALES = gettext_lazy("Sales")


class SourceForm(PackForm):
    """Whose orders."""

    source = forms.ChoiceField(
        label=gettext_lazy("Orders of"),
        required=False,
        choices=[("", gettext_lazy("Everybody")), *Order.Source.choices],
    )


class SalesBy(Pack):
    """Sales, and margin for those who may see it, a row for each of what orders are told apart by.

    Attributes:
        titles: of the columns that tell rows apart, as many as `by` has names.
        nobody: what stands where there is no name.
    """

    group = SALES
    form = SourceForm
    by: ClassVar[By]
    titles: ClassVar[tuple[Any, ...]]
    kinds: ClassVar[Kind] = Kind.TEXT
    nobody: ClassVar[Any] = "–"

    def sections(self, asked: Asked) -> list[Section]:
        found, posted = placed.sums(asked, self.by), Posted(asked)
        sections = [self._sales(found, posted)]
        if asked.sees_cost:
            sections.append(self._margins(found, posted))
        return sections

    def chart(self, found: list[Sums]) -> Chart | None:
        return top_chart(
            _("Captured, %(currency)s"),
            found,
            lambda sums: " · ".join(map(str, self.label(sums))),
            lambda sums: sums.money("captured")[0],
        )

    def label(self, sums: Sums) -> tuple[Value, ...]:
        return tuple(str(self.nobody) if name is None else name for name in sums.labels)

    def columns(self, *money: str) -> tuple[Column, ...]:
        return (
            *(Column(str(title), self.kinds) for title in self.titles),
            *(Column(title, Kind.MONEY, totalled=True) for title in money),
        )

    def _sales(self, found: list[Sums], posted: Posted) -> Section:
        names = self.columns()
        counts = [Column(title, Kind.NUMBER, totalled=True) for title in (_("Orders"), _("Paid"))]
        money = self.columns(_("Revenue"), _("Fees"), _("Tax"), _("Captured"), _("Refunded"), _("Net"))[
            len(names) :
        ]
        return Section(
            title=str(self.title),
            columns=(*names, *counts, *money),
            rows=[self._sold(sums) for sums in found],
            chart=self.chart(found),
            proofs=placed.sales_proofs(found, posted),
            figures=[
                (_("Orders"), sum(sums.orders for sums in found)),
                *figures(_("Revenue"), ((sums.currency, sums.revenue) for sums in found)),
                *figures(_("Refunded"), ((sums.currency, sums.refunded) for sums in found)),
            ],
            note=_(
                "Orders by the day they were placed; a later refund counts on the day of its order."
                " Revenue is the captured price, net of tax."
            ),
        )

    def _sold(self, sums: Sums) -> Row:
        money = sums.money("revenue", "fees", "tax", "captured", "refunded", "net")
        return (*self.label(sums), sums.orders, sums.paid, *money)

    def _margins(self, found: list[Sums], posted: Posted) -> Section:
        return Section(
            title=_("Margin"),
            columns=self.columns(
                _("Revenue"), _("Refunds of the price"), _("Cost"), _("Commission"), _("Margin")
            ),
            rows=[
                (
                    *self.label(sums),
                    *sums.money("revenue", "revenue_back", "cost", "commission", "margin"),
                )
                for sums in found
            ],
            proofs=placed.margin_proofs(found, posted),
            figures=figures(_("Margin"), ((sums.currency, sums.margin) for sums in found)),
            note=_(
                "Margin is revenue less refunds of the price, cost and commission; fees and tax are not in it."
            ),
        )
