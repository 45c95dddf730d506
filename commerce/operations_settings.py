"""The Operations settings page: closing the API for maintenance, and brands that are not sold for a while."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.outage_fields import OutagesField
from core.site_settings import SettingsForm, SettingsPage, load, settings_pages


@dataclass(frozen=True, slots=True)
class Outage:
    """A brand whose orders are refused; `until` none is until somebody takes it back."""

    brand: str
    until: datetime | None
    reason: str

    @classmethod
    def stored(cls, row: dict[str, str]) -> "Outage":
        until = datetime.fromisoformat(row["until"]) if row.get("until") else None
        return cls(row["brand"], until, row.get("reason", ""))

    def holds(self, at: datetime) -> bool:
        return self.until is None or at < self.until


@dataclass(frozen=True, slots=True)
class Operations:
    """What the page holds; each of `outages` is a stored `Outage`."""

    maintenance: bool = False
    maintenance_message: str = ""
    retry_minutes: int = 10
    outages: tuple[dict[str, str], ...] = ()

    def in_force(self, at: datetime | None = None) -> list[Outage]:
        now = at or timezone.now()
        return [one for one in map(Outage.stored, self.outages) if one.holds(now)]


class OperationsForm(SettingsForm):
    maintenance = forms.BooleanField(
        label=gettext_lazy("Maintenance"),
        required=False,
        help_text=gettext_lazy(
            "The API answers 503 and takes nothing; the admin stays open, and orders taken before are delivered."
        ),
    )
    maintenance_message = forms.CharField(
        label=gettext_lazy("What callers are told"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Empty: “We are working on the service. Try again later.”"),
    )
    retry_minutes = forms.IntegerField(
        label=gettext_lazy("Try again after, minutes"),
        min_value=1,
        max_value=1440,
        help_text=gettext_lazy("Told to callers in Retry-After."),
    )
    outages = OutagesField(
        label=gettext_lazy("Brands out of service"),
        required=False,
        help_text=gettext_lazy(
            "New orders and quotes of these brands are refused with the reason; without a time, until you remove them."
        ),
    )


@settings_pages.register("operations")
class OperationsPage(SettingsPage[Operations]):
    title = gettext_lazy("Operations")
    description = gettext_lazy("Close the API for maintenance; take brands out of service for a while.")
    icon = "engineering"
    permission = "core.change_operations"
    values_class = Operations
    form_class = OperationsForm
    public = ("maintenance", "maintenance_message")
    environment = {"maintenance": "MAINTENANCE"}

    @classmethod
    def told(cls, name: str, value: Any) -> str | None:
        if name != "outages" or not value:
            return None
        return "; ".join(outage_words(one) for one in map(Outage.stored, value))


def operations(*, fresh: bool = False) -> Operations:
    return load(OperationsPage, fresh=fresh)


def closed_words() -> str:
    return _("Maintenance: the API is closed. Orders taken before are delivered.")


def outage_words(outage: Outage) -> str:
    """Such as “NOVA until 3 May 2026, 10:00: provider down”."""
    text = outage.brand
    if outage.until:
        when = date_format(timezone.localtime(outage.until), "DATETIME_FORMAT")
        text = _("%(brand)s until %(when)s") % {"brand": text, "when": when}
    return f"{text}: {outage.reason}" if outage.reason else text
