"""Announcements and quick links: where they are written, and how the first page shows them."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.backoffice import pages
from core.backoffice.badges import status_badge
from core.backoffice.base import HistoryAdmin
from core.backoffice.dashboard import IndexWidget, index_widgets
from core.backoffice.dialog_forms import DRAWN, RolesField
from core.backoffice.filters import ChoicesFilter
from core.models import Announcement, QuickLink, User
from core.services import front_page

MOST_SHOWN = 5
MOST_LINKS = 24


class ForRolesAdmin(HistoryAdmin):
    """Of what is for some roles, or for all."""

    tells_changes = True

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "groups":
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        return RolesField(
            queryset=Group.objects.order_by("pk"),
            label=capfirst(db_field.verbose_name),
            help_text=db_field.help_text,
            widget=DRAWN[CheckboxSelectMultiple],
            required=False,
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("groups")  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("for"))
    def audience(self, row: Any) -> str:
        names = dict(User.Role.choices)
        return ", ".join(str(names.get(group.name, group.name)) for group in row.groups.all()) or _(
            "Everybody"
        )


@admin.register(Announcement)
class AnnouncementAdmin(ForRolesAdmin):
    list_display = ("title", "state", "level", "audience", "starts_at", "ends_at")
    phone_columns = ("title", "state")
    list_filter = (("level", ChoicesFilter),)
    search_fields = ("title__istartswith",)
    ordering = ("-starts_at", "-id")
    fields = ("title", "text", ("level", "can_be_dismissed"), ("starts_at", "ends_at"), "groups")
    restorable = ("title", "text", "level", "can_be_dismissed", "starts_at", "ends_at")
    empty_hint = gettext_lazy("Write the first one: it stands on top of the first page of those it is for.")

    @admin.display(description=gettext_lazy("status"))
    def state(self, row: Announcement) -> str:
        now = timezone.now()
        if row.starts_at > now:
            return status_badge(_("Planned"), "info")
        over = row.ends_at is not None and row.ends_at <= now
        return status_badge(_("Over")) if over else status_badge(_("Shown"), "success")


@admin.register(QuickLink)
class QuickLinkAdmin(ForRolesAdmin):
    list_display = ("title", "url", "audience", "position")
    phone_columns = ("title", "audience")
    search_fields = ("title__istartswith",)
    ordering = ("position", "id")
    fields = ("title", "url", ("icon", "position"), "groups")
    restorable = ("title", "url", "icon", "position")
    empty_hint = gettext_lazy("Add what people of a role open every day; it stands on their first page.")


@index_widgets.register("announcements")
class Announcements(IndexWidget):
    title, zone, position, template = (
        gettext_lazy("Announcements"),
        "figures",
        1,
        "admin/core/announcements.html",
    )

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"announcements": list(Announcement.objects.shown_to(request.user)[:MOST_SHOWN])}


@index_widgets.register("quick-links")
class QuickLinks(IndexWidget):
    title, zone, position, template = gettext_lazy("Quick links"), "figures", 2, "admin/core/quick_links.html"

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"links": list(QuickLink.objects.for_user(request.user)[:MOST_LINKS])}


@pages.page("announcements/<int:number>/dismiss/", name="announcement-dismiss")
@require_POST
def dismiss(request: HttpRequest, number: int) -> HttpResponse:
    """Put away by and for the person who asks; what is not theirs to see is not there."""
    shown = Announcement.objects.shown_to(request.user).filter(pk=min(number, 2**63 - 1)).first()
    if shown is None:
        raise Http404
    user: Any = request.user
    front_page.dismiss(announcement=shown, user=user)
    return HttpResponseRedirect(reverse("admin:index"))
