"""The record of what happened; nobody changes it."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin.event_steps import step_of
from core.admin.history_rights import within_rights
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import DayRangeFilter
from core.backoffice.history.entries import link_of, model_of
from core.backoffice.history.values import Names
from core.backoffice.history.wording import shown_data
from core.backoffice.parts import Fact
from core.models import Event

# A list of events asks for the names of so many kinds of things; the others keep their numbers.
NAMED_KINDS = 4


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "what", "subject", "actor_label", "kind")
    list_display_links = ("created_at", "what")
    list_filter = (("created_at", DayRangeFilter),)
    phone_columns = ("created_at", "what", "subject")
    more_columns = ("source", "address", "request_id")
    search_fields = ("subject_id__exact",)
    search_help_text = gettext_lazy("The id of what it is about")
    ordering = ("-id",)
    heading = gettext_lazy("What happened")
    page_template = "admin/core/event/page.html"
    has_notes = can_watch = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return within_rights(super().get_queryset(request), request.user)  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("what"))
    def what(self, event: Event) -> str:
        return str(step_of(event).title)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The page's things by their names: one query for each of its most frequent kinds."""
        changes = super().get_changelist_instance(request)
        _name(list(changes.result_list))
        return changes

    @admin.display(description=gettext_lazy("about"))
    def subject(self, event: Event) -> str:
        model = model_of(event.subject_kind)
        what = capfirst(str(model._meta.verbose_name) if model else event.subject_kind.rpartition(".")[2])
        name = str(getattr(event, "subject_name", ""))
        text = f"{what} {name or event.subject_id}"
        link = link_of(model, event.subject_id) if model and name else ""
        return format_html('<a href="{}">{}</a>', link, text) if link else text

    def page_context(self, request: HttpRequest, obj: Event) -> dict[str, Any]:
        _name([obj])
        data = shown_data(obj.data, request.user)
        return {
            "title": step_of(obj).title,
            "data": json.dumps(data, indent=2, ensure_ascii=False, default=str) if data else "",
            "facts": [
                Fact(_("At"), obj.created_at),
                Fact(_("Kind"), obj.kind),
                Fact(_("About"), self.subject(obj)),
                Fact(_("By"), obj.who),
                Fact(_("From"), obj.get_source_display()),
                Fact(_("Address"), obj.address),
                Fact(_("Request id"), obj.request_id),
            ],
        }


def _name(events: Sequence[Event]) -> None:
    """Give the events the names of what they are about, where it is still there."""
    names = Names()
    for kind, _number in Counter(event.subject_kind for event in events).most_common(NAMED_KINDS):
        model = model_of(kind)
        for event in events:
            if model and event.subject_kind == kind:
                names.want_row(model, event.subject_id)
    names.load()
    for event in events:
        model = model_of(event.subject_kind)
        event.subject_name = names.known(model, event.subject_id) if model else ""  # type: ignore[attr-defined]
