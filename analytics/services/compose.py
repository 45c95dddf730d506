"""A composed report as one query: rows, how many they are and what they add up to, all asked of the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count, DateField, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Cast, TruncDay, TruncMonth, TruncQuarter, TruncWeek, TruncYear

from analytics.datasets.base import DataColumn, Holds
from analytics.models import ReportColumn, ReportFilter
from analytics.services.asking import Asked, midnight
from analytics.services.specs import Picked, Spec
from core.documents.tables import Column, Kind, Money, Row, Value

Shown, Test = ReportColumn.Measure, ReportFilter.Operator
TRUNCATED: dict[str, Any] = {
    Shown.DAY: TruncDay,
    Shown.WEEK: TruncWeek,
    Shown.MONTH: TruncMonth,
    Shown.QUARTER: TruncQuarter,
    Shown.YEAR: TruncYear,
}
AGGREGATES: dict[str, Any] = {
    Shown.SUM: Sum,
    Shown.AVERAGE: Avg,
    Shown.LEAST: Min,
    Shown.MOST: Max,
    Shown.COUNT: Count,
}
ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Out:
    """A column of the answer, by its name in the query; `currency` names the one beside it."""

    name: str
    picked: Picked
    currency: str = ""

    @property
    def kind(self) -> Kind:
        if self.picked.measure == Shown.COUNT:
            return Kind.NUMBER
        return Kind.DATE if self.picked.measure in TRUNCATED else self.picked.column.kind

    def column(self) -> Column:
        return Column(self.picked.heading, self.kind, totalled=self.picked.total)


class Query:
    """Of one spec, for one period, in one zone. Reads only when it is asked."""

    def __init__(self, spec: Spec, asked: Asked) -> None:
        self.spec, self.asked = spec, asked
        self.currencies: dict[str, str] = {}
        self.outs = [self._out(number, picked) for number, picked in enumerate(spec.columns)]
        self.columns = [out.column() for out in self.outs]
        # Of rows as they are, once they were added up: a million of them are not read twice.
        self._number: int | None = None

    def rows(self, most: int | None = None) -> Iterator[Row]:
        """By a cursor of the server, in order."""
        names = [out.name for out in self.outs]
        places = [
            (index, len(names) + list(self.currencies.values()).index(out.currency) if out.currency else None)
            for index, out in enumerate(self.outs)
        ]
        found = self.answer()[:most] if most else self.answer()
        for row in found.iterator(ROWS_AT_ONCE):
            yield [_value(row, index, currency) for index, currency in places]

    def answer(self) -> QuerySet[Any]:
        """The rows as tuples: the columns, then the currencies beside them."""
        names = [*(out.name for out in self.outs), *self.currencies.values()]
        return self._ordered(self._selected()).values_list(*names)

    def number(self) -> int:
        if self._number is not None:
            return self._number
        return self._selected().order_by().count() if self.spec.is_grouped else self.base().order_by().count()

    def sums(self) -> dict[int, list[Value]]:
        """Of the columns that are totalled, asked of the rows themselves and not of the groups."""
        found: dict[int, list[Value]] = {}
        plain = {out: _total(out.picked) for out in self.outs if out.picked.total and not out.currency}
        if plain:
            row = self.base().order_by().aggregate(**{out.name: how for out, how in plain.items()})
            for out in plain:
                found[self.outs.index(out)] = [row[out.name] or 0]
        for path, name in self.currencies.items():
            of = [out for out in self.outs if out.picked.total and out.currency == name]
            if not of:
                continue
            totals = {out.name: _total(out.picked) for out in of}
            named = self.base().order_by().values(**{name: F(path)})
            by = list(named.annotate(**totals, rows_added=Count("*")).order_by(name))
            if not self.spec.is_grouped:
                self._number = sum(row["rows_added"] for row in by)
            for row in by:
                for out in of:
                    if row[out.name] is not None:
                        amount = Money(row[out.name], row[name])
                        found.setdefault(self.outs.index(out), []).append(amount)
        return found

    def base(self) -> QuerySet[Any]:
        """The rows of the dataset that are meant."""
        dataset = self.spec.dataset
        found = dataset.rows(sees_cost=self.asked.sees_cost)
        if dataset.period:
            column = dataset.column(dataset.period)
            path = column.source if column else dataset.period
            found = found.filter(**{f"{path}__gte": self.asked.begin, f"{path}__lt": self.asked.end})
        for number, one in enumerate(self.spec.conditions):
            path = one.column.source if isinstance(one.column.source, str) else f"f{number}"
            if not isinstance(one.column.source, str):
                found = found.alias(**{path: one.column.source})
            test = _test(path, one.column, one.operator, one.value, self.asked.zone)
            found = found.exclude(test) if one.operator == Test.IS_NOT else found.filter(test)
        return found

    def _out(self, number: int, picked: Picked) -> Out:
        currency = ""
        if picked.column.holds == Holds.MONEY and picked.measure != Shown.COUNT:
            path = picked.column.currency
            currency = self.currencies.setdefault(path, f"k{len(self.currencies)}")
        return Out(f"c{number}", picked, currency)

    def _selected(self) -> QuerySet[Any]:
        currencies = {name: F(path) for path, name in self.currencies.items()}
        shown = {out.name: self._expression(out) for out in self.outs if not out.picked.is_aggregate}
        if not self.spec.is_grouped:
            return self.base().annotate(**shown, **currencies)
        totals = {out.name: _aggregate(out.picked) for out in self.outs if out.picked.is_aggregate}
        return self.base().order_by().values(**shown, **currencies).annotate(**totals)

    def _expression(self, out: Out) -> Any:
        if truncated := TRUNCATED.get(out.picked.measure):
            zone = {"tzinfo": self.asked.zone} if out.picked.column.holds == Holds.MOMENT else {}
            return Cast(truncated(out.picked.column.raw(), **zone), DateField())
        return out.picked.column.written()

    def _ordered(self, found: QuerySet[Any]) -> QuerySet[Any]:
        """As chosen, then by the groups or by the dataset's own order: never by chance."""
        chosen = [
            F(out.name).asc(nulls_last=True)
            if out.picked.sort == "asc"
            else F(out.name).desc(nulls_last=True)
            for out in self.outs
            if out.picked.sort
        ]
        if self.spec.is_grouped:
            rest = [F(out.name).asc(nulls_last=True) for out in self.outs if not out.picked.is_aggregate]
            return found.order_by(*chosen, *rest, *self.currencies.values())
        return found.order_by(*chosen, *self.spec.dataset.order)


def _value(row: Sequence[Any], index: int, currency: int | None) -> Value:
    found = row[index]
    if currency is None or found is None:
        return found  # type: ignore[no-any-return]
    return Money(found, row[currency])


def _aggregate(picked: Picked) -> Any:
    return AGGREGATES[picked.measure](picked.column.raw())


def _total(picked: Picked) -> Any:
    return Count(picked.column.raw()) if picked.measure == Shown.COUNT else Sum(picked.column.raw())


def _test(path: str, column: DataColumn, operator: str, value: Any, zone: ZoneInfo) -> Q:
    """As `filter` takes it; “is not” is its opposite, which the caller makes."""
    if operator in (Test.EMPTY, Test.FILLED):
        empty = Q(**{f"{path}__isnull": True})
        if column.holds == Holds.TEXT:
            empty |= Q(**{path: ""})
        return empty if operator == Test.EMPTY else ~empty
    if column.holds == Holds.MOMENT:
        # A day is from its midnight to the next one's, where the report is.
        if operator == Test.LEAST:
            return Q(**{f"{path}__gte": midnight(value, zone)})
        return Q(**{f"{path}__lt": midnight(value + timedelta(days=1), zone)})
    lookup = {
        Test.IS: "exact", Test.IS_NOT: "exact", Test.ANY: "in", Test.STARTS: "istartswith",
        Test.CONTAINS: "icontains", Test.LEAST: "gte", Test.MOST: "lte",
    }[Test(operator)]  # fmt: skip
    return Q(**{f"{path}__{lookup}": value})
