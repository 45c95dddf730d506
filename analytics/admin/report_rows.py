"""The rows a report is composed of, as its form shows them: only what its dataset offers to this person."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget

from analytics.datasets.base import Dataset, datasets
from analytics.models import Report, ReportColumn, ReportFilter
from analytics.services import specs
from core.backoffice.base import TabularInline
from core.exceptions import InvalidInput
from core.models import User


class RowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row whose column is one of the dataset's."""

    dataset: Dataset | None = None
    columns: list[tuple[str, Any]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(self.columns)
        kept = self.instance.column
        if kept and kept not in dict(known):
            # Hidden from this person, or gone: said, not lost.
            known.append((kept, kept))
        self.fields["column"] = forms.ChoiceField(
            label=_("Column"), choices=[("", "–"), *known], widget=UnfoldAdminSelectWidget
        )


class ColumnForm(RowForm):
    class Meta:
        model = ReportColumn
        fields = ("column", "measure", "title", "sort", "total", "position")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        found = self.dataset.column(cleaned.get("column", "")) if self.dataset else None
        if found is None or "measure" not in cleaned:
            return cleaned
        measure = cleaned["measure"]
        if measure not in specs.MEASURES[found.holds]:
            offered = ", ".join(str(ReportColumn.Measure(one).label) for one in specs.MEASURES[found.holds])
            self.add_error("measure", _("This column is shown as: %(offered)s.") % {"offered": offered})
        elif cleaned.get("total") and not specs.can_total(found, measure):
            self.add_error("total", _("This does not add up to anything."))
        return cleaned


class FilterForm(RowForm):
    class Meta:
        model = ReportFilter
        fields = ("column", "operator", "value", "ask", "position")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.dataset or not cleaned.get("column") or "operator" not in cleaned:
            return cleaned
        if cleaned.get("ask") and not cleaned.get("value"):
            return cleaned
        try:
            specs.condition(self.dataset, cleaned["column"], cleaned["operator"], cleaned.get("value") or "")
        except InvalidInput as error:
            field = error.field if error.field in self.fields else "value"
            self.add_error(field, error.message)
        return cleaned


def may_change(request: HttpRequest, report: Report) -> bool:
    """Its owner, who still may compose; a super admin may put anything right."""
    user = cast("User", request.user)
    return user.has_perm("analytics.change_report") and (report.owner_id == user.pk or user.is_superuser)


class RowsInline(TabularInline):
    ordering_field = "position"
    hide_ordering_field = True
    show_change_link = False
    show_title = False
    row_form: type[RowForm]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        report = cast("Report | None", obj)
        dataset = datasets.get(report.dataset) if report and report.dataset in datasets else None
        known = dataset.columns_for(cast("User", request.user)) if dataset else []
        offered = {"dataset": dataset, "columns": [(one.key, one.title) for one in known]}
        kwargs["form"] = type("Offered", (self.row_form,), offered)
        return super().get_formset(request, obj, **kwargs)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or may_change(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)


class ColumnsInline(RowsInline):
    model = ReportColumn
    row_form = ColumnForm
    fields = ("column", "measure", "title", "sort", "total", "position")
    max_num = specs.MOST_COLUMNS


class FiltersInline(RowsInline):
    model = ReportFilter
    row_form = FilterForm
    fields = ("column", "operator", "value", "ask", "position")
    max_num = specs.MOST_FILTERS
