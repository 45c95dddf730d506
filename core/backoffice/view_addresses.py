"""From a list's address to what a saved view keeps, and back: by names, and nothing the reader may not ask."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.utils import parse_date_str

from core.backoffice.filters import DayRangeFilter
from core.models import SavedView

# Names the view in a list's address.
VIEW_VAR = "view"
NO_FILTERS = {ALL_VAR, ERROR_FLAG, IS_POPUP_VAR, ORDER_VAR, PAGE_VAR, TO_FIELD_VAR, VIEW_VAR}
CHECKBOX = "action_checkbox"

type Filters = dict[str, list[str]]


def list_url(admin: Any) -> str:
    return reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_changelist")


def filters_in(admin: Any, request: HttpRequest) -> Filters:
    """The search and the filters of this request."""
    given = {name: [value for value in values if value] for name, values in request.GET.lists()}
    return usable(admin, request, given)


def usable(admin: Any, request: HttpRequest, filters: Filters) -> Filters:
    """Those that the list offers to this person; others would be an error, or tell what they may not know."""
    names = [name for name, _filter in _offered(admin, request)]
    return {
        key: list(values)
        for key, values in filters.items()
        if values
        and key not in NO_FILTERS
        and _is_offered(admin, request, key, names)
        and all(admin.lookup_allowed(key, value, request) for value in values)
    }


def days_in(admin: Any, request: HttpRequest, filters: Filters) -> list[str]:
    """Names of the filters that are days."""
    ranges = [name for name, kind in _offered(admin, request) if _is_of_days(kind)]
    ends = {f"{name}_{end}" for name in ranges for end in ("from", "to")}
    return [key for key in filters if key in ends]


def order_in(admin: Any, request: HttpRequest) -> list[str]:
    """The columns this request orders by; numbers that mean none are passed over."""
    columns = _numbered(admin, request, admin.get_list_display(request))
    found = []
    for part in request.GET.get(ORDER_VAR, "").split("."):
        number = part.removeprefix("-")
        if number.isascii() and number.isdecimal() and len(number) < 4 and int(number) < len(columns):
            found.append(("-" if part.startswith("-") else "") + str(columns[int(number)]))
    return found


def address(admin: Any, request: HttpRequest, view: SavedView) -> str:
    """The list as the view has it, for this person, today."""
    parameters: Filters = {VIEW_VAR: [str(view.pk)], **filters_of(admin, request, view)}
    columns = _numbered(admin, request, admin.columns_for(request, view.columns))
    numbers = {str(name): number for number, name in enumerate(columns)}
    order = [
        ("-" if name.startswith("-") else "") + str(numbers[name.removeprefix("-")])
        for name in view.ordering
        if name.removeprefix("-") in numbers
    ]
    if order:
        parameters[ORDER_VAR] = [".".join(order)]
    return f"{list_url(admin)}?{urlencode(parameters, doseq=True)}"


def filters_of(admin: Any, request: HttpRequest, view: SavedView, today: date | None = None) -> Filters:
    """A view's filters as they are to be used today."""
    filters = usable(admin, request, view.filters)
    if view.days_from is None:
        return filters
    past = (today or timezone.localdate()) - view.days_from
    for name in days_in(admin, request, filters):
        days = [parse_date_str(text) for text in filters[name]]
        filters[name] = [str(day + past) for day in days if day and 1900 < day.year < 2200]
    return filters


def is_changed(admin: Any, request: HttpRequest, view: SavedView) -> bool:
    """Whether the list is filtered or ordered otherwise than its view says."""
    names = {str(name) for name in admin.get_list_display(request)}
    order = [name for name in view.ordering if name.removeprefix("-") in names]
    return filters_in(admin, request) != filters_of(admin, request, view) or order_in(admin, request) != order


def _numbered(admin: Any, request: HttpRequest, columns: Sequence[Any]) -> list[Any]:
    """As the address counts them: the boxes for ticking are a column."""
    return [CHECKBOX, *columns] if admin.get_actions(request) else list(columns)


def _offered(admin: Any, request: HttpRequest) -> Iterator[tuple[str, Any]]:
    """What the list filters by: the name its parameters begin with, and the filter."""
    for one in admin.get_list_filter(request):
        if isinstance(one, list | tuple):
            yield str(one[0]), one[1]
        elif isinstance(one, str):
            yield one, None
        else:
            yield str(one.parameter_name), one


def _is_offered(admin: Any, request: HttpRequest, key: str, names: Sequence[str]) -> bool:
    if key == SEARCH_VAR:
        return bool(admin.get_search_fields(request))
    return any(key == name or key.startswith(f"{name}_") for name in names)


def _is_of_days(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, DayRangeFilter)
