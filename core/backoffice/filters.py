"""The filters our lists use; each asks the database for a handful of rows however long the list is."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    FieldTextFilter,
    MultipleChoicesDropdownFilter,
    RangeDateFilter,
    RangeNumericFilter,
)
from unfold.utils import parse_date_str

RelatedFilter = AutocompleteSelectFilter
ChoicesFilter = ChoicesDropdownFilter
SeveralChoicesFilter = MultipleChoicesDropdownFilter
NumberRangeFilter = RangeNumericFilter
YesNoFilter = BooleanRadioFilter

__all__ = [
    "BeginningFilter",
    "ChoicesFilter",
    "DayRangeFilter",
    "NumberRangeFilter",
    "RelatedFilter",
    "SeveralChoicesFilter",
    "YesNoFilter",
    "related",
]


class DayRangeFilter(RangeDateFilter):
    """From a day to a day, both whole, as the person who looks sees days. What is no day finds nothing.

    Unfold's own compares moments with the last day's midnight, so that this day is missing.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name, wanted = self.field_path, {}
        for end, comparison in (("from", "gte"), ("to", "lt")):
            if text := str(self.used_parameters.get(f"{name}_{end}") or ""):
                day = _day(text)
                if day is None:
                    return queryset.none()
                wanted[f"{name}__{comparison}"] = self._moment(day + timedelta(days=end == "to"))
        return queryset.filter(**wanted)

    def _moment(self, day: date) -> date:
        if not isinstance(self.field, models.DateTimeField):
            return day
        return timezone.make_aware(datetime.combine(day, time.min))


class BeginningFilter(FieldTextFilter):
    """What a text begins with, in any case: an index answers it, which it could not for Unfold's “contains”."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        [self.lookup_kwarg] = self.expected_parameters()
        self.lookup_val = self.used_parameters.get(self.lookup_kwarg)

    def expected_parameters(self) -> list[str]:
        return [f"{self.field_path}__istartswith"]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = str(self.value() or "").replace("\0", "").strip()
        return queryset.filter(**{self.lookup_kwarg: text}) if text else queryset


def _day(text: str) -> date | None:
    day = parse_date_str(text)
    # Beyond these years neither the arithmetic nor PostgreSQL's holds.
    return day if day and 1900 <= day.year < 2200 else None


def related(*names: str) -> list[tuple[str, Any]]:
    """`list_filter` entries for foreign keys."""
    return [(name, RelatedFilter) for name in names]
