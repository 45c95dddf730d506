"""Reading a statement's file: which column is what, dates, amounts and words as its source writes them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.models import StatementLine, StatementSource
from core.backoffice.importing import files
from core.backoffice.importing.files import Sheet, SheetRow
from core.exceptions import InvalidInput
from core.money import quantize
from core.zones import zone_named

LARGEST = 10 * files.MEGABYTE
MOST_ROWS = 150_000
MOST_PROBLEMS = 20
# What a column may be; the first two are needed, and one of the references.
FIELDS: dict[str, Any] = {
    "day": gettext_lazy("Date"),
    "amount": gettext_lazy("Amount"),
    "our_reference": gettext_lazy("Our id or reference"),
    "reference": gettext_lazy("Their reference"),
    "order_number": gettext_lazy("Order number"),
    "status": gettext_lazy("Status"),
    "currency": gettext_lazy("Currency"),
    "description": gettext_lazy("Text"),
}
NEEDED = ("day", "amount")
REFERENCES = ("our_reference", "reference", "order_number")
# What columns are called, where nobody has chosen them yet.
KNOWN_AS = {
    "day": ("date", "day", "time", "timestamp", "booking date", "value date", "created", "created at"),
    "amount": ("amount", "charge", "charged", "cost", "price", "net", "gross", "sum", "value"),
    "our_reference": ("our reference", "external id", "client reference", "merchant reference", "your reference"),
    "reference": ("reference", "transaction id", "transaction", "id", "bank reference", "provider reference",
                  "purpose"),
    "order_number": ("order", "order number", "order no", "order id"),
    "status": ("status", "state", "result"),
    "currency": ("currency", "ccy"),
    "description": ("description", "text", "details", "note", "product"),
}  # fmt: skip
_DATE = re.compile(r"^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[ T].*)?$", re.ASCII)
_ORDERS = {"ymd": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}
_PLAIN = re.compile(r"[+-]?\d{1,12}(\.\d{1,4})?", re.ASCII)
# Thousands stand in groups, as does a lakh: what looks like a group and is none has its decimals behind that mark.
_GROUPED = {
    "point": re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d{1,4})?", re.ASCII),
    "comma": re.compile(r"[+-]?\d{1,3}(\.\d{2,3})*\.\d{3}(,\d{1,4})?", re.ASCII),
}
_THOUSANDS = {"point": ",", "comma": "."}


@dataclass(frozen=True, slots=True)
class Line:
    """A row as we read it; `amount` signed as `StatementLine` says."""

    row: int
    day: date
    amount: Decimal
    status: str
    reference: str
    our_reference: str
    order_number: str
    description: str


@dataclass(slots=True)
class Reading:
    """What came of a file: its lines, rows that are no bookings, and what cannot be understood."""

    lines: list[Line] = field(default_factory=list)
    left_out: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)


def sheet_of(name: str, content: bytes) -> Sheet:
    """The table in the file.

    Raises:
        InvalidInput: it is too large, no table, or packed to unpack to too much.
    """
    return files.read(name, content, most=MOST_ROWS, largest=LARGEST)


def guessed(headers: list[str]) -> dict[str, str]:
    """Which column is what, by what columns are usually called."""
    found: dict[str, str] = {}
    for name, known in KNOWN_AS.items():
        header = next((one for one in known if one in headers and one not in found.values()), None)
        if header:
            found[name] = header
    return found


def check_columns(columns: dict[str, str], headers: list[str]) -> dict[str, str]:
    """The map without what is empty.

    Raises:
        InvalidInput: naming the field: a column that is needed, not there, or named twice.
    """
    chosen = {name: header for name, header in columns.items() if name in FIELDS and header}
    for name in NEEDED:
        if name not in chosen:
            raise InvalidInput("column_needed", _("Say which column this is."), field=name)
    if not any(name in chosen for name in REFERENCES):
        text = _("At least one reference is needed: nothing else tells two lines apart.")
        raise InvalidInput("reference_needed", text, field="reference")
    for name, header in chosen.items():
        if header not in headers:
            text = _("The file has no column “%(name)s”.") % {"name": header}
            raise InvalidInput("no_such_column", text, field=name)
        if list(chosen.values()).count(header) > 1:
            raise InvalidInput("column_twice", _("This column is chosen twice."), field=name)
    return chosen


def read(source: StatementSource, sheet: Sheet) -> Reading:
    """The lines of a sheet, by the source's map. What cannot be understood is a problem of its row."""
    reader, reading = _Reader(source), Reading()
    for row in sheet.rows:
        if reader.is_no_booking(row):
            reading.left_out += 1
            continue
        try:
            reading.lines.append(reader.line(row))
        except InvalidInput as error:
            if len(reading.problems) < MOST_PROBLEMS:
                column = source.columns.get(error.field or "", "")
                reading.problems.append({"row": row.number, "column": column, "text": error.message})
            elif len(reading.problems) == MOST_PROBLEMS:
                # As many are enough to see what is wrong.
                break
    return reading


class _Reader:
    """What one source writes, read the same way for each row."""

    def __init__(self, source: StatementSource) -> None:
        self._source, self._columns = source, source.columns
        self._zone: ZoneInfo = zone_named(source.time_zone)
        self._words = dict(_words(source))
        self._days: dict[str, date] = {}

    def is_no_booking(self, row: SheetRow) -> bool:
        """Sums below a table, and remarks: nothing names a booking, and what stands for its day has no digit."""
        if any(self._cell(row, name) for name in REFERENCES):
            return False
        return not any(letter.isdigit() for letter in self._cell(row, "day"))

    def line(self, row: SheetRow) -> Line:
        """Raises InvalidInput with one of FIELDS."""
        for name, header in self._columns.items():
            if header in row.broken:
                raise InvalidInput("broken_cell", row.broken[header], field=name)
        self._check_currency(self._cell(row, "currency"))
        status = self._status(self._cell(row, "status"))
        return Line(
            row=row.number,
            day=self._day(self._cell(row, "day")),
            amount=self._amount(row, status),
            status=status,
            reference=self._text(row, "reference", 120),
            our_reference=self._text(row, "our_reference", 120),
            order_number=self._text(row, "order_number", 40).upper(),
            description=self._cell(row, "description")[:300],
        )

    def _cell(self, row: SheetRow, name: str) -> str:
        return row.cells.get(self._columns.get(name, ""), "")

    def _text(self, row: SheetRow, name: str, most: int) -> str:
        text = self._cell(row, name)
        if len(text) > most:
            raise InvalidInput("too_long", _("At most %(most)d characters.") % {"most": most}, field=name)
        return text

    def _check_currency(self, text: str) -> None:
        if text and text.upper() != self._source.currency:
            words = _("This source is in %(currency)s: import another currency from a source of its own.")
            raise InvalidInput(
                "other_currency", words % {"currency": self._source.currency}, field="currency"
            )

    def _status(self, text: str) -> str:
        if not text:
            return StatementLine.Status.DONE.value
        if text.lower() not in self._words:
            words = _("“%(word)s” is no word of this source: add it to those for done, failed or reversed.")
            raise InvalidInput("unknown_status", words % {"word": text[:40]}, field="status")
        return self._words[text.lower()]

    def _day(self, text: str) -> date:
        if text not in self._days:
            if len(self._days) > 50_000:
                self._days.clear()
            self._days[text] = self._read_day(text)
        return self._days[text]

    def _read_day(self, text: str) -> date:
        day = _iso(text, self._zone) or self._in_order(text)
        if day is None or not 2000 <= day.year < 2200:
            raise InvalidInput("no_date", _("“%(text)s” is no date.") % {"text": text[:40]}, field="day")
        return day

    def _in_order(self, text: str) -> date | None:
        if not (found := _DATE.match(text)):
            return None
        year, month, day = (found.group(1 + place) for place in _ORDERS[self._source.date_order])
        try:
            return date(int(f"20{year}" if len(year) == 2 else year), int(month), int(day))
        except ValueError:
            return None

    def _amount(self, row: SheetRow, status: str) -> Decimal:
        text = self._cell(row, "amount")
        is_number = self._columns["amount"] in row.numbers
        value = _number(text, "" if is_number else self._source.decimals)
        if value is None or quantize(value, self._source.currency) != value or abs(value) >= 10**10:
            raise InvalidInput(
                "no_amount", _("“%(text)s” is no amount.") % {"text": text[:40]}, field="amount"
            )
        return self._signed(value, status)

    def _signed(self, value: Decimal, status: str) -> Decimal:
        if status == StatementLine.Status.FAILED:
            return Decimal(0)
        if status == StatementLine.Status.REVERSED:
            return -abs(value)
        return -value if self._source.opposite_sign else value


def _number(text: str, decimals: str) -> Decimal | None:
    """What an amount says, written with these decimals; without any, as a spreadsheet keeps its numbers."""
    plain = text.replace(" ", "").replace("\u00a0", "").replace("'", "").replace("−", "-")
    if plain.startswith("(") and plain.endswith(")"):
        plain = f"-{plain[1:-1]}"
    if plain.endswith("-"):
        plain = f"-{plain[:-1]}"
    if decimals in _GROUPED and _GROUPED[decimals].fullmatch(plain):
        plain = plain.replace(_THOUSANDS[decimals], "")
    elif decimals == StatementSource.Decimals.COMMA and "." in plain:
        return None
    if decimals == StatementSource.Decimals.COMMA:
        plain = plain.replace(",", ".")
    return Decimal(plain) if _PLAIN.fullmatch(plain) else None


def _iso(text: str, zone: ZoneInfo) -> date | None:
    """A day, or a moment seen from the source's zone where it says from which zone it is."""
    if len(text) < 10 or text[4] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(zone).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        # The first and the last hours there are lie in no other zone.
        return None


def _words(source: StatementSource) -> Iterator[tuple[str, str]]:
    status = StatementLine.Status
    written = {
        status.DONE: source.done_words,
        status.FAILED: source.failed_words,
        status.REVERSED: source.reversed_words,
    }
    for meaning, words in written.items():
        for word in words.split(","):
            if word.strip():
                yield word.strip().lower(), meaning.value
