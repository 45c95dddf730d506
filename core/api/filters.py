"""Filters of lists by moments, read as strictly as bodies are."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import IsoDateTimeFilter

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
