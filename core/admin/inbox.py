"""Everybody's own inbox: what they were told, read and unread, and what they want to be told."""

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core.backoffice import pages
from core.messages import inbox, preferences
from core.messages.channels.base import channels
from core.messages.events import events
from core.models import Message, User

A_PAGE = 30


def me(request: HttpRequest) -> User:
    """Whoever asks: the admin's pages are for those who signed in."""
    return cast(User, request.user)


@pages.page("inbox/", name="inbox")
def inbox_page(request: HttpRequest) -> HttpResponse:
    """The newest first; `?unread=1` only what is new. A POST marks all as read."""
    if request.method == "POST":
        count = inbox.mark_all_read(user=me(request))
        messages.success(request, _("%(count)d marked as read.") % {"count": count})
        return HttpResponseRedirect(reverse("admin:inbox"))
    rows = inbox.messages_of(me(request))
    only_unread = request.GET.get("unread") == "1"
    if only_unread:
        rows = rows.filter(read_at=None)
    page = Paginator(rows[: A_PAGE * 50], A_PAGE).get_page(request.GET.get("p"))
    return pages.render(
        request,
        "admin/core/inbox/page.html",
        title=_("Inbox"),
        notes=[_note(message) for message in page],
        page=page,
        only_unread=only_unread,
        unread=inbox.unread_count(me(request)),
    )


@pages.page("inbox/preferences/", name="inbox-preferences")
def preferences_page(request: HttpRequest) -> HttpResponse:
    """Which events this person is told of, and how."""
    if request.method == "POST":
        preferences.save(user=me(request), wanted=dict.fromkeys(request.POST.getlist("wanted")))
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("admin:inbox-preferences"))
    return pages.render(
        request,
        "admin/core/inbox/preferences.html",
        title=_("What I am told"),
        crumbs=[(_("Inbox"), reverse("admin:inbox"))],
        channels=channels.values(),
        rows=preferences.table(me(request)),
    )


@pages.page("inbox/<int:number>/", name="inbox-message")
def open_message(request: HttpRequest, number: int) -> HttpResponse:
    """Marks it as read and leads to what it is about."""
    message = inbox.messages_of(me(request)).filter(pk=number).first() if number < 2**63 else None
    if message is None:
        raise Http404
    inbox.mark_read(message)
    return HttpResponseRedirect(_target(message))


def _target(message: Message) -> str:
    """A page of the admin and no other."""
    safe = url_has_allowed_host_and_scheme(message.link, allowed_hosts=None)
    if safe and message.link.startswith(reverse("admin:index")):
        return message.link
    return reverse("admin:inbox") + f"#message-{message.pk}"


def _note(message: Message) -> dict[str, Any]:
    kind = events.get(message.event) if message.event in events else None
    return {
        "message": message,
        "icon": kind.icon if kind else "notifications",
        "tone": kind.tone if kind else "neutral",
        "title": message.subject or (kind.title if kind else message.event),
        "link": reverse("admin:inbox-message", args=[message.pk]),
        "leads": bool(message.link),
    }
