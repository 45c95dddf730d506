"""Finding tickets by number, by whom they are of, by order; filtering them by whose turn it is."""

import re
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter
from unfold.dataclasses import SearchResult

from commerce.models import Customer, Order, Reseller, SupportTicket
from commerce.models.support import SUBJECT_WORDS
from commerce.services.support import number_of
from core.backoffice.search import RESULTS_A_FINDER, Finder, finders
from core.models import User

# So many parties or orders are looked at for one term.
MOST = 200
SHORTEST = 2
MOST_PEOPLE = 100
MOST_WORDS = 8
_NUMBER = re.compile(r"(?:t-?)?0*(\d{1,12})\Z", re.I)


def find(tickets: QuerySet[SupportTicket], term: str) -> QuerySet[SupportTicket]:
    """By the number (with or without its prefix), words of the subject, an order number, or the beginning of a
    party's e-mail or phone.
    """
    text = term.strip().replace("\x00", "")[:100]
    if len(text) < SHORTEST and not text.isdigit():
        return tickets.none()
    wanted = by_number(text)
    if len(text) >= SHORTEST:
        wanted |= Q(pk__in=_ids(by_subject(text)))
        wanted |= Q(order__in=_ids(Order.objects.filter(order_number=text.upper()).order_by()))
        party = Q(email__istartswith=text) | Q(phone__startswith=text)
        wanted |= Q(customer__in=_ids(Customer.objects.filter(party).order_by()))
        wanted |= Q(reseller__in=_ids(Reseller.objects.filter(party).order_by()))
    return tickets.filter(wanted)


def by_number(text: str) -> Q:
    digits = _NUMBER.match(text)
    found = Q(ticket_number__startswith=text.upper())
    return found | Q(ticket_number=number_of(int(digits[1]))) if digits else found


def by_subject(text: str) -> QuerySet[SupportTicket]:
    """Tickets with these words or beginnings of words in their subject, newest first."""
    words = re.findall(r"\w+", text)[:MOST_WORDS]
    if not words:
        return SupportTicket.objects.none()
    beginnings = SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
    return SupportTicket.objects.annotate(words=SUBJECT_WORDS).filter(words=beginnings).order_by("-id")


def _ids(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.values_list("pk", flat=True)[:MOST])


class AssigneeFilter(DropdownFilter):
    title = gettext_lazy("assigned to")
    parameter_name = "assignee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        people = User.objects.filter(is_staff=True, is_active=True).order_by("first_name", "pk")[:MOST_PEOPLE]
        named = [(str(person.pk), person.get_full_name() or person.username) for person in people]
        return [("mine", _("Me")), ("nobody", _("Nobody")), *named]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SupportTicket]) -> QuerySet[SupportTicket]:
        match self.value():
            case None:
                return queryset
            case "mine":
                return queryset.filter(assigned_to_id=request.user.pk)
            case "nobody":
                return queryset.filter(assigned_to=None)
            case chosen if str(chosen).isascii() and str(chosen).isdigit() and len(str(chosen)) < 10:
                return queryset.filter(assigned_to_id=int(str(chosen)))
        return queryset.none()


class ClockFilter(DropdownFilter):
    title = gettext_lazy("clock")
    parameter_name = "clock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("overdue", _("Overdue")), ("ours", _("Our turn")), ("theirs", _("Their turn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SupportTicket]) -> QuerySet[SupportTicket]:
        match self.value():
            case "overdue":
                return queryset.filter(due_at__lte=timezone.now())
            case "ours":
                return queryset.filter(due_at__isnull=False)
            case "theirs":
                return queryset.filter(status__in=SupportTicket.WORKED_ON, due_at=None)
        return queryset


@finders.register("tickets")
class TicketFinder(Finder):
    title = gettext_lazy("Ticket")
    permission = "commerce.view_supportticket"
    icon = "support_agent"
    hint = gettext_lazy("tickets by number or words of the subject")

    def find(self, request: HttpRequest, term: str) -> Iterable[SearchResult]:
        numbered = SupportTicket.objects.filter(by_number(term.strip())).order_by("ticket_number")
        found = list(numbered[:RESULTS_A_FINDER]) or by_subject(term)[:RESULTS_A_FINDER]
        for row in found:
            words = f"{row.subject} · {row.get_status_display()}"
            yield self.result(
                row.ticket_number, words, reverse("admin:commerce_supportticket_change", args=(row.pk,))
            )
