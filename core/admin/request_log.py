"""The log of API requests: what a reseller's developer sent, and what we answered."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.backoffice.badges import status_badge
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.filters import DayRangeFilter, NumberRangeFilter
from core.backoffice.parts import Fact
from core.models import ApiRequest


@admin.register(ApiRequest)
class ApiRequestAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "asked", "answer", "caller", "error_code", "milliseconds")
    list_display_links = ("created_at", "asked")
    list_filter = (("created_at", DayRangeFilter), ("status", NumberRangeFilter))
    phone_columns = ("created_at", "asked", "answer")
    more_columns = ("request_id", "address")
    search_fields = ("request_id__exact", "caller__exact", "error_code__exact")
    search_help_text = gettext_lazy("A whole request id, caller or error code")
    ordering = ("-id",)
    page_template = "admin/core/apirequest/page.html"
    has_notes = can_watch = False
    empty_hint = gettext_lazy("Requests appear here seconds after they are answered.")

    @admin.display(description=gettext_lazy("request"))
    def asked(self, row: ApiRequest) -> str:
        return f"{row.method} {row.path}"

    @admin.display(description=gettext_lazy("answer"), ordering="status")
    def answer(self, row: ApiRequest) -> SafeString:
        return status_badge(row.status, tone_of(row.status))

    def page_context(self, request: HttpRequest, obj: ApiRequest) -> dict[str, Any]:
        return {
            "answer": status_badge(obj.status, tone_of(obj.status)),
            "facts": request_facts(obj),
            "body": json.dumps(obj.body, indent=2, ensure_ascii=False) if obj.body is not None else "",
        }


def tone_of(status: int) -> str:
    return "success" if status < 400 else "warning" if status < 500 else "danger"


def request_facts(row: ApiRequest) -> list[Fact]:
    return [
        Fact(_("At"), row.created_at),
        Fact(_("Request"), f"{row.method} {row.path}"),
        Fact(_("Query"), row.query),
        Fact(_("Caller"), row.caller),
        Fact(_("Address"), row.address),
        Fact(_("Answered in"), _("%(ms)d ms") % {"ms": row.milliseconds}),
        Fact(_("Error code"), row.error_code),
        Fact(_("Request id"), row.request_id),
    ]
