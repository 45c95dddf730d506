"""Sales by day: what was ordered, paid and given back, each day of the period."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs.base import Chart, Kind, register
from analytics.packs.placed import By, Sums
from analytics.packs.reading import days_chart, largest_currency
from analytics.packs.sales import SalesBy


@register
class SalesByDay(SalesBy):
    key = "sales_by_day"
    title = gettext_lazy("Sales by day")
    description = gettext_lazy("Orders, revenue, fees, tax and refunds of each day orders were placed on.")
    icon = "calendar_month"
    titles = (gettext_lazy("Day"),)
    kinds = Kind.DATE
    by = By("(o.created_at AT TIME ZONE %(zone)s)::date", ("s.key",), order="s.key, s.currency")

    def chart(self, found: list[Sums]) -> Chart | None:
        currency = largest_currency((sums.currency, sums.captured) for sums in found)
        days = [sums for sums in found if sums.currency == currency]
        return days_chart(
            _("Captured, %(currency)s") % {"currency": currency},
            [date_format(sums.labels[0], "j M") for sums in days],
            {_("Captured"): [sums.captured for sums in days]},
            unit=currency,
        )
