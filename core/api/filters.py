"""Filters of lists by moments, days and ids, read as strictly as bodies are."""

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import DateFilter, IsoDateTimeFilter, NumberFilter

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class MomentField(IsoDateTimeField):
    """A moment in UTC: PostgreSQL takes neither every offset nor every year that RFC 3339 can write."""

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        if moment is None:
            return None
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise ValidationError(_("Give a moment between 1970 and 2200."), code="invalid") from None
        if not EARLIEST <= moment <= LATEST:
            raise ValidationError(_("Give a moment between 1970 and 2200."), code="invalid")
        return moment


class MomentFilter(IsoDateTimeFilter):
    field_class = MomentField


class DayField(forms.DateField):
    """A day as 2025-01-31 and in no other way, within the years of `MomentField`."""

    def to_python(self, value: Any) -> date | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            # By itself it takes 20250131 and 2025-W05-5 as well.
            day = date.fromisoformat(text) if len(text) == 10 and text[4] == text[7] == "-" else None
        except ValueError:
            day = None
        if day is None or not EARLIEST.year <= day.year < LATEST.year:
            raise ValidationError(_("Send a date such as 2025-01-31."), code="invalid")
        return day


class DayFilter(DateFilter):
    field_class = DayField


class IdFilter(NumberFilter):
    """The id of a row: a whole number that PostgreSQL's bigint holds."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=2**63 - 1, **kwargs)
