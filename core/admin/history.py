"""Who changed what: every change by people, whatever it is of, within the rights of who reads."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from core.backoffice import pages
from core.backoffice.dialog_forms import draw
from core.backoffice.history import reading, values
from core.backoffice.history.entries import Story, model_of, view_right
from core.backoffice.history.pages import address_of, cut_of
from core.models import Event, User
from core.models.origins import Source
from core.site_settings import settings_pages

PERMISSION, EVERYTHING = "core.view_event", "core.see_all_history"
SHOWN_DAYS, MOST_DAYS = 30, 400
MOST_PEOPLE = 200


def _settings_label(snapshot: dict[str, Any], key: str) -> Any:
    """A setting by the label of its form."""
    page = dict(settings_pages.items()).get(snapshot.get("page", ""))
    field = page.form_class.base_fields.get(key) if page else None
    return field.label if field else ""


values.label_keys("core.sitesettings", _settings_label)


def kept_models() -> list[type[Model]]:
    """The models whose rows have history."""
    return [model for model in apps.get_models() if reading.has_history(model) and not model._meta.proxy]


def may_read(user: Any, model: type[Model]) -> bool:
    return bool(user.has_perm(EVERYTHING) or user.has_perm(view_right(model)))


def readable_kinds(user: Any) -> list[tuple[str, str]]:
    """Kinds of things whose history this person may read, with their names."""
    models = {*kept_models(), *admin.site._registry} - {Event}
    named = [
        (model._meta.label_lower, str(capfirst(model._meta.verbose_name)))
        for model in models
        if may_read(user, model)
    ]
    return sorted(named, key=lambda pair: pair[1])


def _day() -> forms.Widget:
    """The browser's own choice of a day."""
    return UnfoldAdminTextInputWidget(attrs={"type": "date"})


class FilterForm(forms.Form):
    """Whose, of what, from where and when."""

    person = forms.ModelChoiceField(
        label=gettext_lazy("Person"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("Everybody"),
        widget=UnfoldAdminSelect2Widget,
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    source = forms.ChoiceField(
        label=gettext_lazy("By way of"),
        required=False,
        choices=[("", gettext_lazy("Anywhere")), *Source.choices],
    )
    since = forms.DateField(label=gettext_lazy("From day"), required=False, widget=_day())
    until_day = forms.DateField(label=gettext_lazy("To day"), required=False, widget=_day())

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("Everything")), *readable_kinds(user)]  # type: ignore[attr-defined]
        named = self.data.get("person", "")
        wanted = Q(is_staff=True)
        if named.isascii() and named.isdigit() and len(named) < 10:
            wanted |= Q(pk=int(named))
        people = User.objects.filter(wanted).order_by("first_name", "username")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        draw(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        today = timezone.localdate()
        ends = cleaned.get("until_day") or today
        begins = cleaned.get("since") or max(ends, date(2001, 1, 1)) - timedelta(days=SHOWN_DAYS - 1)
        if begins > ends:
            self.add_error("until_day", _("It ends before it begins."))
        elif (ends - begins).days > MOST_DAYS:
            self.add_error("since", _("Choose at most %(days)d days.") % {"days": MOST_DAYS})
        cleaned["since"], cleaned["until_day"] = begins, ends
        return cleaned


@pages.page("history/", name="history", permission=PERMISSION)
def history_page(request: HttpRequest) -> HttpResponse:
    """What people changed, newest first."""
    form = FilterForm(_with_days(request.GET), user=request.user)
    found: dict[str, Any] = {"entries": [], "older": ""}
    if form.is_valid():
        found = _found(request, form.cleaned_data)
    return pages.render(
        request,
        "admin/core/history/people.html",
        title=_("Who changed what"),
        form=form,
        media=form.media,
        query=_without_place(request.GET),
        newest=f"?{_without_place(request.GET)}" if cut_of(request) else "",
        **found,
    )


def _found(request: HttpRequest, chosen: dict[str, Any]) -> dict[str, Any]:
    cut = cut_of(request)
    changed = reading.changes(_scopes(request.user, chosen), cut=cut)
    happened = reading.events(_events(request.user, chosen), cut=cut)
    rows, following = reading.page_of(changed, happened, cut=cut)
    return {"entries": Story(request.user).tell(rows), "older": address_of(following)}


def _scopes(user: Any, chosen: dict[str, Any]) -> list[reading.Scope]:
    wanted = Q(history_date__gte=_begin(chosen["since"]), history_date__lt=_end(chosen["until_day"]))
    if chosen["person"]:
        wanted &= Q(history_user=chosen["person"])
    else:
        wanted &= Q(history_user__isnull=False)
    if chosen["source"]:
        wanted &= Q(history_source=chosen["source"])
    kinds = [model for model in kept_models() if chosen["kind"] in ("", model._meta.label_lower)]
    return [(model, wanted) for model in kinds if may_read(user, model)]


def _events(user: Any, chosen: dict[str, Any]) -> Any:
    wanted = Event.objects.filter(
        actor_kind="staff",
        created_at__gte=_begin(chosen["since"]),
        created_at__lt=_end(chosen["until_day"]),
    )
    if chosen["person"]:
        wanted = wanted.filter(actor_id=str(chosen["person"].pk))
    if chosen["source"]:
        wanted = wanted.filter(source=chosen["source"])
    if chosen["kind"]:
        return wanted.filter(subject_kind=chosen["kind"])
    return within_rights(wanted, user)


def within_rights(wanted: Any, user: Any) -> Any:
    """Those events whose subject this person may see."""
    if user.has_perm(EVERYTHING):
        return wanted
    return wanted.filter(subject_kind__in=[kind for kind, _name in readable_kinds(user) if model_of(kind)])


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _end(day: date) -> datetime:
    return _begin(day + timedelta(days=1))


def _with_days(query: QueryDict) -> QueryDict:
    """The last month where no days were chosen, so that the form says what is shown."""
    chosen = query.copy()
    if not chosen.get("until_day"):
        chosen["until_day"] = timezone.localdate().isoformat()
    if not chosen.get("since") and (ends := parse_day(str(chosen["until_day"]))):
        chosen["since"] = max(ends - timedelta(days=SHOWN_DAYS - 1), date(2000, 1, 1)).isoformat()
    return chosen


def parse_day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _without_place(query: QueryDict) -> str:
    kept = query.copy()
    kept.pop("until", None)
    text = kept.urlencode()
    return f"{text}&" if text else ""
