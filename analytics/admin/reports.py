"""Reports people compose: the list, the form with its rows, and the page that previews and runs one."""

from operator import itemgetter
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from analytics.admin.previews import table_of
from analytics.admin.report_rows import ColumnsInline, FiltersInline, may_change
from analytics.admin.run_form import RunForm, buttons
from analytics.admin.runs import ALL, RUN, link_of
from analytics.admin.schedule_form import may_schedule, schedule_this
from analytics.datasets.base import datasets
from analytics.models import Report, ReportColumn, ReportFilter, ReportRun
from analytics.services import running, specs
from analytics.services.asking import Asked, Span, span_days
from analytics.services.composed import preview
from core.backoffice.actions import add_domain_error
from core.backoffice.base import BaseAdmin
from core.backoffice.dialog_forms import draw
from core.backoffice.filters import YesNoFilter, related
from core.backoffice.list_documents import zone_of
from core.exceptions import DomainError
from core.models import User


def visible_to(user: Any) -> QuerySet[Report]:
    """A person's own, and what is shared; everybody's for those who may see that. Rows have rights of their own."""
    reports = Report.objects.filter(dataset__in=[key for key, one in datasets.items() if one.is_for(user)])
    return reports if user.has_perm(ALL) else reports.filter(Q(owner=user) | Q(shared=True))


class ReportForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Report
        fields = ("title", "description", "dataset", "span", "shared")


class AskedForm(forms.Form):
    """What a report asks at each run: its filters that do, with their own values as they stand."""

    def __init__(self, report: Report, data: Any = None) -> None:
        super().__init__(data)
        dataset = datasets.get(report.dataset)
        for one in report.filters.all():
            column = dataset.column(one.column)
            if not one.ask or column is None or one.operator in ReportFilter.UNARY:
                continue
            label = f"{column.title} {one.get_operator_display()}"
            self.fields[str(one.pk)] = forms.CharField(label=label, initial=one.value, max_length=300)
        draw(self)


@admin.register(Report)
class ReportAdmin(BaseAdmin):
    form = ReportForm
    page_template = "admin/analytics/report.html"
    list_display = ("title", "of", "owner", "shared", "updated_at")
    phone_columns = ("title", "of")
    list_filter = (*related("owner"), ("shared", YesNoFilter))
    search_fields = ("title__istartswith",)
    search_help_text = gettext_lazy("The beginning of the title.")
    heading = gettext_lazy("Composed reports")
    empty_hint = gettext_lazy("Add a report: choose what it is of, then its columns and filters.")
    inlines = (ColumnsInline, FiltersInline)
    has_notes = can_watch = False

    @admin.display(description=gettext_lazy("what it is of"), ordering="dataset")
    def of(self, report: Report) -> str:
        return str(datasets.get(report.dataset).title) if report.dataset in datasets else report.dataset

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return super().get_queryset(request).filter(pk__in=visible_to(request.user).values("pk"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or may_change(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or may_change(request, obj))

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """Its rows are chosen once it is known what they are of."""
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("of",) if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What it is of is chosen once: its columns are that dataset's."""
        return ("title", "description", "of" if obj else "dataset", "span", "shared")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "dataset" in form.base_fields:
            user = cast("User", request.user)
            mine = [
                (key, f"{one.title}: {one.description}") for key, one in datasets.items() if one.is_for(user)
            ]
            choices = sorted(mine, key=itemgetter(1))
            form.base_fields["dataset"] = forms.ChoiceField(
                label=_("What it is of"), choices=choices, widget=UnfoldAdminSelectWidget
            )
        return form

    def save_model(self, request: HttpRequest, obj: Report, form: Any, change: bool) -> None:
        if not change:
            obj.owner = cast("User", request.user)
        super().save_model(request, obj, form, change)
        if not change:
            keys = datasets.get(obj.dataset).first
            ReportColumn.objects.bulk_create(
                ReportColumn(report=obj, position=number, column=key, total=_adds_up(obj, key))
                for number, key in enumerate(keys)
            )

    def response_post_save_add(self, request: HttpRequest, obj: Report) -> HttpResponse:
        """Straight to its columns."""
        return HttpResponseRedirect(f"{_link(obj)}?edit=1")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        ours = [
            path("<path:object_id>/make/", view(self.run), name="analytics_report_make"),
            path("<path:object_id>/preview/", view(self.preview), name="analytics_report_preview"),
        ]
        return [*ours, *super().get_urls()]

    def page_context(self, request: HttpRequest, obj: Report) -> dict[str, Any]:
        form, own = request.__dict__.get("_run_forms") or (
            RunForm(request, span=Span(obj.span)),
            AskedForm(obj),
        )
        dataset = datasets.get(obj.dataset)
        return {
            "crumbs": [(_("Reports"), reverse("admin:reports")), (self.heading, self._list_url())],
            "report": obj,
            "dataset": dataset,
            "form": form,
            "own": own,
            "buttons": buttons(),
            "may_schedule": may_schedule(request),
            "has_days": bool(dataset.period),
            "run_url": reverse("admin:analytics_report_make", args=[obj.pk]),
            "preview_url": reverse("admin:analytics_report_preview", args=[obj.pk]),
            "conditions": _conditions(obj),
        }

    def run(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A POST has the file made; a look at it leads back to the report."""
        report = self._report(request, object_id)
        if request.method != "POST":
            return HttpResponseRedirect(_link(report))
        if not request.user.has_perm(RUN):
            raise PermissionDenied
        form, own = RunForm(request, request.POST, span=Span(report.span)), AskedForm(report, request.POST)
        if form.is_valid() and own.is_valid() and (answer := _answer(request, report, form, own)):
            return answer
        request.__dict__["_run_forms"] = (form, own)
        return self._object_page(request, report, {})

    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The first 50 rows of the days it is usually run for."""
        report = self._report(request, object_id)
        user, zone = cast("User", request.user), zone_of(request)
        context: dict[str, Any] = {}
        try:
            kept = specs.frozen(report)
            spec = specs.read(kept)
            specs.check_rights(spec, user)
            span = report.span if report.span != "chosen" else "last_30"
            asked = Asked(*span_days(span, zone=zone), zone, user.has_perm(running.SEE_COST))
            columns, rows = preview(kept, asked)
            context = {
                "table": table_of(columns, rows, zone),
                # Wallets, providers and what is owed are as they are now, whatever the days.
                "period": asked.period if spec.dataset.period else "",
            }
        except DomainError as error:
            context = {"refused": error.message}
        except OperationalError:
            context = {"refused": _("The preview takes too long: add a filter, or fewer days.")}
        response = render(request, "admin/analytics/preview.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def _report(self, request: HttpRequest, object_id: str) -> Report:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return cast("Report", found)


def _answer(request: HttpRequest, report: Report, form: RunForm, own: AskedForm) -> HttpResponse | None:
    """To its run, or to the form of a schedule; none where the form now says what is wrong."""
    if "schedule" in request.POST and may_schedule(request):
        return schedule_this((ReportRun.Kind.REPORT, str(report.pk)), form, own.cleaned_data)
    try:
        return HttpResponseRedirect(link_of(_ask(request, report, form, own)))
    except DomainError as error:
        add_domain_error(form, error)
    return None


def _ask(request: HttpRequest, report: Report, form: RunForm, own: AskedForm) -> ReportRun:
    user = cast("User", request.user)
    spec = specs.frozen(report, own.cleaned_data)
    specs.check_rights(specs.read(spec), user)
    return running.ask(
        kind=ReportRun.Kind.REPORT,
        key=str(report.pk),
        asked=form.asked() | {"title": report.title, "spec": spec},
        format=request.POST.get("format", ""),
        zone=form.cleaned_data["zone"],
        language=form.cleaned_data["language"],
        user=user,
    )


def _conditions(report: Report) -> list[str]:
    dataset, said = datasets.get(report.dataset), []
    for one in report.filters.all():
        column = dataset.column(one.column)
        value = _("(asked)") if one.ask else one.value
        said.append(f"{column.title if column else one.column} {one.get_operator_display()} {value}".strip())
    return said


def _adds_up(report: Report, key: str) -> bool:
    column = datasets.get(report.dataset).column(key)
    return column is not None and column.holds == "money"


def _link(report: Report) -> str:
    return reverse("admin:analytics_report_change", args=[report.pk])
