"""What waits for a person, most urgent first; each line leads there."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.services.dashboard import kept
from analytics.services.today import MOST_COUNTED, Attention, attention
from core.backoffice.dashboard import IndexWidget, index_widgets
from core.money import format_money

# Words, tone, link and permission of each thing that waits.
type Waiting = tuple[str, str, str, str]


@index_widgets.register("attention")
class AttentionWidget(IndexWidget):
    title = gettext_lazy("Needs attention")
    permission = "analytics.view_dashboard"
    position = 20
    zone = "side"
    template = "tiles/attention.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        found = kept("index-attention", attention)
        waiting = [*_orders(found), *_changes(found), *_others(found)]
        return {"lines": [line[:3] for line in waiting if request.user.has_perm(line[3])]}


def _orders(found: Attention) -> Iterator[Waiting]:
    if found.stuck:
        words = ngettext(
            "%(count)s order waits for more than ten minutes",
            "%(count)s orders wait for more than ten minutes",
            found.stuck,
        )
        link = _list("order", status__exact="processing")
        yield words % {"count": _count(found.stuck)}, "danger", link, "commerce.view_order"
    for risk in found.at_risk:
        words = ngettext(
            "%(orders)s order of unknown outcome, %(money)s at risk",
            "%(orders)s orders of unknown outcome, %(money)s at risk",
            risk.orders,
        ) % {"orders": f"{risk.orders:,}", "money": format_money(risk.amount, risk.currency)}
        yield words, "warning", _list("unknownorder"), "commerce.view_order"
    if found.by_hand:
        words = ngettext(
            "%(count)s order waits to be delivered by hand",
            "%(count)s orders wait to be delivered by hand",
            found.by_hand,
        )
        yield words % {"count": _count(found.by_hand)}, "info", _list("manualorder"), "commerce.view_order"


def _changes(found: Attention) -> Iterator[Waiting]:
    if found.approvals:
        words = ngettext(
            "%(count)s change waits for a second person",
            "%(count)s changes wait for a second person",
            found.approvals,
        )
        link = f"{reverse('admin:core_approval_changelist')}?status__exact=pending"
        yield words % {"count": _count(found.approvals)}, "warning", link, "core.decide_approval"


def _others(found: Attention) -> Iterator[Waiting]:
    for low in found.low_floats:
        money = format_money(low.balance, low.currency)
        words = _("Our float at %(provider)s is down to %(money)s") % {"provider": low.name, "money": money}
        link = reverse("admin:commerce_provider_change", args=[low.provider_id])
        # A float is what we paid for in advance: for those who see costs.
        yield words, "warning", link, "commerce.see_cost"
    if found.late_payments:
        words = ngettext(
            "%(count)s payment came after its order had ended",
            "%(count)s payments came after their orders had ended",
            found.late_payments,
        )
        link = _list("payment", needs_decision__exact="1")
        yield words % {"count": _count(found.late_payments)}, "warning", link, "commerce.view_payment"
    if found.overdue_tickets:
        words = ngettext(
            "%(count)s ticket is overdue", "%(count)s tickets are overdue", found.overdue_tickets
        )
        link = _list("supportticket", clock="overdue")
        yield words % {"count": _count(found.overdue_tickets)}, "danger", link, "commerce.view_supportticket"
    if found.nobodys_tickets:
        words = ngettext(
            "%(count)s open ticket is nobody's", "%(count)s open tickets are nobody's", found.nobodys_tickets
        )
        link = _list("supportticket", status__exact="open", assignee="nobody")
        yield words % {"count": _count(found.nobodys_tickets)}, "warning", link, "commerce.view_supportticket"
    if found.failed_tasks:
        words = ngettext(
            "%(count)s task in the background failed",
            "%(count)s tasks in the background failed",
            found.failed_tasks,
        )
        link = reverse("admin:core_failedtask_changelist")
        yield words % {"count": _count(found.failed_tasks)}, "danger", link, "core.view_failedtask"
    if found.pending_resellers:
        words = ngettext(
            "%(count)s reseller waits to be activated",
            "%(count)s resellers wait to be activated",
            found.pending_resellers,
        )
        link = _list("reseller", status__exact="pending")
        yield words % {"count": _count(found.pending_resellers)}, "info", link, "commerce.view_reseller"


def _count(number: int) -> str:
    return f"{number:,}+" if number >= MOST_COUNTED else f"{number:,}"


def _list(model: str, **filters: str) -> str:
    link = reverse(f"admin:commerce_{model}_changelist")
    return f"{link}?{urlencode(filters)}" if filters else link
