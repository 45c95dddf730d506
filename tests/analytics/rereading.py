"""Files of standard reports read back by programs of others: csv, openpyxl, pdftotext. For the tests and the bench."""

import csv
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from core.money import SIGNS

PATIENCE = 120
CODES = {sign: code for code, sign in SIGNS.items()}
# An amount as it is printed: −$1,234.50, 1,234.50 AED, or a bare number.
PRINTED = re.compile(rf"(−?)([{''.join(CODES)}]?)(\d[\d,]*(?:\.\d+)?)(?: ([A-Z]{{3}})(?![A-Za-z]))?")
XLSX_MONEY = re.compile(r'#,##0(?:\.0+)?\\ "([A-Z]{3})"\Z')


class Amounts(dict[str, Decimal]):
    """Amounts by currency (numbers without one under an empty name); a zero is as good as nothing."""

    def put(self, currency: str, amount: Decimal | int | None) -> None:
        self[currency] = self.get(currency, Decimal(0)) + Decimal(amount or 0)

    def __add__(self, other: "Amounts") -> "Amounts":
        return self._with(other, 1)

    def __sub__(self, other: "Amounts") -> "Amounts":
        return self._with(other, -1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and self._much() == Amounts(other)._much()

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]  # it changes

    def _with(self, other: "Amounts", sign: int) -> "Amounts":
        found = Amounts(self)
        for currency, amount in other.items():
            found.put(currency, sign * amount)
        return found

    def _much(self) -> dict[str, Decimal]:
        return {currency: amount for currency, amount in self.items() if amount}


type Cell = tuple[str, Decimal] | Decimal | str | None


@dataclass
class Table:
    """A table as it stands in a file: an amount is a pair of its currency and how much."""

    title: str
    head: list[str]
    rows: list[list[Cell]]
    totals: list[list[Cell]]

    def added_up(self, title: str) -> Amounts:
        return _sum(self.rows, self.head.index(title))

    def stated(self, title: str) -> Amounts:
        return _sum(self.totals, self.head.index(title))


def read_csv(path: Path) -> tuple[list[Table], dict[str, list[str]]]:
    """The tables, and what the file says of itself."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        blocks: list[list[list[str]]] = [[]]
        for line in csv.reader(file):
            if line:
                blocks[-1].append(line)
            else:
                blocks.append([])
    *tables, said = blocks
    about = {line[0]: line[1:] for line in said}
    found = [
        _csv_table(block[0][0] if number else "", block[1 if number else 0 :], about)
        for number, block in enumerate(tables)
    ]
    return found, about


def read_xlsx(path: Path) -> list[Table]:
    """The tables of all sheets but the first, which is the summary."""
    book = load_workbook(path)
    return [_xlsx_table(sheet) for sheet in book.worksheets[1:]]


def read_pdf(path: Path) -> list[list[Cell]]:
    """The numbers of each line that is printed."""
    text = pdf_text(path)
    return [found for line in text.splitlines() if (found := list(_printed(line)))]


def pdf_text(path: Path) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, timeout=PATIENCE
    )
    return done.stdout.decode()


def has_line(lines: list[list[Cell]], wanted: list[Cell]) -> bool:
    """Whether the numbers stand in one line of the page, in this order; zero is printed as well."""
    numbers = [cell for cell in wanted if cell is not None and not isinstance(cell, str)]
    return numbers in lines


def _csv_table(title: str, lines: list[list[str]], about: dict[str, list[str]]) -> Table:
    head = lines[0]
    money = {at for at, name in enumerate(head[:-1]) if head[at + 1] == f"{name}: currency"}
    kept = [at for at in range(len(head)) if at - 1 not in money]
    rows: list[list[Cell]] = [
        [(line[at + 1], Decimal(line[at])) if at in money and line[at] else _number(line[at]) for at in kept]
        for line in lines[1:]
    ]
    names = [head[at] for at in kept]
    return Table(title, names, rows, [_said_totals(title, names, about)])


def _said_totals(title: str, names: list[str], about: dict[str, list[str]]) -> list[Cell]:
    """Only for files of one table and one currency, whose lines name no table."""
    said = [about.get(f"Total {name}", []) for name in names]
    return [_number(one[0]) if len(one) == 1 else None for one in said]


def _xlsx_table(sheet: Any) -> Table:
    rows = int(re.sub(r"\D", "", sheet.auto_filter.ref.split(":")[1])) - 1
    lines = list(sheet.iter_rows())
    head = [str(cell.value or "") for cell in lines[0]]
    return Table(sheet.title, head, _cells(lines[1 : rows + 1]), _cells(lines[rows + 1 :]))


def _cells(lines: list[Any]) -> list[list[Cell]]:
    return [[_cell(cell) for cell in line] for line in lines]


def _cell(cell: Any) -> Cell:
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        # Excel keeps binary fractions; cents come back whole.
        amount = Decimal(repr(value))
        found = XLSX_MONEY.match(cell.number_format)
        return (found[1], amount) if found else amount
    return str(value) if isinstance(value, str | date | datetime) else None


def _printed(line: str) -> Iterator[Cell]:
    for minus, sign, digits, code in PRINTED.findall(line):
        amount = Decimal(digits.replace(",", "")) * (-1 if minus else 1)
        currency = CODES.get(sign) or code
        yield (currency, amount) if currency else amount


def _number(text: str) -> Cell:
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def _sum(rows: list[list[Cell]], at: int) -> Amounts:
    found = Amounts()
    for row in rows:
        match row[at]:
            case (str() as currency, Decimal() as amount):
                found.put(currency, amount)
            case Decimal() as number:
                found.put("", number)
    return found
