"""How many people and parties there are, and how many SIMs they ordered (brief 4's cards)."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.services.metrics import metrics
from analytics.widgets.base import PERMISSION
from core.backoffice.dashboard import IndexWidget, index_widgets
from core.backoffice.parts import Fact


@index_widgets.register("people")
class PeopleWidget(IndexWidget):
    title = gettext_lazy("The company")
    permission = PERMISSION
    position = 35
    zone = "side"
    template = "tiles/facts.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        found = metrics()
        new = _("%(count)s new this month") % {"count": f"{found.people.new:,}"}
        active = _("%(count)s active") % {"count": f"{found.parties.active_resellers:,}"}
        today = _("%(count)s today") % {"count": f"{found.sims_today:,}"}
        return {
            "facts": [
                Fact(_("Customers"), f"{found.people.total:,}", new, link=_list(request, "customer")),
                Fact(_("Resellers"), f"{found.parties.resellers:,}", active, link=_list(request, "reseller")),
                Fact(_("Clients of resellers"), f"{found.parties.clients:,}", link=_list(request, "client")),
                Fact(
                    _("SIM orders this month"),
                    f"{found.sims_month:,}",
                    today,
                    link=_list(request, "delivery"),
                ),
            ]
        }


def _list(request: HttpRequest, model: str) -> str:
    may = request.user.has_perm(f"commerce.view_{model}")
    return reverse(f"admin:commerce_{model}_changelist") if may else ""
