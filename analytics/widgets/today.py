"""The first page's part that is now: today so far, what needs attention, the latest orders."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.services.dashboard import kept
from analytics.services.figures import Sums
from analytics.services.metrics import metrics
from analytics.services.period import last_days, this_month
from analytics.services.today import today
from analytics.widgets.base import PERMISSION, base_money, orders_url
from core.backoffice.dashboard import IndexWidget, index_widgets
from core.backoffice.parts import Fact

LATEST = 8


@index_widgets.register("today")
class TodayWidget(IndexWidget):
    """The day so far, each figure beside yesterday's at the same hour, and the month's failures."""

    title = gettext_lazy("Today")
    permission = PERMISSION
    position = 10
    zone = "side"
    template = "tiles/facts.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        now, before = kept("index-today", today)
        month = metrics().month
        facts = [
            Fact(_("Orders"), f"{now.orders:,}", _change(now.orders, before.orders), link=_since_today()),
            Fact(_("Revenue"), base_money(now.revenue), _change(now.revenue, before.revenue)),
        ]
        if request.user.has_perm("commerce.see_cost"):
            facts.append(Fact(_("Margin"), base_money(now.margin), _change(now.margin, before.margin)))
        facts.append(Fact(_("Failed today"), f"{now.failed:,}", _share(now)))
        link = orders_url(this_month(), status__exact="failed")
        facts.append(Fact(_("Failed this month"), f"{month.failed:,}", _share(month), link=link))
        return {"facts": facts, "note": _("so far, beside yesterday by now")}


def _since_today() -> str:
    return orders_url(last_days(1))


def _share(sums: Sums) -> str:
    return _("%(share).1f %% of orders") % {"share": sums.failed_share}


def _change(now: Decimal | int, before: Decimal | int) -> Any:
    if not before:
        return _("nothing yesterday by now")
    # Isolated: in a line from right to left a sign stays before its number.
    share = f"\N{LEFT-TO-RIGHT ISOLATE}{(now - before) / before * 100:+.0f} %\N{POP DIRECTIONAL ISOLATE}"
    return _("%(change)s on yesterday") % {"change": share}
