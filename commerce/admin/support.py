"""Tickets in the admin: the list of what waits, and each ticket as a conversation; answers kept ready."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_protect

from commerce.admin import support_page, support_search
from commerce.admin.support_forms import AssignForm, PriorityForm, ReplyForm, TicketForm
from commerce.admin.support_page import WORK
from commerce.admin.support_parts import clock_badge, priority_badge, ticket_badge
from commerce.models import CannedAnswer, SupportTicket, TicketAttachment
from commerce.services import attachments, support
from commerce.transitions import TICKET
from core.backoffice.actions import ActionForm, add_domain_error, dialog_action
from core.backoffice.badges import Cell
from core.backoffice.base import BaseAdmin, HistoryAdmin
from core.backoffice.bulk_actions import bulk_action
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, RelatedFilter, YesNoFilter
from core.backoffice.site import site
from core.exceptions import DomainError

_S = SupportTicket.Status
MOST_COUNTED = 100
_NUMBER = re.compile(r"[0-9]{1,18}\Z")


def nobodys() -> int | str:
    """Open tickets that nobody has taken, for the sidebar."""
    waiting = SupportTicket.objects.filter(status=_S.OPEN, assigned_to=None).order_by()[:MOST_COUNTED].count()
    return f"{MOST_COUNTED - 1}+" if waiting >= MOST_COUNTED else waiting


def _can_become(status: str) -> Callable[[SupportTicket], bool]:
    return lambda ticket: status in TICKET[ticket.status]


def _is_done(ticket: SupportTicket) -> bool:
    return not ticket.is_worked_on


def _is_not_closed(ticket: SupportTicket) -> bool:
    return ticket.status != _S.CLOSED


@admin.register(SupportTicket, site=site)
class SupportTicketAdmin(BaseAdmin):
    form = TicketForm
    page_template = "admin/commerce/supportticket/page.html"
    # Colleagues write theirs into the conversation.
    has_notes = False
    list_display = (
        "ticket_shown",
        "party_shown",
        "priority_shown",
        "status_shown",
        "assignee",
        "clock_shown",
        "last_activity_at",
    )
    list_display_links = ("ticket_shown",)
    phone_columns = ("ticket_shown", "clock_shown")
    more_columns = ("created_at", "opened_by", "first_answered_at", "resolved_at")
    list_filter = (
        ("status", ChoicesFilter),
        ("priority", ChoicesFilter),
        support_search.AssigneeFilter,
        support_search.ClockFilter,
        ("reseller", RelatedFilter),
        ("customer", RelatedFilter),
        ("created_at", DayRangeFilter),
    )
    list_select_related = ("reseller", "customer", "assigned_to")
    search_fields = ("ticket_number",)
    search_help_text = gettext_lazy(
        "Number, words of the subject, order number, or the beginning of a party's e-mail or phone."
    )
    ordering = ("-last_activity_at", "-id")
    empty_hint = gettext_lazy(
        "Nobody has asked anything. Tickets come in by the API, or open one for somebody who called."
    )
    fieldsets = (
        (gettext_lazy("Whose it is"), {"fields": (("reseller", "customer"), "order")}),
        (gettext_lazy("What it is about"), {"fields": ("subject", "description", "priority")}),
    )
    actions_detail = (
        "take", "assign", "resolve", "reopen",
        {"title": gettext_lazy("More"), "icon": "more_horiz", "items": ["set_priority", "close"]},
    )  # fmt: skip
    actions = ("assign_chosen", "close_chosen")

    class Media:
        css = {"all": ("commerce/support.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportTicket]:
        return super().get_queryset(request).select_related("reseller", "customer", "assigned_to")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> SupportTicket | None:
        kept = request.__dict__.setdefault("_tickets", {})
        if object_id not in kept:
            known = str(object_id).isascii() and str(object_id).isdigit() and len(str(object_id)) < 19
            rows = self.get_queryset(request).select_related("reseller", "customer", "assigned_to", "order")
            kept[object_id] = rows.filter(pk=object_id).first() if known else None
        found: SupportTicket | None = kept[object_id]
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SupportTicket], search_term: str
    ) -> tuple[QuerySet[SupportTicket], bool]:
        return (support_search.find(queryset, search_term) if search_term.strip() else queryset), False

    def has_change_permission(self, request: HttpRequest, obj: SupportTicket | None = None) -> bool:
        """A ticket changes by its actions, and what was said stays."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SupportTicket | None = None) -> bool:
        return False

    def page_context(self, request: HttpRequest, obj: SupportTicket) -> dict[str, Any]:
        return support_page.page(request, obj, request.__dict__.get("_reply_form"))

    def save_model(self, request: HttpRequest, obj: SupportTicket, form: Any, change: bool) -> None:
        opened = support.open_ticket(**form.cleaned_data)
        obj.pk, obj.ticket_number = opened.pk, opened.ticket_number
        obj._state.adding = False

    # Its own addresses ---------------------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        named = "commerce_supportticket_{}".format
        own = [
            ("<path:object_id>/reply/", self.reply_view, "reply"),
            ("<path:object_id>/conversation/", self.conversation_view, "conversation"),
            ("<path:object_id>/files/<int:file_id>/", self.file_view, "file"),
        ]
        wrap = self.admin_site.admin_view
        return [path(route, wrap(view), name=named(name)) for route, view, name in own] + super().get_urls()

    def reply_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The reply box: an answer, or a note where that button was pressed."""
        return csrf_protect(self._reply)(request, object_id)

    def _reply(self, request: HttpRequest, object_id: str) -> HttpResponse:
        ticket = self._seen(request, object_id)
        back = reverse("admin:commerce_supportticket_change", args=[ticket.pk])
        if request.method != "POST":
            return HttpResponseRedirect(back)
        if not request.user.has_perm(WORK):
            raise PermissionDenied
        form = ReplyForm(request.POST, {"files": request.FILES.getlist("files")})  # type: ignore[arg-type]
        if form.is_valid():
            given = form.cleaned_data
            say = support.note if given["internal"] else support.reply
            try:
                said = say(ticket=ticket, message=given["message"], files=attachments.read(given["files"]))
            except DomainError as error:
                add_domain_error(form, error)
            else:
                done = _("Note added; only staff see it.") if given["internal"] else _("Answer sent.")
                messages.success(request, done)
                return HttpResponseRedirect(f"{back}?said=1#said-{said.pk}")
        request.__dict__["_reply_form"] = form
        return self._object_page(request, ticket, {})

    def conversation_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is new since; nothing where nothing is."""
        ticket = self._seen(request, object_id)
        after = request.GET.get("after", "")
        if request.GET.get("seen") == support_page.seen(ticket) or not _NUMBER.match(after):
            return HttpResponse(status=204)
        context = support_page.fresh(request, ticket, int(after))
        return render(request, "admin/commerce/supportticket/fresh.html", context)

    def file_view(self, request: HttpRequest, object_id: str, file_id: int) -> HttpResponseBase:
        ticket = self._seen(request, object_id)
        found = TicketAttachment.objects.filter(pk=file_id, message__ticket=ticket).first()
        if found is None:
            raise Http404
        try:
            return attachments.download(found)
        except DomainError as error:
            raise Http404(error.message) from error

    def _seen(self, request: HttpRequest, object_id: str) -> SupportTicket:
        if not self.has_view_permission(request):
            raise PermissionDenied
        ticket = self.get_object(request, object_id)
        if ticket is None:
            raise Http404
        return ticket

    # Columns -------------------------------------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("Ticket"))
    def ticket_shown(self, ticket: SupportTicket) -> Cell:
        words = format_html(
            '<bdi class="tl-ticket-subject">{}</bdi><small class="tl-ticket-number"><bdi>{}</bdi></small>',
            ticket.subject,
            ticket.ticket_number,
        )
        return Cell.saying(f"{ticket.ticket_number} {ticket.subject}", words)

    @admin.display(description=gettext_lazy("From"))
    def party_shown(self, ticket: SupportTicket) -> str:
        return str(ticket.party or "")

    @admin.display(description=gettext_lazy("Priority"))
    def priority_shown(self, ticket: SupportTicket) -> SafeString:
        return priority_badge(ticket)

    @admin.display(description=gettext_lazy("Status"), ordering="status")
    def status_shown(self, ticket: SupportTicket) -> SafeString:
        return ticket_badge(ticket)

    @admin.display(description=gettext_lazy("Assigned to"))
    def assignee(self, ticket: SupportTicket) -> str:
        return ticket.assigned_to.get_full_name() if ticket.assigned_to else "–"

    @admin.display(description=gettext_lazy("Clock"), ordering="due_at")
    def clock_shown(self, ticket: SupportTicket) -> SafeString:
        return clock_badge(ticket)

    # Actions -------------------------------------------------------------------------------------------------------
    @dialog_action(
        gettext_lazy("Take it"),
        form=ActionForm,
        permission=WORK,
        icon="front_hand",
        variant="primary",
        visible=lambda ticket: ticket.assigned_to_id is None and ticket.status != _S.CLOSED,
        title=gettext_lazy("Assign to me"),
        explain=gettext_lazy("It is yours from now on."),
    )
    def take(self, request: HttpRequest, obj: SupportTicket, data: dict[str, Any]) -> str:
        support.assign(ticket=obj, to=request.user)  # type: ignore[arg-type]
        return _("It is yours.")

    @dialog_action(
        gettext_lazy("Assign"), form=AssignForm, permission=WORK, icon="person_add", visible=_is_not_closed
    )
    def assign(self, request: HttpRequest, obj: SupportTicket, data: dict[str, Any]) -> str:
        ticket = support.assign(ticket=obj, to=data["assigned_to"])
        to = ticket.assigned_to.get_full_name() if ticket.assigned_to else _("nobody")
        return _("Assigned to %(to)s.") % {"to": to}

    @dialog_action(
        gettext_lazy("Priority"),
        form=PriorityForm,
        permission=WORK,
        icon="flag",
        visible=lambda ticket: ticket.is_worked_on,
        title=gettext_lazy("Change the priority"),
        explain=gettext_lazy("Its due times follow, counted from when it was opened."),
    )
    def set_priority(self, request: HttpRequest, obj: SupportTicket, data: dict[str, Any]) -> str:
        ticket = support.set_priority(ticket=obj, priority=data["priority"], reason=data["reason"])
        return _("The priority is %(priority)s now.") % {"priority": ticket.get_priority_display().lower()}

    @dialog_action(
        gettext_lazy("Resolve"),
        form=ActionForm,
        permission=WORK,
        icon="task_alt",
        variant="success",
        visible=_can_become(_S.RESOLVED),
        explain=gettext_lazy("It opens again by itself when they answer."),
    )
    def resolve(self, request: HttpRequest, obj: SupportTicket, data: dict[str, Any]) -> str:
        support.move(ticket=obj, status=_S.RESOLVED)
        return _("Resolved.")

    @dialog_action(
        gettext_lazy("Close"),
        permission=WORK,
        icon="lock",
        variant="danger",
        visible=_can_become(_S.CLOSED),
        explain=gettext_lazy("Nobody can answer a closed ticket; staff can open it again."),
    )
    def close(self, request: HttpRequest, obj: SupportTicket, data: dict[str, Any]) -> str:
        support.move(ticket=obj, status=_S.CLOSED, reason=data["reason"])
        return _("Closed.")

    @dialog_action(
        gettext_lazy("Open again"),
        permission=WORK,
        icon="lock_open",
        variant="primary",
        visible=_is_done,
        explain=gettext_lazy("The clock of its resolution starts anew."),
    )
    def reopen(self, request: HttpRequest, obj: SupportTicket, data: dict[str, Any]) -> str:
        support.move(ticket=obj, status=_S.OPEN, reason=data["reason"])
        return _("Open again.")

    @bulk_action(gettext_lazy("Assign"), form=AssignForm, permission=WORK)
    def assign_chosen(self, request: HttpRequest, obj: SupportTicket, data: dict[str, Any]) -> None:
        support.assign(ticket=obj, to=data["assigned_to"])

    @bulk_action(
        gettext_lazy("Close"),
        permission=WORK,
        variant="danger",
        explain=gettext_lazy("Nobody can answer a closed ticket; staff can open it again."),
    )
    def close_chosen(self, request: HttpRequest, obj: SupportTicket, data: dict[str, Any]) -> None:
        support.move(ticket=obj, status=_S.CLOSED, reason=data["reason"])


@admin.register(CannedAnswer, site=site)
class CannedAnswerAdmin(HistoryAdmin):
    tells_changes = True
    restorable = ("title", "language", "text", "is_active")
    list_display = ("title", "language", "is_active", "updated_at")
    phone_columns = ("title", "language")
    list_filter = (("is_active", YesNoFilter),)
    search_fields = ("title__istartswith",)
    search_help_text = gettext_lazy("Beginning of a title")
    ordering = ("title", "id")
    fields = (("title", "language"), "text", "is_active")
    empty_hint = gettext_lazy("Write the first one: what you answer every day, ready in two clicks.")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        known = "{customer} {ticket_number} {order_number} {subject} {agent}"
        text = _("Filled in when it is chosen: %(known)s") % {"known": known}
        return super().get_form(request, obj, change=change, help_texts={"text": text}, **kwargs)
