"""The filters our lists use; each asks the database for a handful of rows however long the list is."""

from typing import Any

from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    MultipleChoicesDropdownFilter,
    RangeDateFilter,
    RangeNumericFilter,
)

RelatedFilter = AutocompleteSelectFilter
ChoicesFilter = ChoicesDropdownFilter
SeveralChoicesFilter = MultipleChoicesDropdownFilter
DayRangeFilter = RangeDateFilter
NumberRangeFilter = RangeNumericFilter
YesNoFilter = BooleanRadioFilter

__all__ = [
    "ChoicesFilter",
    "DayRangeFilter",
    "NumberRangeFilter",
    "RelatedFilter",
    "SeveralChoicesFilter",
    "YesNoFilter",
    "related",
]


def related(*names: str) -> list[tuple[str, Any]]:
    """`list_filter` entries for foreign keys."""
    return [(name, RelatedFilter) for name in names]
