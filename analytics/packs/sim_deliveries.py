"""SIM deliveries: how many parcels are where, how long each step took, and what delivery brought."""

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
    Section,
    Series,
    register,
)
from analytics.packs.reading import figures, proof, read, stream, window
from commerce.models import Delivery

_MADE = "NOT o.is_test AND d.created_at >= %(begin)s AND d.created_at < %(end)s"
_HOURS = "percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM {later} - {earlier}) / 3600)"
_STEPS = ", ".join(
    _HOURS.format(later=later, earlier=earlier)
    for earlier, later in (
        ("d.created_at", "d.dispatched_at"), ("d.dispatched_at", "d.delivered_at"),
        ("d.delivered_at", "d.activated_at"),
    )
)  # fmt: skip
_FROM = f"FROM commerce_delivery AS d JOIN commerce_order AS o ON o.id = d.order_id WHERE {_MADE}"
BY_STATUS = f"SELECT d.status, count(*) {_FROM} GROUP BY 1"  # nosec B608
BY_COURIER = f"""
SELECT d.courier, count(*), count(*) FILTER (WHERE d.status IN ('delivered', 'activated')),
       count(*) FILTER (WHERE d.status = 'cancelled'), {_STEPS}
  {_FROM} GROUP BY 1 ORDER BY 2 DESC, 1
"""
BY_CITY = f"""
SELECT d.city, count(*), count(*) FILTER (WHERE d.status IN ('delivered', 'activated')),
       count(*) FILTER (WHERE d.status = 'cancelled'), {_STEPS}
  {_FROM} GROUP BY 1 ORDER BY 2 DESC, 1
"""
FEES = f"""
SELECT o.currency, count(*), sum(o.price), sum(o.delivery_fee) {_FROM} AND o.captured_amount > 0 GROUP BY 1 ORDER BY 1
"""  # nosec B608
LEDGER = f"""
SELECT t.currency, sum(t.amount) FILTER (WHERE t.kind = 'delivery_fee'), sum(t.amount) FILTER (WHERE t.kind = 'sale')
  FROM commerce_delivery AS d JOIN commerce_order AS o ON o.id = d.order_id
  JOIN commerce_transfer AS t ON t.order_id = o.id AND t.kind IN ('delivery_fee', 'sale')
 WHERE {_MADE} GROUP BY 1
"""  # noqa: S608  # nosec B608
EACH = f"""
SELECT d.created_at, o.order_number, o.product_name, d.city, d.courier, d.delivery_tracking_number, d.status,
       d.dispatched_at, d.delivered_at, d.activated_at
  {_FROM} ORDER BY d.created_at, d.id
"""


class DeliveriesForm(PackForm):
    details = forms.BooleanField(label=gettext_lazy("List every delivery"), required=False, initial=True)


@register
class SimDeliveries(Pack):
    key = "sim_deliveries"
    title = gettext_lazy("SIM deliveries")
    description = gettext_lazy("How many parcels are where, and how long each step took.")
    icon = "sim_card"
    group = gettext_lazy("Operations")
    permission = "commerce.view_delivery"
    form = DeliveriesForm

    def sections(self, asked: Asked) -> list[Section]:
        params = window(asked)
        found = [
            _by_status(params),
            _fees(params),
            _by(_("By courier"), _("Courier"), BY_COURIER, params),
            _by(_("By city"), _("City"), BY_CITY, params),
        ]
        if asked.values.get("details", True):
            found.append(_each(params))
        return found


def _by_status(params: dict[str, Any]) -> Section:
    numbers = dict(read(BY_STATUS, params))
    found = [(str(status.label), numbers[status]) for status in Delivery.Status if status in numbers]
    title = _("Deliveries by status")
    labels, counts = [name for name, _number in found], [number for _name, number in found]
    return Section(
        title=title,
        columns=(Column(_("Status")), Column(_("Deliveries"), Kind.NUMBER, totalled=True)),
        rows=found,
        chart=Chart(title, labels, [Series(_("Deliveries"), counts)]) if found else None,
        figures=[(_("Deliveries"), sum(counts))],
        note=_("Deliveries ordered in these days, as they stand now."),
    )


def _fees(params: dict[str, Any]) -> Section:
    found, ledger = read(FEES, params), read(LEDGER, params)
    fees = [(row[0], row[3]) for row in found]
    titles = (_("Price"), _("Delivery fees"))
    return Section(
        title=_("What they brought"),
        columns=(
            Column(_("Paid orders"), Kind.NUMBER, totalled=True),
            *(Column(title, Kind.MONEY, totalled=True) for title in titles),
        ),
        rows=[
            (number, Money(price, currency), Money(fee, currency)) for currency, number, price, fee in found
        ],
        proofs=[
            proof(_("Delivery fees tie to the ledger"), fees, ((row[0], row[1]) for row in ledger)),
            proof(
                _("Price ties to the ledger"),
                ((row[0], row[2]) for row in found),
                ((row[0], row[2]) for row in ledger),
            ),
        ],
        figures=figures(_("Delivery fees"), fees),
        note=_("Before refunds."),
    )


def _by(title: str, name: str, sql: str, params: dict[str, Any]) -> Section:
    numbers = (_("Deliveries"), _("Delivered"), _("Cancelled"))
    hours = (_("Hours to dispatch"), _("Hours on the way"), _("Hours to activation"))
    return Section(
        title=title,
        columns=(
            Column(name),
            *(Column(title, Kind.NUMBER, totalled=True) for title in numbers),
            *(Column(title, Kind.NUMBER) for title in hours),
        ),
        rows=[
            (key or "–", *counts[:3], *(_rounded(value) for value in counts[3:]))
            for key, *counts in read(sql, params)
        ],
        note=_("Hours are medians."),
    )


def _each(params: dict[str, Any]) -> Section:
    texts = (
        _("Order"), _("Product"), _("City"), _("Courier"), _("Tracking number"), _("Status"),
    )  # fmt: skip
    moments = (_("Dispatched"), _("Delivered"), _("Activated"))
    names = {status.value: str(status.label) for status in Delivery.Status}
    return Section(
        title=_("Each delivery"),
        columns=(
            Column(_("Ordered"), Kind.DATETIME),
            *(Column(title) for title in texts),
            *(Column(title, Kind.DATETIME) for title in moments),
        ),
        rows=((*row[:6], names.get(row[6], row[6]), *row[7:]) for row in stream(EACH, params)),
    )


def _rounded(hours: float | None) -> Decimal | None:
    return None if hours is None else Decimal(hours).quantize(Decimal("0.1"))
