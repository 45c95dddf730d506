"""What is still unsettled of a month that is about to be closed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _

from commerce.closing_settings import ClosingPage
from commerce.models import Hold, Order, ReconciliationBreak
from core.models import Approval
from core.site_settings import load

MONEY_APPROVALS = ("wallet.", "order.", "payment.", "break.", "statement.")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist: how many there are, since when, and whether they stop the closing."""

    key: str
    title: str
    count: int
    since: Any
    blocks: bool
    note: str
    link: str


def of(begins: datetime, ends: datetime) -> list[Item]:
    """Everything until the end of the month: what is open of an earlier one is still open in this."""
    stop = load(ClosingPage).blocking

    def item(key: str, title: str, found: tuple[int, Any], note: str, link: str) -> Item:
        return Item(key, title, *found, key in stop, note, link)

    return [
        item(
            "unknown",
            _("Unknown outcomes"),
            _counted(Order.objects.filter(status=Order.Status.UNKNOWN, is_test=False, created_at__lt=ends)),
            _("Their money is held; they are booked in the month in which they are decided."),
            reverse("admin:commerce_unknownorder_changelist"),
        ),
        item(
            "breaks",
            _("Open breaks of reconciliation"),
            _counted(ReconciliationBreak.objects.filter(status="open", day__lt=ends.date()), "day"),
            _("A difference that is booked later corrects this month in a later one."),
            f"{reverse('admin:commerce_reconciliationbreak_changelist')}?status__exact=open",
        ),
        item(
            "approvals",
            _("Money that waits for a second person"),
            _approvals(ends),
            _("What is approved later is booked later."),
            f"{reverse('admin:core_approval_changelist')}?status__exact=pending",
        ),
        item(
            "holds",
            _("Holds that are not settled"),
            _counted(
                Hold.objects.filter(status=Hold.Status.OPEN, account__is_test=False, created_at__lt=ends)
            ),
            _("Orders in flight: captured or released in the month in which they end."),
            f"{reverse('admin:commerce_hold_changelist')}?status__exact=open",
        ),
    ]


def _counted(rows: Any, moment: str = "created_at") -> tuple[int, Any]:
    found = rows.order_by().aggregate(count=Count("pk"), since=Min(moment))
    return found["count"], found["since"]


def _approvals(ends: datetime) -> tuple[int, Any]:
    waiting = Approval.objects.filter(status="pending", requested_at__lt=ends)
    kinds = list(waiting.order_by().values_list("kind", flat=True).distinct())
    return _counted(
        waiting.filter(kind__in=[kind for kind in kinds if kind.startswith(MONEY_APPROVALS)]), "requested_at"
    )
