"""Reports with names, texts and filters that somebody chose to do harm: every format keeps them as they are."""

import csv
import json
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook

from commerce.models import Order
from tests.analytics.test_composed_reports import kept, private_files, run_in
from tests.factories import UserFactory
from tests.factories_orders import make_shop

__all__ = ["private_files"]
pytestmark = pytest.mark.django_db
TITLES = [
    "=1+1",
    "a/b\\c:*?[x]'",
    "\x01\x1f",
    "History",
    "\u202e" + "x" * 300,
    "\U0001f600" * 40,
    "<b>&amp;</b>",
]
TEXTS = [
    "=HYPERLINK(1)",
    "\x01=1",
    "_x0041_",
    "]]>&<b>",
    "a\r\nb",
    "\ufffe",
    "'",
    '"',
    "\u202eabc",
    "x" * 300,
]


@pytest.mark.parametrize("format", ["xlsx", "csv", "jsonl"])
@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_a_title(format: str, title: str) -> None:
    make_shop().delivered()
    spec = kept({"column": "product", "title": title[:160]}, "total")
    assert run_in(format, spec, UserFactory(staff="finance"), title=title[:200])


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_calculates_nothing_and_breaks_no_file(text: str) -> None:
    order = make_shop().delivered()
    Order.objects.filter(pk=order.pk).update(product_name=text[:120])
    user, spec = UserFactory(staff="finance"), kept("product", "total")
    book = load_workbook(BytesIO(run_in("xlsx", spec, user)))
    cell = book.worksheets[1]["A2"]
    assert cell.data_type == "s" and not str(cell.value or "").startswith("=")
    written = list(csv.reader(StringIO(run_in("csv", spec, user).decode("utf-8-sig"), newline="")))
    assert not written[1][0].lstrip("\x01").startswith("=")
    lines = run_in("jsonl", spec, user).decode().splitlines()
    assert json.loads(lines[0])["product"] == text[:120]


def test_two_conditions_on_one_column_are_both_said() -> None:
    make_shop().delivered()
    both: list[dict[str, Any]] = [
        {"column": "total", "operator": "least", "value": "1"},
        {"column": "total", "operator": "most", "value": "900"},
    ]
    spec = kept("number", "total", filters=both)
    about = json.loads(run_in("jsonl", spec, UserFactory(staff="finance")).decode().splitlines()[-1])["about"]
    assert about["Total"][:2] == ["is at least 1", "is at most 900"]
