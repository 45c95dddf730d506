"""The form of a schedule: what is asked of the report each time, its days, its times, and to whom it goes."""

from datetime import time
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminTextInputWidget

from analytics.models import Format, Report, ReportSchedule
from analytics.packs.base import packs
from analytics.services import schedule_rights, times
from analytics.services.asking import Span
from core.backoffice.dialog_forms import draw
from core.exceptions import InvalidInput
from core.models import User
from core.zones import names

ANSWER = "answer_"
K, F = ReportSchedule.Kind, ReportSchedule.Frequency
MONTH_DAYS = [(day, day) for day in range(1, 29)]
TYPED = ("title", "span", "frequency", "at", "weekday", "month_day", "cron", "zone", "language", "formats", "people",
         "addresses", "only_if_rows", "with_cost")  # fmt: skip


class TimeInput(UnfoldAdminTextInputWidget):
    """The browser's own choice of a time, to the minute."""

    input_type = "time"

    def format_value(self, value: Any) -> Any:
        return f"{value:%H:%M}" if isinstance(value, time) else value


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]
    """Its subclasses know what runs; see `form_of`."""

    owner: User
    kind: str
    key: str

    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=160, help_text=gettext_lazy("The mail's subject.")
    )
    span = forms.ChoiceField(
        label=gettext_lazy("Days"),
        choices=ReportSchedule.SPANS,
        help_text=gettext_lazy("As of the moment it is due. “This month” is the month to date."),
    )
    frequency = forms.ChoiceField(label=gettext_lazy("How often"), choices=F.choices)
    at = forms.TimeField(label=gettext_lazy("At"), required=False, widget=TimeInput)
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("On"), choices=ReportSchedule.Weekday.choices, coerce=int, required=False
    )
    month_day = forms.TypedChoiceField(
        label=gettext_lazy("Day of the month"),
        choices=[*MONTH_DAYS, (ReportSchedule.LAST_DAY, gettext_lazy("The last"))],
        coerce=int,
        required=False,
    )
    cron = forms.CharField(
        label=gettext_lazy("Crontab"),
        max_length=100,
        required=False,
        help_text=gettext_lazy(
            "Minute, hour, day of the month, month, day of the week: 0 7 * * 1-5 is every working day at seven."
        ),
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("Of its times and its days.")
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of file and mail"), choices=settings.LANGUAGES)
    formats = forms.MultipleChoiceField(
        label=gettext_lazy("Formats"), choices=Format.choices, widget=forms.CheckboxSelectMultiple
    )
    people = forms.ModelMultipleChoiceField(
        label=gettext_lazy("To staff"),
        queryset=User.objects.none(),
        widget=UnfoldAdminSelect2MultipleWidget,
        required=False,
        help_text=gettext_lazy("Only those who may see what it holds."),
    )
    addresses = forms.CharField(
        label=gettext_lazy("To addresses"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea,
        help_text=gettext_lazy("E-mail addresses, one a line. Whoever reads them there sees the report."),
    )
    only_if_rows = forms.BooleanField(
        label=gettext_lazy("Only if there are rows"),
        required=False,
        help_text=gettext_lazy("Else nothing is sent that day."),
    )
    with_cost = forms.BooleanField(
        label=gettext_lazy("With cost and margin"),
        required=False,
        help_text=gettext_lazy("Where its owner may see them."),
    )

    class Meta:
        model = ReportSchedule
        fields = TYPED

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.kind, self.instance.key = self.kind, self.key
        if self.instance.owner_id is None:
            self.instance.owner = self.owner
        self.fields["zone"].choices = [(name, name.replace("_", " ")) for name in names()]  # type: ignore[attr-defined]
        staff = User.objects.filter(is_staff=True, is_active=True).exclude(email="")
        self.fields["people"].queryset = staff.order_by("first_name", "last_name", "username")  # type: ignore[attr-defined]
        self.fields["people"].label_from_instance = _person  # type: ignore[attr-defined]
        if not self.owner.has_perm(schedule_rights.SEE_COST):
            del self.fields["with_cost"]
        for name, value in self.instance.answers.items():
            if f"{ANSWER}{name}" in self.fields:
                self.initial.setdefault(f"{ANSWER}{name}", value)
        draw(cast("forms.Form", self))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kept = self.instance
        # What another frequency needs is not asked for: it stays as it was.
        for name in ("at", "weekday", "month_day"):
            if cleaned.get(name) in (None, ""):
                cleaned[name] = getattr(kept, name)
        if cleaned.get("frequency") == F.CRON:
            try:
                times.fields_of(ReportSchedule(frequency=F.CRON, cron=cleaned.get("cron") or ""))
            except InvalidInput as error:
                self.add_error("cron", error.message)
        kept.answers = self._answers()
        return cleaned

    def _answers(self) -> dict[str, Any]:
        """As they were typed: a pack's own form reads them at each run."""
        return {
            name.removeprefix(ANSWER): field.widget.value_from_datadict(
                self.data, self.files, self.add_prefix(name)
            )
            for name, field in self.fields.items()
            if name.startswith(ANSWER)
        }


def form_of(owner: User, kind: str, key: str) -> type[ScheduleForm]:
    """For what runs. Raises KeyError: there is nothing of the kind."""
    own = {f"{ANSWER}{name}": field for name, field in _own_fields(kind, key).items()}
    return type("FormOfThis", (ScheduleForm,), {**own, "owner": owner, "kind": kind, "key": key})


def answer_names(kind: str, key: str) -> list[str]:
    return [f"{ANSWER}{name}" for name in _own_fields(kind, key)]


def _own_fields(kind: str, key: str) -> dict[str, forms.Field]:
    from analytics.admin.reports import AskedForm

    if kind == K.PACK:
        return dict(packs.get(key).form().fields) if key in packs else {}
    report = Report.objects.filter(pk=key).first() if key.isascii() and key.isdigit() else None
    return dict(AskedForm(report).fields) if report else {}


def schedule_this(what: tuple[str, str], form: Any, answers: dict[str, Any]) -> HttpResponseRedirect | None:
    """From the form a report is run with to that of a schedule, filled in the same; none where it cannot be."""
    if form.cleaned_data["span"] == Span.CHOSEN:
        form.add_error("span", _("A schedule needs days told by the day it runs, such as “Last month”."))
        return None
    asked = {name: form.cleaned_data[name] for name in ("span", "zone", "language")}
    asked |= {"what": ":".join(what)} | {f"{ANSWER}{name}": value for name, value in answers.items()}
    query = urlencode(asked, doseq=True)
    return HttpResponseRedirect(f"{reverse('admin:analytics_reportschedule_add')}?{query}")


def may_schedule(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("analytics.add_reportschedule"))  # type: ignore[union-attr]


def _person(user: User) -> str:
    return f"{user.get_full_name() or user.get_username()} ({user.email})"
