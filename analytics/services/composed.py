"""Composed reports as something that runs: sections for the renderers, a preview for the page, COPY for CSV."""

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import DateField, F, Sum
from django.db.models.functions import Cast, TruncDay, TruncMonth
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from analytics.datasets.base import Holds
from analytics.models import Format, ReportRun
from analytics.packs.base import Chart, Section, Series
from analytics.renderers.base import CopySection
from analytics.services import specs
from analytics.services.asking import Asked
from analytics.services.compose import Out, Query
from analytics.services.pulse import Pulse
from analytics.services.snapshot import clocks_of, snapshot
from analytics.services.sources import Source, finders
from commerce.services.csv_copy import FORMULA, PHONE, PLAIN, TEXT
from core.documents.formulas import neutral
from core.documents.tables import MOST_PRINTED_ROWS, Column, Kind, Money, Row
from core.models import User

PREVIEW_ROWS, PREVIEW_SECONDS = 50, 8
# So many rows are written between two looks at whether to go on.
TOLD_EVERY = 500
# A chart of more days than this is one of months.
MOST_DAYS = 92
# Of groups so many are drawn.
MOST_GROUPS = 31
# To read a table and sort it costs half of what walking an index and looking up each row beside it does.
WHOLE_TABLES = "SELECT set_config('random_page_cost', '4', true), set_config('work_mem', '64MB', true)"
# As every reader takes it: with its offset, in the zone of the report, whose clocks the database has meanwhile.
# `to_char` says the same at three times the cost; an offset of whole hours is written without its minutes.
MOMENT = "rpad(date_trunc('second', {0})::text, 25, ':00')"
DAY = "to_char({0}, 'YYYY-MM-DD')"
WRITTEN = {Kind.TEXT: TEXT, Kind.DATE: DAY, Kind.DATETIME: MOMENT, Kind.NUMBER: PLAIN, Kind.MONEY: PLAIN}


class ComposedSource(Source):
    """A report as it was frozen when somebody asked for it."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self.spec = specs.read(kept.get("spec") or {})
        self.title = str(kept.get("title") or self.spec.dataset.title)
        self.needs_cost = self.spec.needs_cost
        self.has_days = bool(self.spec.dataset.period)

    def is_for(self, user: User) -> bool:
        return self.spec.dataset.is_for(user) and all(one.is_for(user) for one in self.spec.read_columns)

    def facts(self, asked: Asked) -> list[tuple[str, str]]:
        return [
            (_("Rows of"), str(self.spec.dataset.title)),
            *(one.in_words() for one in self.spec.conditions),
        ]

    def sections(self, asked: Asked, user: User, format: str) -> list[Section]:
        query = Query(self.spec, asked)
        sums = query.sums()
        number = query.number()
        most = MOST_PRINTED_ROWS if format == Format.PDF else None
        return [
            CopySection(
                title=self.title,
                columns=query.columns,
                rows=query.rows(most),
                chart=chart_of(query, number) if format in (Format.PDF, Format.XLSX) else None,
                number=number,
                sums=sums,
                write_csv=lambda path, pulse: _copy(query, path, pulse),
                keys=[_key(out) for out in query.outs],
            )
        ]


@finders.register(ReportRun.Kind.REPORT)
def report_source(_key: str, kept: Mapping[str, Any]) -> Source:
    return ComposedSource(kept)


def preview(kept: Mapping[str, Any], asked: Asked) -> tuple[list[Column], list[Row]]:
    """The first rows, read like the file will be."""
    query = Query(specs.read(kept), asked)
    with snapshot(longest=PREVIEW_SECONDS):
        return query.columns, list(islice(query.rows(PREVIEW_ROWS), PREVIEW_ROWS))


def chart_of(query: Query, number: int) -> Chart | None:
    """The first sum by its first group; of rows as they are, by day or month."""
    out = next(
        (out for out in query.outs if out.picked.total and out.kind in (Kind.MONEY, Kind.NUMBER)), None
    )
    if out is None or not number:
        return None
    return _by_group(query, out, number) if query.spec.is_grouped else _by_time(query, out)


def _by_group(query: Query, out: Out, number: int) -> Chart | None:
    group = next((one for one in query.outs if not one.picked.is_aggregate), None)
    if group is None or number > MOST_GROUPS * 2:
        return None
    at, by, unit = query.outs.index(out), query.outs.index(group), ""
    pairs: list[tuple[Any, Any]] = [(row[by], row[at]) for row in query.rows()]
    if out.currency:
        paid = [(label, money) for label, money in pairs if isinstance(money, Money)]
        unit = _largest((money.currency, money.amount) for _name, money in paid)
        pairs = [(label, money.amount) for label, money in paid if money.currency == unit]
    shown = pairs[:MOST_GROUPS]
    series = Series(out.picked.heading, [value for _name, value in shown])
    kind = "bars" if group.kind == Kind.DATE else "names"
    return Chart(_titled(out, unit), [_label(label) for label, _amount in shown], [series], kind, unit)


def _by_time(query: Query, out: Out) -> Chart | None:
    dataset = query.spec.dataset
    if not dataset.period or out.kind != Kind.MONEY:
        return None
    column = dataset.column(dataset.period)
    path = column.source if column else dataset.period
    cut = TruncDay if query.asked.days <= MOST_DAYS else TruncMonth
    found = (
        query.base().order_by()
        .values(at=Cast(cut(path, tzinfo=query.asked.zone), DateField()), unit=F(out.picked.column.currency))
        .annotate(amount=Sum(out.picked.column.raw()))
        .order_by("at", "unit")
    )  # fmt: skip
    rows = [(row["at"], row["unit"], row["amount"] or Decimal(0)) for row in found]
    unit = _largest((unit, amount) for _at, unit, amount in rows)
    mine = [(at, amount) for at, one, amount in rows if one == unit]
    style = "j M" if cut is TruncDay else "M Y"
    labels = [date_format(at, style) for at, _amount in mine]
    return Chart(
        _titled(out, unit), labels, [Series(out.picked.heading, [amount for _at, amount in mine])], unit=unit
    )


def _largest(amounts: Any) -> str:
    """The currency most is of."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return max(sums, key=lambda name: sums[name], default="")


def _titled(out: Out, unit: str) -> str:
    return f"{out.picked.heading} ({unit})" if unit else out.picked.heading


def _label(value: Any) -> str:
    return (
        date_format(value, "SHORT_DATE_FORMAT")
        if hasattr(value, "year")
        else str("–" if value in (None, "") else value)
    )


def _key(out: Out) -> str:
    measure = f"_{out.picked.measure}" if out.picked.measure else ""
    return f"{out.picked.column.key}{measure}"


def _copy(query: Query, path: Path, pulse: Pulse) -> int:
    """Header and rows at the end of a file, written by the database. Amounts are plain, their currency beside them."""
    names = [out.picked.heading for out in query.outs]
    several = len(query.currencies) > 1
    names += [
        _("Currency") if not several else _("Currency %(number)d") % {"number": number + 1}
        for number in range(len(query.currencies))
    ]
    head = StringIO(newline="")
    csv.writer(head).writerow(neutral(name) for name in names)
    with path.open("ab") as file, clocks_of(str(query.asked.zone)):
        file.write(head.getvalue().encode())
        number, write = 0, file.write
        for number, line in enumerate(_lines(_statement(query)), start=1):
            write(line)
            if not number % TOLD_EVERY:
                pulse.more(TOLD_EVERY)
        pulse.more(number % TOLD_EVERY)
    return number


def _statement(query: Query) -> str:
    kinds = [*(out.kind for out in query.outs), *([Kind.TEXT] * len(query.currencies))]
    names = [f"v{number}" for number in range(len(kinds))]
    shown = [WRITTEN[kind].format(f"o.{name}") for kind, name in zip(kinds, names, strict=True)]
    for number, out in enumerate(query.outs):
        if out.picked.column.holds in (Holds.CHOICE, Holds.FLAG) and not out.picked.is_aggregate:
            shown[number] = f"o.{names[number]}"  # words of ours
    try:
        inner, params = query.answer().query.sql_with_params()
    except EmptyResultSet:
        return ""
    asked = connection.ops.compose_sql(inner, params)  # type: ignore[attr-defined]
    how = connection.ops.compose_sql(  # type: ignore[attr-defined]
        ", ".join(shown), {"formula": FORMULA, "phone": PHONE}
    )
    return f"COPY (SELECT {how} FROM ({asked}) AS o({', '.join(names)})) TO STDOUT WITH (FORMAT csv)"  # noqa: S608  # nosec B608


def _lines(statement: str) -> Iterator[memoryview]:
    """A row at a time, as the database sends them; of what can find nothing there is no SQL."""
    if not statement:
        return
    with connection.cursor() as cursor:
        cursor.execute(WHOLE_TABLES)
        with cursor.copy(statement) as copy:
            yield from copy
