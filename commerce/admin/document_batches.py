"""Papers of all resellers at once in the admin: begun from the list of documents, watched on a page of their own."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.catalog import seen
from commerce.admin.document_dialogs import ISSUE
from commerce.admin.document_forms import MonthChoiceForm
from commerce.admin.document_page import moment
from commerce.models import DocumentBatch
from commerce.services import document_batches
from core.admin.event_steps import steps_of
from core.backoffice.actions import ActionForm, dialog_action, list_dialog_action
from core.backoffice.badges import money_cell, status_badge
from core.backoffice.base import ReadOnlyAdmin
from core.backoffice.dashboard import Figure
from core.backoffice.filters import ChoicesFilter, DayRangeFilter
from core.backoffice.parts import Fact, Way
from core.backoffice.site import site

_S = DocumentBatch.Status
TONES = {_S.RUNNING: "info", _S.DONE: "success", _S.CANCELLED: "neutral"}
WORDS: dict[str, tuple[Any, str]] = {
    "batch.started": (gettext_lazy("Started"), "info"),
    "batch.done": (gettext_lazy("Done"), "success"),
    "batch.cancelled": (gettext_lazy("Cancelled"), "neutral"),
}


class BatchForm(MonthChoiceForm):
    kind = forms.ChoiceField(label=gettext_lazy("What"), choices=DocumentBatch.Kind.choices)
    mail = forms.BooleanField(
        label=gettext_lazy("Send each by mail"),
        required=False,
        help_text=gettext_lazy("To resellers whose address is known."),
    )
    field_order = ("kind", "month", "mail")


class BatchDialog:
    """For the list of documents. Put before the base class."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        may_see = request.user.has_perm("commerce.view_documentbatch")
        url = reverse("admin:commerce_documentbatch_changelist") if may_see else ""
        return super().changelist_view(request, {"batches_url": url, **(extra_context or {})})  # type: ignore[misc]

    @list_dialog_action(
        gettext_lazy("For all resellers"),
        form=BatchForm,
        permission=ISSUE,
        icon="library_add",
        title=gettext_lazy("Issue for all resellers"),
        explain=gettext_lazy(
            "In the background: one paper a wallet, numbered and frozen. What is issued already stays as it is."
        ),
        submit=gettext_lazy("Issue"),
    )
    def issue_for_all(self, request: HttpRequest, cleaned_data: dict[str, Any]) -> HttpResponse:
        batch = document_batches.start(by=request.user, **cleaned_data)  # type: ignore[arg-type]
        return HttpResponse(headers={"HX-Redirect": link_of(batch)})


def link_of(batch: DocumentBatch) -> str:
    return reverse("admin:commerce_documentbatch_change", args=[batch.pk])


@admin.register(DocumentBatch, site=site)
class DocumentBatchAdmin(ReadOnlyAdmin):
    page_template = "admin/commerce/documentbatch/page.html"
    list_display = (
        "what",
        "month_shown",
        "status_shown",
        "issued_shown",
        "failed_shown",
        "started_by",
        "created_at",
    )
    phone_columns = ("what", "month_shown", "status_shown")
    list_filter = (("kind", ChoicesFilter), ("status", ChoicesFilter), ("created_at", DayRangeFilter))
    list_select_related = ("started_by",)
    ordering = ("-id",)
    empty_way = Way(gettext_lazy("Documents"), "admin:commerce_document_changelist")
    empty_hint = gettext_lazy("Begin one from the list of documents, or have the settings do so every month.")
    actions_detail = ("cancel",)
    has_notes = can_watch = False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.progress)
        ours = path("<int:object_id>/progress/", view, name="commerce_documentbatch_progress")
        return [ours, *super().get_urls()]

    def progress(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The part of the page that moves; once it has ended, the whole page again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = seen(self, request, object_id)
        if not batch.is_running:
            return HttpResponse(headers={"HX-Redirect": link_of(batch)})
        answer = render(request, "admin/commerce/documentbatch/progress.html", _state(batch))
        answer["Cache-Control"] = "no-store"
        return answer

    def page_context(self, request: HttpRequest, obj: DocumentBatch) -> dict[str, Any]:
        documents = reverse("admin:commerce_document_changelist")
        return {
            "crumbs": [(_("Documents"), documents), (_("Of all resellers"), self._list_url())],
            "title": f"{obj.get_kind_display()}, {month_of(obj)}",
            "badges": [badge_of(obj)],
            "facts": _facts(obj),
            "issued_url": _issued_url(obj) if obj.issued else "",
            "problems": obj.problems,
            "steps": steps_of(obj),
            **_state(obj),
        }

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def what(self, batch: DocumentBatch) -> str:
        return str(batch.get_kind_display())

    @admin.display(description=gettext_lazy("month"), ordering="month")
    def month_shown(self, batch: DocumentBatch) -> str:
        return month_of(batch)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, batch: DocumentBatch) -> SafeString:
        return badge_of(batch)

    @admin.display(description=gettext_lazy("issued"), ordering="issued")
    def issued_shown(self, batch: DocumentBatch) -> SafeString:
        return money_cell(f"{batch.issued:,}")

    @admin.display(description=gettext_lazy("failed"), ordering="failed")
    def failed_shown(self, batch: DocumentBatch) -> SafeString:
        return money_cell(f"{batch.failed:,}")

    @dialog_action(
        gettext_lazy("Cancel"),
        form=ActionForm,
        permission=ISSUE,
        icon="block",
        variant="danger",
        visible=lambda batch: batch.is_running,
        title=gettext_lazy("Stop issuing"),
        explain=gettext_lazy("What is issued stays. Begun again, it goes on with the rest."),
        submit=gettext_lazy("Stop"),
    )
    def cancel(self, request: HttpRequest, obj: DocumentBatch, data: dict[str, Any]) -> str:
        document_batches.cancel(batch_id=obj.pk)
        return _("It has stopped.")


def badge_of(batch: DocumentBatch) -> SafeString:
    return status_badge(batch.get_status_display(), TONES[_S(batch.status)])


def month_of(batch: DocumentBatch) -> str:
    return date_format(batch.month, "F Y")


def _state(batch: DocumentBatch) -> dict[str, Any]:
    """What moves while it runs."""
    return {
        "batch": batch,
        "percent": min(batch.looked_at * 100 // batch.wallets, 100) if batch.wallets else 100,
        "progress_url": reverse("admin:commerce_documentbatch_progress", args=[batch.pk]),
        "figures": [
            Figure(_("Issued"), f"{batch.issued:,}", _before(batch), "success", icon="task"),
            Figure(_("Nothing to issue"), f"{batch.empty:,}", _("of these days"), icon="do_not_disturb_on"),
            Figure(_("Mails"), f"{batch.sent:,}", icon="outgoing_mail"),
            Figure(
                _("Failed"), f"{batch.failed:,}", "", "danger" if batch.failed else "neutral", icon="error"
            ),
        ],
    }


def _issued_url(batch: DocumentBatch) -> str:
    """What was issued of its kind on its days, this batch's among them."""
    first, last = (timezone.localdate(at or timezone.now()) for at in (batch.created_at, batch.finished_at))
    asked = {"kind__exact": batch.kind, "issued_at_from": first.isoformat(), "issued_at_to": last.isoformat()}
    return f"{reverse('admin:commerce_document_changelist')}?{urlencode(asked)}"


def _before(batch: DocumentBatch) -> str:
    return _("%(known)s issued before") % {"known": f"{batch.known:,}"} if batch.known else ""


def _facts(batch: DocumentBatch) -> list[Fact]:
    facts = [
        Fact(_("Month"), month_of(batch)),
        Fact(_("Time zone"), batch.zone),
        Fact(_("Wallets"), f"{batch.wallets:,}"),
        Fact(_("Sent by mail"), _("Yes") if batch.mail else _("No")),
        Fact(_("By"), _("The settings") if batch.by_policy else batch.started_by or ""),
        Fact(_("Started at"), moment(batch.created_at)),
        Fact(_("Finished at"), moment(batch.finished_at) if batch.finished_at else ""),
    ]
    return [fact for fact in facts if fact.value]
