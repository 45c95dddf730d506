"""What the page “Who changed what” is asked for: who acted, on what, from where and when."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelect2Widget

from core.admin.history_rights import kept_models, may_read, readable_kinds, within_rights
from core.backoffice.dialog_forms import draw
from core.backoffice.history import reading
from core.models import Event, User
from core.models.origins import Source

SHOWN_DAYS, MOST_DAYS = 30, 400
# What keys and the product itself do is a thousand times as much, and no index is paid for it.
SHOWN_DAYS_OF_MANY, MOST_DAYS_OF_MANY = 3, 31


class Who(models.TextChoices):
    """Kinds of actors, as people tell them apart."""

    STAFF = "staff", gettext_lazy("Staff")
    PARTIES = "parties", gettext_lazy("Customers and resellers")
    KEYS = "key", gettext_lazy("API keys")
    SYSTEM = "system", gettext_lazy("The product itself")
    ANYBODY = "any", gettext_lazy("Everybody and everything")


EVENTS_BY = {
    Who.STAFF: Q(actor_kind="staff"),
    Who.PARTIES: Q(actor_kind__in=["customer", "reseller"]),
    Who.KEYS: Q(actor_kind="key"),
    Who.SYSTEM: Q(actor_kind="system"),
    Who.ANYBODY: Q(),
}
# Rows of history know the person; a key's and the product's own have none.
CHANGES_BY = {
    Who.STAFF: Q(history_user__isnull=False),
    Who.PARTIES: Q(history_user__is_staff=False),
    Who.KEYS: Q(history_user=None, history_source=Source.API),
    Who.SYSTEM: Q(history_user=None) & ~Q(history_source=Source.API),
    Who.ANYBODY: Q(),
}


class FilterForm(forms.Form):
    """Whose, of what, from where and when."""

    actor = forms.ChoiceField(label=gettext_lazy("Who acted"), required=False, choices=Who.choices)
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
    address = forms.GenericIPAddressField(label=gettext_lazy("Address"), required=False)
    since = forms.DateField(label=gettext_lazy("From day"), required=False)
    until_day = forms.DateField(label=gettext_lazy("To day"), required=False)

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
        cleaned["actor"] = Who(cleaned.get("actor") or Who.STAFF)
        shown, most = _days_of(cleaned["actor"])
        today = timezone.localdate()
        ends = cleaned.get("until_day") or today
        begins = cleaned.get("since") or max(ends, date(2001, 1, 1)) - timedelta(days=shown - 1)
        if begins > ends:
            self.add_error("until_day", _("It ends before it begins."))
        elif (ends - begins).days > most:
            self.add_error("since", _("Choose at most %(days)d days.") % {"days": most})
        cleaned["since"], cleaned["until_day"] = begins, ends
        return cleaned


def _days_of(actor: str) -> tuple[int, int]:
    """How many days are shown where none were chosen, and how many may be."""
    few = actor in ("", Who.STAFF, Who.PARTIES)
    return (SHOWN_DAYS, MOST_DAYS) if few else (SHOWN_DAYS_OF_MANY, MOST_DAYS_OF_MANY)


def scopes(user: Any, chosen: dict[str, Any]) -> list[reading.Scope]:
    """Rows of history that were asked for and may be read."""
    wanted = Q(history_date__gte=_begin(chosen["since"]), history_date__lt=_end(chosen["until_day"]))
    wanted &= Q(history_user=chosen["person"]) if chosen["person"] else CHANGES_BY[chosen["actor"]]
    if chosen["source"]:
        wanted &= Q(history_source=chosen["source"])
    if chosen["address"]:
        wanted &= Q(history_address=chosen["address"])
    kinds = [model for model in kept_models() if chosen["kind"] in ("", model._meta.label_lower)]
    return [(model, wanted) for model in kinds if may_read(user, model)]


def events(user: Any, chosen: dict[str, Any]) -> Any:
    """Events that were asked for and may be read."""
    wanted = Event.objects.filter(
        EVENTS_BY[chosen["actor"]],
        created_at__gte=_begin(chosen["since"]),
        created_at__lt=_end(chosen["until_day"]),
    )
    if chosen["person"]:
        wanted = wanted.filter(actor_id=str(chosen["person"].pk))
    for name in ("source", "address"):
        if chosen[name]:
            wanted = wanted.filter(**{name: chosen[name]})
    if chosen["kind"]:
        return wanted.filter(subject_kind=chosen["kind"])
    return within_rights(wanted, user)


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _end(day: date) -> datetime:
    return _begin(day + timedelta(days=1))


def with_days(query: QueryDict) -> QueryDict:
    """The last days where none were chosen, so that the form says what is shown."""
    chosen = query.copy()
    shown, _most = _days_of(str(chosen.get("actor", "")))
    if not chosen.get("until_day"):
        chosen["until_day"] = timezone.localdate().isoformat()
    if not chosen.get("since") and (ends := parse_day(str(chosen["until_day"]))):
        chosen["since"] = max(ends - timedelta(days=shown - 1), date(2000, 1, 1)).isoformat()
    return chosen


def parse_day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
