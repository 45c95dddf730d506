"""Statements and their sources in the admin: handing in, choosing columns, lines."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import source_page, statement_page
from commerce.admin.reconciliation_forms import ColumnsForm, HandInForm, SignOffForm, SourceForm
from commerce.models import ImportedStatement, StatementLine, StatementSource
from commerce.services import reconciliation, sign_offs
from core.backoffice import pages
from core.backoffice.actions import ActionForm, ReasonForm, add_domain_error, dialog_action
from core.backoffice.badges import money_cell, status_badge, two_lines, unbroken
from core.backoffice.base import HistoryAdmin, ReadOnlyAdmin
from core.backoffice.filters import ChoicesFilter, DayRangeFilter, RelatedFilter, YesNoFilter
from core.backoffice.parts import Table, Way
from core.backoffice.site import site
from core.exceptions import DomainError
from core.money import format_money

IMPORT = "commerce.import_statement"
_S = ImportedStatement.Status
TONES = {
    _S.UPLOADED: "warning", _S.READING: "info", _S.MATCHED: "success", _S.REFUSED: "danger", _S.DISCARDED: "neutral",
}  # fmt: skip


class CostsHidden:
    """What providers charge is for those who see costs."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        if request.user.has_perm("commerce.see_cost"):
            return rows
        return rows.exclude(source__kind=StatementSource.Kind.PROVIDER)


@admin.register(StatementSource, site=site)
class StatementSourceAdmin(HistoryAdmin):
    form = SourceForm
    tells_changes = True
    page_template = "admin/commerce/statementsource/page.html"
    list_display = ("name", "kind_shown", "of", "currency", "is_active")
    phone_columns = ("name", "kind_shown", "is_active")
    list_filter = (("kind", ChoicesFilter), ("active", YesNoFilter))
    list_select_related = ("provider",)
    search_fields = ("name__istartswith",)
    ordering = ("name", "id")
    empty_hint = gettext_lazy("Add who sends statements: each provider, each gateway, the bank.")
    actions_detail = ("sign_off",)
    fields = (
        ("name", "kind"), ("provider", "gateway"), ("currency", "time_zone"), ("date_order", "decimals"),
        "opposite_sign",
        "done_words", "failed_words", "reversed_words", ("amount_tolerance", "day_tolerance"), "by_amount", "active",
    )  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switched off instead: its statements stay."""
        return False

    def page_context(self, request: HttpRequest, obj: StatementSource) -> dict[str, Any]:
        return source_page.page(request, obj)

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_shown(self, source: StatementSource) -> str:
        return source.get_kind_display()

    @admin.display(description=gettext_lazy("of"))
    def of(self, source: StatementSource) -> str:
        return str(source.provider or source.gateway or "–")

    @admin.display(description=gettext_lazy("status"), ordering="active")
    def is_active(self, source: StatementSource) -> SafeString:
        return status_badge(_("Active"), "success") if source.active else status_badge(_("Inactive"))

    @dialog_action(
        gettext_lazy("Sign off"),
        form=SignOffForm,
        permission="commerce.sign_off",
        icon="verified",
        variant="primary",
        visible=lambda source: source.statements.filter(status=_S.MATCHED).exists(),
        title=gettext_lazy("Sign a period off"),
        explain=gettext_lazy(
            "Another person approves it. From then on lines and breaks of these days are frozen."
        ),
    )
    def sign_off(self, request: HttpRequest, obj: StatementSource, data: dict[str, Any]) -> str:
        sign_offs.sign(source_id=obj.pk, first=data["first_day"], last=data["last_day"], note=data["reason"])
        return _("Signed off.")


@admin.register(ImportedStatement, site=site)
class ImportedStatementAdmin(CostsHidden, ReadOnlyAdmin):
    heading = gettext_lazy("Reconciliation")
    page_template = "admin/commerce/importedstatement/page.html"
    change_list_template = "admin/commerce/importedstatement/list.html"
    list_display = (
        "file_name", "source", "days", "lines", "matched_shown", "total_shown", "status_shown", "created_at",
    )  # fmt: skip
    phone_columns = ("file_name", "matched_shown", "status_shown")
    list_filter = (("source", RelatedFilter), ("status", ChoicesFilter), ("created_at", DayRangeFilter))
    list_select_related = ("source",)
    search_fields = ("file_name__istartswith",)
    ordering = ("-id",)
    empty_way = Way(gettext_lazy("Hand in a statement"), "admin:statement-hand-in", IMPORT)
    empty_hint = gettext_lazy("Hand in what a provider, a gateway or the bank sent you.")
    actions_detail = ("match_again", "read_again", "take_back")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("content")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.columns_view)
        own = path("<int:object_id>/columns/", view, name="commerce_importedstatement_columns")
        return [own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        url = reverse("admin:statement-hand-in") if request.user.has_perm(IMPORT) else ""
        return super().changelist_view(request, {"hand_in_url": url, **(extra_context or {})})

    def page_context(self, request: HttpRequest, obj: ImportedStatement) -> dict[str, Any]:
        return statement_page.page(request, obj)

    def columns_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Which column is what, beside the first rows."""
        if not request.user.has_perm(IMPORT):
            raise PermissionDenied
        statement = self.get_object(request, str(object_id))
        if statement is None:
            raise Http404
        try:
            sheet = reconciliation.preview(statement)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("admin:commerce_importedstatement_change", object_id)
        form = ColumnsForm(sheet.headers, statement, data=request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                reconciliation.choose_columns(statement=statement, columns=form.columns())
                reconciliation.start(ImportedStatement.objects.get(pk=statement.pk))
                return redirect("admin:commerce_importedstatement_change", object_id)
            except DomainError as error:
                add_domain_error(form, error)
        shown = Table(*sheet.headers)
        shown.extend([row.cells.get(name, "") for name in sheet.headers] for row in sheet.rows)
        return pages.render(
            request,
            "admin/commerce/importedstatement/columns.html",
            title=_("Which column is what?"),
            crumbs=[
                (_("Reconciliation"), self._list_url()),
                (str(statement), reverse("admin:commerce_importedstatement_change", args=[object_id])),
            ],
            form=form,
            preview=shown,
            statement=statement,
        )

    @admin.display(description=gettext_lazy("days"), ordering="first_day")
    def days(self, statement: ImportedStatement) -> SafeString:
        return unbroken(statement_page.days_of(statement))

    @admin.display(description=gettext_lazy("matched"))
    def matched_shown(self, statement: ImportedStatement) -> SafeString:
        return money_cell(statement_page.share(statement) or "–")

    @admin.display(description=gettext_lazy("total"))
    def total_shown(self, statement: ImportedStatement) -> SafeString:
        return money_cell(format_money(statement.total, statement.source.currency))

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, statement: ImportedStatement) -> SafeString:
        status = _S(statement.status)
        return status_badge(status.label, TONES[status])

    @dialog_action(
        gettext_lazy("Match again"),
        form=ActionForm,
        permission="commerce.work_break",
        icon="sync",
        visible=lambda statement: statement.status == _S.MATCHED,
        explain=gettext_lazy("Compares it with what the books say now; what fits by now is closed."),
    )
    def match_again(self, request: HttpRequest, obj: ImportedStatement, data: dict[str, Any]) -> str:
        reconciliation.match_again(statement_id=obj.pk)
        return _("Matched again.")

    @dialog_action(
        gettext_lazy("Read again"),
        form=ActionForm,
        permission=IMPORT,
        icon="refresh",
        visible=lambda statement: statement.status == _S.REFUSED or reconciliation.is_lost(statement),
        explain=gettext_lazy("After you have changed its source, or where the worker stopped."),
    )
    def read_again(self, request: HttpRequest, obj: ImportedStatement, data: dict[str, Any]) -> str:
        reconciliation.start(ImportedStatement.objects.get(pk=obj.pk))
        return _("It is read.")

    @dialog_action(
        gettext_lazy("Take back"),
        form=ReasonForm,
        permission=IMPORT,
        icon="undo",
        variant="danger",
        visible=lambda statement: statement.status != _S.DISCARDED,
        explain=gettext_lazy("Its lines and breaks go, and the file may be handed in again."),
    )
    def take_back(self, request: HttpRequest, obj: ImportedStatement, data: dict[str, Any]) -> str:
        reconciliation.take_back(statement_id=obj.pk, reason=data["reason"])
        return _("Taken back.")


@admin.register(StatementLine, site=site)
class StatementLineAdmin(CostsHidden, ReadOnlyAdmin):
    list_display = ("where", "day", "reference", "amount_shown", "status_shown", "rule_shown")
    phone_columns = ("where", "amount_shown", "rule_shown")
    more_columns = ("our_reference", "order_number", "description")
    list_filter = (
        ("statement", RelatedFilter), ("source", RelatedFilter), ("status", ChoicesFilter), ("rule", ChoicesFilter),
        ("day", DayRangeFilter),
    )  # fmt: skip
    list_select_related = ("statement", "source")
    search_fields = ("reference__exact",)
    search_help_text = gettext_lazy("Their reference, whole.")
    ordering = ("-id",)
    has_notes = can_watch = False
    fields = (
        "statement", "row", "day", "amount", "status", "reference", "our_reference", "order_number", "description",
        "rule", "attempt", "payment", "transfer",
    )  # fmt: skip
    empty_way = Way(gettext_lazy("Hand in a statement"), "admin:statement-hand-in", IMPORT)
    empty_hint = gettext_lazy("The lines of all statements come here.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("statement__content")

    @admin.display(description=gettext_lazy("line"))
    def where(self, line: StatementLine) -> SafeString:
        return two_lines(line.statement, _("row %(row)d") % {"row": line.row})

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def amount_shown(self, line: StatementLine) -> SafeString:
        return money_cell(format_money(line.amount, line.source.currency))

    @admin.display(description=gettext_lazy("status"))
    def status_shown(self, line: StatementLine) -> str:
        return line.get_status_display()

    @admin.display(description=gettext_lazy("matched"), ordering="rule")
    def rule_shown(self, line: StatementLine) -> SafeString:
        return status_badge(line.get_rule_display(), "success" if line.rule else "neutral")


@pages.page("reconciliation/hand-in/", name="statement-hand-in", permission=IMPORT)
def hand_in(request: HttpRequest) -> HttpResponse:
    """Hand a statement in: its columns are asked for where they are not known."""
    form = HandInForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given: Any = form.cleaned_data
        try:
            form.check_size()
            statement = reconciliation.hand_in(
                source=given["source"],
                name=given["import_file"].name,
                content=given["import_file"].read(),
                by=request.user,  # type: ignore[arg-type]
            )
            if reconciliation.is_known(statement, reconciliation.preview(statement).headers):
                reconciliation.start(statement)
                return redirect("admin:commerce_importedstatement_change", statement.pk)
            return redirect("admin:commerce_importedstatement_columns", statement.pk)
        except DomainError as error:
            add_domain_error(form, error)
    return pages.render(
        request,
        "admin/commerce/importedstatement/hand_in.html",
        title=_("Hand in a statement"),
        crumbs=[(_("Reconciliation"), reverse("admin:commerce_importedstatement_changelist"))],
        form=form,
        has_sources=StatementSource.objects.filter(active=True).exists(),
        add_source_url=reverse("admin:commerce_statementsource_add"),
    )
