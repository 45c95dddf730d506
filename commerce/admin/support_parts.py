"""What lists and pages say of a ticket: badges, the clock, and tickets of a party as a table."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.models import SupportTicket
from core.admin.event_steps import events_of
from core.backoffice.badges import Cell, status_badge
from core.backoffice.parts import Column, Step, Table
from core.directions import from_to

SHOWN = 10
_S, _P = SupportTicket.Status, SupportTicket.Priority
STATUS_TONES: dict[str, str] = {
    _S.OPEN: "warning",
    _S.IN_PROGRESS: "info",
    _S.RESOLVED: "success",
    _S.CLOSED: "neutral",
}
PRIORITY_TONES: dict[str, str] = {
    _P.LOW: "neutral",
    _P.MEDIUM: "info",
    _P.HIGH: "warning",
    _P.URGENT: "danger",
}
EVENTS: dict[str, tuple[Any, str]] = {
    "ticket.opened": (gettext_lazy("Opened"), "info"),
    "ticket.replied": (gettext_lazy("Answered"), "neutral"),
    "ticket.mailed": (gettext_lazy("Sent to them by e-mail"), "neutral"),
    "ticket.noted": (gettext_lazy("Note added"), "neutral"),
    "ticket.assigned": (gettext_lazy("Assigned"), "neutral"),
    "ticket.priority_changed": (gettext_lazy("Priority changed"), "warning"),
    "ticket.started": (gettext_lazy("In progress"), "info"),
    "ticket.resolved": (gettext_lazy("Resolved"), "success"),
    "ticket.closed": (gettext_lazy("Closed"), "neutral"),
    "ticket.reopened": (gettext_lazy("Opened again"), "warning"),
    "ticket.changed": (gettext_lazy("Words changed"), "neutral"),
}


def ticket_badge(ticket: SupportTicket) -> Cell:
    return status_badge(ticket.Status(ticket.status).label, STATUS_TONES[ticket.status])


def priority_badge(ticket: SupportTicket) -> Cell:
    return status_badge(ticket.Priority(ticket.priority).label, PRIORITY_TONES[ticket.priority])


def clock_badge(ticket: SupportTicket, now: datetime | None = None) -> Cell:
    """What is due next and when; whose turn it is where nothing is."""
    now = now or timezone.now()
    if not ticket.is_worked_on:
        return Cell.saying("", format_html('<span class="tl-muted">–</span>'))
    if ticket.due_at is None:
        return status_badge(_("Their turn"), "neutral")
    what = _("Answer") if ticket.first_answered_at is None else _("Resolution")
    if ticket.due_at <= now:
        late = timesince(ticket.due_at, now, depth=1)
        return status_badge(_("%(what)s overdue by %(time)s") % {"what": what, "time": late}, "danger")
    left = timeuntil(ticket.due_at, now, depth=1)
    soon = (ticket.due_at - now) < (ticket.due_at - ticket.clock_from) / 4
    words = _("%(what)s due in %(time)s") % {"what": what, "time": left}
    return status_badge(words, "warning" if soon else "success")


def moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else ""


def steps_of(ticket: SupportTicket) -> list[Step]:
    """What happened to it, newest first."""
    steps = []
    for event in events_of(ticket):
        title, tone = EVENTS.get(event.kind, (event.kind, "neutral"))
        data = event.data
        told = [
            data.get("to", ""),
            _priorities(data) if "priority" in event.kind else "",
            data.get("reason", ""),
        ]
        steps.append(Step(title, event.created_at, " · ".join(filter(None, told)), event.who, tone))
    return steps


def tickets_of(
    request: HttpRequest, tickets: QuerySet[SupportTicket], *, found: str = "", **about: Any
) -> dict[str, Any]:
    """For the page of a party or an order: its latest tickets and the way to open one, for those who may.

    Args:
        found: the list's query that finds them all, where it is no filter by `about`.
        about: what a new ticket is about, such as `reseller=12`.
    """
    if not request.user.has_perm("commerce.view_supportticket"):
        return {}
    rows = tickets.select_related("assigned_to").order_by("-last_activity_at", "-id")[:SHOWN]
    [(name, value)] = about.items()
    may_open = request.user.has_perm("commerce.add_supportticket")
    add = reverse("admin:commerce_supportticket_add")
    every = reverse("admin:commerce_supportticket_changelist")
    return {
        "tickets": _table(rows),
        "open_ticket_url": f"{add}?{name}={value}" if may_open else "",
        "tickets_url": f"{every}?{found or f'{name}__id__exact={value}'}",
    }


def _table(rows: Any) -> Table:
    table = Table(
        _("Ticket"),
        _("Status"),
        Column(_("Priority"), wide=True),
        Column(_("Assigned to"), wide=True),
        Column(_("Last activity"), wide=True),
        empty=_("No tickets. Open one for somebody who called."),
    )
    for ticket in rows:
        name = format_html("<bdi>{}</bdi><small><bdi>{}</bdi></small>", ticket.ticket_number, ticket.subject)
        link = reverse("admin:commerce_supportticket_change", args=[ticket.pk])
        table.add(
            name,
            ticket_badge(ticket),
            priority_badge(ticket),
            ticket.assigned_to or "–",
            moment(ticket.last_activity_at),
            link=link,
        )
    return table


def _priorities(data: dict[str, Any]) -> str:
    labels = dict(_P.choices)
    return from_to(*(str(labels.get(data.get(name, ""), "")) for name in ("before", "after")))
