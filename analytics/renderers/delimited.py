"""Reports as CSV and as JSON lines: a million rows need no more memory than ten."""

import csv
import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from django.utils import timezone

from analytics.models import Format, ReportRun
from analytics.packs.base import Section
from analytics.renderers.base import (
    CopySection,
    Reading,
    Renderer,
    SectionRows,
    Written,
    renderers,
    statement,
)
from analytics.services.pulse import Pulse
from core.documents.delimited import BOM, cells, header
from core.documents.formulas import neutral
from core.documents.tables import Column, Money, Value


class Delimited(Renderer):
    """CSV: header and rows first, so that every program reads it; after an empty line, what the file is.

    Several tables stand one below the other, each after an empty line and a line with its title.
    """

    content_type = "text/csv; charset=utf-8"

    def write(self, reading: Reading, path: Path, pulse: Pulse) -> Written:
        written = Written()
        pulse.phase = ReportRun.Phase.WRITING
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(BOM)
        for number, section in enumerate(reading.sections):
            if number:
                _append(path, [[], [neutral(section.title)]])
            if isinstance(section, CopySection) and section.write_csv is not None:
                rows = section.write_csv(path, pulse)
                found = SectionRows(section, pulse)
                found.totals.count = rows
            else:
                found = SectionRows(section, pulse)
                titles = header(section.columns)
                _append(path, chain([titles], (cells(section.columns, row, reading.zone) for row in found)))
            written.counted.append(found.counted())
        said = (_said(label, value, reading.zone) for label, value in statement(reading, written))
        _append(path, chain([[]], said))
        return written


class Lines(Renderer):
    """JSON lines: an object a row, amounts as text with the currency beside; the last line says what the file is."""

    content_type = "application/x-ndjson"

    def write(self, reading: Reading, path: Path, pulse: Pulse) -> Written:
        written = Written()
        pulse.phase = ReportRun.Phase.WRITING
        several = len(reading.sections) > 1
        with path.open("w", encoding="utf-8") as file:
            for section in reading.sections:
                found = SectionRows(section, pulse)
                keys = _keys(section)
                before = {"section": section.title} if several else {}
                for row in found:
                    values = {key: _plain(value, reading.zone) for key, value in zip(keys, row, strict=True)}
                    file.write(_dumped(before | values))
                written.counted.append(found.counted())
            file.write(_dumped({"about": _about(statement(reading, written), reading.zone)}))
        return written


renderers.add(Format.CSV, Delimited())
renderers.add(Format.JSON, Lines())


def _append(path: Path, lines: Iterable[Any]) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)


def _said(label: str, value: Value, zone: Any) -> list[str]:
    match value:
        case Money():
            return [neutral(label), f"{value.amount:f}", value.currency]
        case _:
            return [neutral(label), *cells([Column("")], [value], zone)]


def _keys(section: Section) -> list[str]:
    """Names for programs; two columns of one title are told apart."""
    if isinstance(section, CopySection) and section.keys:
        return list(section.keys)
    keys: list[str] = []
    for column in section.columns:
        count = sum(one == column.title for one in keys)
        keys.append(f"{column.title} {count + 1}" if count else column.title)
    return keys


def _about(told: Iterable[tuple[str, Value]], zone: Any) -> dict[str, Any]:
    """By what each is called; of what is said twice, such as two conditions on one column, all of it."""
    found: dict[str, list[Any]] = {}
    for label, value in told:
        found.setdefault(label, []).append(_plain(value, zone))
    return {label: values if len(values) > 1 else values[0] for label, values in found.items()}


def _plain(value: Value, zone: Any) -> Any:
    match value:
        case Money():
            return {"amount": f"{value.amount:f}", "currency": value.currency}
        case datetime():
            moment = timezone.localtime(value, zone) if timezone.is_aware(value) else value
            return moment.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return value


def _dumped(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False) + "\n"
