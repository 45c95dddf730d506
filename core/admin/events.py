"""The record of what happened; nobody changes it."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.event_steps import step_of
from core.admin.history import within_rights
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import DayRangeFilter
from core.backoffice.history.wording import shown_data
from core.backoffice.parts import Fact
from core.models import Event


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "what", "subject", "actor_label", "kind")
    list_display_links = ("created_at", "what")
    list_filter = (("created_at", DayRangeFilter),)
    phone_columns = ("created_at", "what", "subject")
    search_fields = ("subject_id__exact",)
    search_help_text = gettext_lazy("The id of what it is about")
    ordering = ("-id",)
    heading = gettext_lazy("What happened")
    page_template = "admin/core/event/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return within_rights(super().get_queryset(request), request.user)  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("what"))
    def what(self, event: Event) -> str:
        return str(step_of(event).title)

    @admin.display(description=gettext_lazy("about"))
    def subject(self, event: Event) -> str:
        return f"{event.subject_kind.split('.')[-1]} {event.subject_id}"

    def page_context(self, request: HttpRequest, obj: Event) -> dict[str, Any]:
        return {
            "title": step_of(obj).title,
            "data": json.dumps(shown_data(obj.data, request.user), indent=2, ensure_ascii=False, default=str),
            "facts": [
                Fact(_("At"), obj.created_at),
                Fact(_("Kind"), obj.kind),
                Fact(_("About"), self.subject(obj)),
                Fact(_("By"), obj.actor_label),
                Fact(_("From"), obj.get_source_display()),
                Fact(_("Address"), obj.address),
                Fact(_("Request id"), obj.request_id),
            ],
        }
