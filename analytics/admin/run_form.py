"""What every report is asked with: days, zone, language; the format is the button."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from analytics.models import Format
from analytics.services.asking import MOST_DAYS, Span, is_of_our_time, span_days
from core.backoffice.dialog_forms import draw
from core.backoffice.list_documents import zone_of
from core.zones import names, zone_named

ICONS = {
    Format.PDF: "picture_as_pdf",
    Format.XLSX: "table_view",
    Format.CSV: "csv",
    Format.JSON: "data_object",
}


class RunForm(forms.Form):
    """Whole days of a zone. `asked()` is what a run keeps of them."""

    span = forms.ChoiceField(label=_("Days"), choices=Span.choices)
    first = forms.DateField(label=_("From"), required=False)
    last = forms.DateField(label=_("To"), required=False)
    zone = forms.ChoiceField(label=_("Time zone"), help_text=_("A day begins and ends at its midnight."))
    language = forms.ChoiceField(label=_("Language of the file"), choices=settings.LANGUAGES)

    def __init__(self, request: HttpRequest, data: Any = None, *, span: Span = Span.LAST_MONTH) -> None:
        zone = str(zone_of(request))
        language = (get_language() or "en").split("-")[0]
        super().__init__(data, initial={"span": span, "zone": zone, "language": language})
        self.fields["zone"].choices = [(name, name.replace("_", " ")) for name in names()]  # type: ignore[attr-defined]
        draw(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        if cleaned["span"] != Span.CHOSEN:
            zone = zone_named(cleaned["zone"])
            cleaned["first"], cleaned["last"] = span_days(cleaned["span"], zone=zone)
        elif not cleaned["first"] or not cleaned["last"]:
            self.add_error("last" if cleaned["first"] else "first", _("Choose the first and the last day."))
        elif cleaned["last"] < cleaned["first"]:
            self.add_error("last", _("The first day comes before the last; exchange the two."))
        elif (cleaned["last"] - cleaned["first"]).days >= MOST_DAYS:
            self.add_error("first", _("Ten years at most in one file."))
        elif not is_of_our_time(cleaned["first"], cleaned["last"]):
            self.add_error("first", _("Choose days of this century."))
        return cleaned

    def asked(self) -> dict[str, str]:
        return {
            "span": self.cleaned_data["span"],
            "first": self.cleaned_data["first"].isoformat(),
            "last": self.cleaned_data["last"].isoformat(),
        }


def buttons() -> list[dict[str, Any]]:
    """One a format: a click makes the file."""
    return [{"value": value, "title": label, "icon": ICONS[Format(value)]} for value, label in Format.choices]
