"""What a composed report is made of, as it is kept with a run: checked against the dataset each time it is read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.datasets.base import DataColumn, Dataset, Holds, datasets
from analytics.models import Report, ReportColumn, ReportFilter
from core.exceptions import InvalidInput, NotAllowed, NotFound
from core.models import User

Shown, Test = ReportColumn.Measure, ReportFilter.Operator
NUMBERS, TIMES = (Holds.MONEY, Holds.NUMBER), (Holds.DATE, Holds.MOMENT)
MOST_COLUMNS, MOST_FILTERS = 40, 20
# What each kind of column may be shown as, and compared by.
MEASURES: dict[Holds, tuple[str, ...]] = {
    **dict.fromkeys((Holds.TEXT, Holds.CHOICE, Holds.FLAG), (Shown.AS_IT_IS, Shown.COUNT)),
    **dict.fromkeys(
        NUMBERS, (Shown.AS_IT_IS, Shown.SUM, Shown.AVERAGE, Shown.LEAST, Shown.MOST, Shown.COUNT)
    ),
    **dict.fromkeys(TIMES, (Shown.AS_IT_IS, *ReportColumn.BUCKETS, Shown.LEAST, Shown.MOST, Shown.COUNT)),
}
OPERATORS: dict[Holds, tuple[str, ...]] = {
    Holds.TEXT: (Test.IS, Test.IS_NOT, Test.ANY, Test.STARTS, Test.CONTAINS, Test.EMPTY, Test.FILLED),
    Holds.CHOICE: (Test.IS, Test.IS_NOT, Test.ANY),
    Holds.FLAG: (Test.IS,),
    **dict.fromkeys(NUMBERS, (Test.IS, Test.IS_NOT, Test.LEAST, Test.MOST, Test.EMPTY, Test.FILLED)),
    **dict.fromkeys(TIMES, (Test.LEAST, Test.MOST, Test.EMPTY, Test.FILLED)),
}
# As it is typed in Latin and in Arabic letters.
COMMA = re.compile("[,،]")
_YES, _NO = gettext_lazy("Yes"), gettext_lazy("No")


@dataclass(frozen=True, slots=True)
class Picked:
    """A column as a report shows it."""

    column: DataColumn
    measure: str = ""
    title: str = ""
    sort: str = ""
    total: bool = False

    @property
    def is_aggregate(self) -> bool:
        return self.measure in ReportColumn.AGGREGATES

    @property
    def heading(self) -> str:
        return self.title or str(self.column.title)


@dataclass(frozen=True, slots=True)
class Condition:
    column: DataColumn
    operator: str
    value: Any = None
    said: str = ""

    def in_words(self) -> tuple[str, str]:
        name = str(Test(self.operator).label)
        return str(self.column.title), f"{name} {self.said}".strip()


@dataclass(frozen=True, slots=True)
class Spec:
    dataset: Dataset
    columns: Sequence[Picked]
    conditions: Sequence[Condition]

    @property
    def is_grouped(self) -> bool:
        return any(one.is_aggregate for one in self.columns)

    @property
    def read_columns(self) -> list[DataColumn]:
        return [*(one.column for one in self.columns), *(one.column for one in self.conditions)]

    @property
    def needs_cost(self) -> bool:
        return any(column.secret for column in self.read_columns)


def frozen(report: Report, answers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """As JSON to be kept with a run: what the report is now, with what was answered where it asks.

    Args:
        answers: by the filter's id, as text.
    """
    given = answers or {}
    return {
        "dataset": report.dataset,
        "columns": [
            {"column": one.column, "measure": one.measure, "title": one.title, "sort": one.sort, "total": one.total}
            for one in report.columns.all()
        ],
        "filters": [
            {"column": one.column, "operator": one.operator,
             "value": given.get(str(one.pk), one.value) if one.ask else one.value}
            for one in report.filters.all()
        ],
    }  # fmt: skip


def read(kept: Mapping[str, Any]) -> Spec:
    """Raises NotFound: the dataset is gone. InvalidInput: a column or a condition is not what it offers."""
    key = str(kept.get("dataset", ""))
    if key not in datasets:
        raise NotFound("not_found", _("What this report is of is gone."))
    dataset = datasets.get(key)
    columns = [_picked(dataset, one) for one in list(kept.get("columns") or ())[:MOST_COLUMNS]]
    if not columns:
        raise InvalidInput("no_columns", _("Choose at least one column."), field="columns")
    conditions = [condition(dataset, **one) for one in list(kept.get("filters") or ())[:MOST_FILTERS]]
    return Spec(dataset, columns, conditions)


def check_rights(spec: Spec, user: User) -> None:
    """Raises NotAllowed."""
    hidden = [column.title for column in spec.read_columns if not column.is_for(user)]
    if hidden or not spec.dataset.is_for(user):
        names = ", ".join(map(str, hidden)) or str(spec.dataset.title)
        raise NotAllowed("not_allowed", _("You may not see: %(names)s.") % {"names": names})


def condition(dataset: Dataset, column: str, operator: str, value: str = "") -> Condition:
    """Raises InvalidInput, in words for whoever typed it."""
    found = _column(dataset, column)
    if operator not in OPERATORS[found.holds]:
        raise InvalidInput(
            "invalid_condition",
            _("“%(column)s” cannot be compared like this.") % {"column": found.title},
            field="operator",
        )
    if operator in ReportFilter.UNARY:
        return Condition(found, operator)
    text = str(value).strip()
    if operator == Test.ANY:
        parts = [part.strip() for part in COMMA.split(text) if part.strip()]
        if not parts:
            raise _missing(found)
        values = [_value(found, part) for part in parts]
        return Condition(found, operator, values, ", ".join(_shown(found, one) for one in values))
    if not text:
        raise _missing(found)
    parsed = _value(found, text)
    return Condition(found, operator, parsed, _shown(found, parsed))


def _picked(dataset: Dataset, one: Mapping[str, Any]) -> Picked:
    column, measure = _column(dataset, one.get("column", "")), str(one.get("measure") or "")
    if measure not in MEASURES[column.holds]:
        raise InvalidInput(
            "invalid_measure",
            _("“%(column)s” cannot be shown like this.") % {"column": column.title},
            field="measure",
        )
    sort = one.get("sort") if one.get("sort") in ("asc", "desc") else ""
    total = bool(one.get("total")) and can_total(column, measure)
    return Picked(column, measure, str(one.get("title") or ""), str(sort or ""), total)


def can_total(column: DataColumn, measure: str) -> bool:
    """Whether its figures add up to something: averages do not."""
    return (column.holds in NUMBERS and measure in (Shown.AS_IT_IS, Shown.SUM)) or measure == Shown.COUNT


def _column(dataset: Dataset, key: Any) -> DataColumn:
    found = dataset.column(str(key))
    if found is None:
        raise InvalidInput(
            "unknown_column", _("There is no column “%(key)s” here.") % {"key": str(key)[:40]}, field="column"
        )
    return found


def _value(column: DataColumn, text: str) -> Any:
    try:
        if column.holds in NUMBERS:
            number = Decimal(text)
            if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
                raise ValueError(text)
            return number
        if column.holds in TIMES:
            day = date.fromisoformat(text)
            if not 1900 <= day.year < 2200:
                raise ValueError(text)
            return day
        if column.holds == Holds.FLAG:
            return _flag(text)
    except (ValueError, InvalidOperation) as error:
        raise InvalidInput("invalid_value", _hint(column), field="value") from error
    if column.holds == Holds.CHOICE:
        return _chosen(column, text)
    return text.replace("\x00", "")


def _flag(text: str) -> bool:
    """In any of our languages: what one person wrote is read in the language of whoever runs it."""
    said = text.casefold()
    for answer, words in (
        (True, _all_words(_YES) | {"true", "1"}),
        (False, _all_words(_NO) | {"false", "0"}),
    ):
        if said in words:
            return answer
    raise ValueError(text)


def _all_words(word: Any) -> set[str]:
    """A translated word in each of our languages."""
    return {_in(code, word) for code, _name in settings.LANGUAGES}


def _in(language: str, word: Any) -> str:
    with translation.override(language):
        return str(word).casefold()


def _chosen(column: DataColumn, text: str) -> Any:
    """By the value or by what it is called in any of our languages, first of all in this one."""
    said = text.casefold()
    for value, label in column.pairs():
        if said in {str(value).casefold(), str(label).casefold()}:
            return value
    for value, label in column.pairs():
        if said in _all_words(label):
            return value
    known = ", ".join(str(value) for value, _label in column.pairs())
    raise InvalidInput("invalid_value", _("Choose of: %(known)s.") % {"known": known}, field="value")


def _hint(column: DataColumn) -> str:
    if column.holds in TIMES:
        return _("Give a day such as 2025-01-31.")
    return _("Say yes or no.") if column.holds == Holds.FLAG else _("Give a number such as 10.50.")


def _shown(column: DataColumn, value: Any) -> str:
    if column.holds == Holds.FLAG:
        return _("Yes") if value else _("No")
    return str(dict(column.pairs()).get(value, value))


def _missing(column: DataColumn) -> InvalidInput:
    return InvalidInput(
        "missing_value",
        _("Say what “%(column)s” is compared with.") % {"column": column.title},
        field="value",
    )
