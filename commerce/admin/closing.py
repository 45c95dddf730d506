"""Closed months in the admin: the list, a month's page, the checklist, closing and reopening."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateformat import format as date_text
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import closing_page
from commerce.models import ClosedMonth
from commerce.services import closing, closing_items
from core.backoffice import pages
from core.backoffice.actions import ReasonForm, dialog_action, list_dialog_action
from core.backoffice.badges import money_cell
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.dashboard import Figure
from core.backoffice.filters import DayRangeFilter
from core.backoffice.parts import Way
from core.backoffice.site import site

VIEW, CLOSE = "commerce.view_closedmonth", "commerce.close_month"


class CloseForm(ReasonForm):
    """For the month it was opened for, whatever has been closed since; what is open of it has to be seen."""

    month = forms.DateField(label=gettext_lazy("Month"), widget=forms.Select)
    seen = forms.BooleanField(
        label=gettext_lazy("I have seen what is still open of this month"),
        required=False,
        help_text=gettext_lazy("It is kept with the month."),
    )

    def prepare(self) -> None:
        month = closing.next_month()
        if month is None:
            return
        field: Any = self.fields["month"]
        field.widget.choices = [(month.first.isoformat(), date_text(month.first, "F Y"))]
        if not any(one.count for one in closing_items.of(*closing.span(month))):
            del self.fields["seen"]

    def clean(self) -> dict[str, Any]:
        if closing.next_month() is None:
            raise forms.ValidationError(_("There is no month to close: nothing has moved yet."))
        return super().clean() or self.cleaned_data


@admin.register(ClosedMonth, site=site)
class ClosedMonthAdmin(ReadOnlyAdmin):
    page_template = "admin/commerce/closedmonth/page.html"
    change_list_template = "admin/commerce/closedmonth/list.html"
    list_display = ("month_shown", "state", "transfers_shown", "closed_by", "closed_at", "reopened_at")
    phone_columns = ("month_shown", "state", "transfers_shown")
    list_filter = (("closed_at", DayRangeFilter), ("reopened_at", DayRangeFilter))
    ordering = ("-id",)
    empty_way = Way(gettext_lazy("Checklist"), "admin:closing-checklist", VIEW)
    empty_hint = gettext_lazy("No month is closed yet. The checklist says what there is to settle first.")
    actions_list = ("close_month",)
    actions_detail = ("reopen",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        more = {"checklist_url": reverse("admin:closing-checklist")}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def page_context(self, request: HttpRequest, obj: ClosedMonth) -> dict[str, Any]:
        return closing_page.page(request, obj)

    @admin.display(description=gettext_lazy("month"), ordering="ends_at")
    def month_shown(self, closed: ClosedMonth) -> str:
        return closed.name

    @admin.display(description=gettext_lazy("state"))
    def state(self, closed: ClosedMonth) -> SafeString:
        return closing_page.state_badge(closed)

    @admin.display(description=gettext_lazy("transfers"), ordering="transfers")
    def transfers_shown(self, closed: ClosedMonth) -> SafeString:
        return money_cell(f"{closed.transfers:,}")

    @list_dialog_action(
        gettext_lazy("Close the month"),
        form=CloseForm,
        permission=CLOSE,
        icon="lock",
        variant="primary",
        explain=gettext_lazy(
            "The next in order. No transfer is dated in it any more; the books are proved first."
        ),
    )
    def close_month(self, request: HttpRequest, data: dict[str, Any]) -> HttpResponse | str:
        month, seen = data["month"], data.get("seen", False)
        closed = closing.close(year=month.year, month=month.month, reason=data["reason"], seen=seen)
        return _("%(month)s is closed.") % {"month": closed.name}

    @dialog_action(
        gettext_lazy("Reopen"),
        form=ReasonForm,
        permission=CLOSE,
        icon="lock_open",
        variant="danger",
        visible=lambda closed: closed.is_closed and closing.latest() == closed,
        title=gettext_lazy("Reopen the month"),
        explain=gettext_lazy(
            "A second person approves it, always. What it added up to and who reopened it stay on record."
        ),
    )
    def reopen(self, request: HttpRequest, obj: ClosedMonth, data: dict[str, Any]) -> str:
        closing.reopen(month_id=obj.pk, reason=data["reason"])
        return _("The month is open again.")


@pages.page("closing/", name="closing-checklist", permission=VIEW)
def checklist(request: HttpRequest) -> HttpResponse:
    """What is open of the month that is next to be closed, and the button that closes it."""
    month = closing.next_month()
    context: dict[str, Any] = {"month": month}
    title = _("Close a month")
    if month:
        begins, ends = closing.span(month)
        found, name = closing_items.of(begins, ends), date_text(month.first, "F Y")
        over = closing.is_over(month)
        ready = over and not any(one.blocks and one.count for one in found)
        title = (
            _("Close %(month)s") % {"month": name} if over else _("%(month)s is not over") % {"month": name}
        )
        context |= {
            "figures": [
                Figure(_("Month"), name, closing.company_zone().key, icon="calendar_month"),
                Figure(
                    _("State"),
                    _("Ready") if ready else _("Not ready") if over else _("Not over"),
                    _("It can be closed") if ready else _("Something stands in the way"),
                    "success" if ready else "warning",
                    icon="event_available" if ready else "event_busy",
                ),
                Figure(
                    _("Closed last"), getattr(closing.latest(), "name", "–"), icon="lock",
                ),
            ],
            "items": closing_page.checklist(found),
            "note": _("everything until the end of the month"),
            "close_url": reverse("admin:commerce_closedmonth_close_month")
            if ready and request.user.has_perm(CLOSE)
            else "",
            "close_text": _("Close %(month)s") % {"month": name},
        }  # fmt: skip
    return pages.render(
        request,
        "admin/commerce/closedmonth/checklist.html",
        title=title,
        crumbs=[(_("Closed months"), reverse("admin:commerce_closedmonth_changelist"))],
        **context,
    )
