"""What reports look like on paper and in Excel where names and amounts are not the usual ones."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from analytics.packs.base import Chart, Column, Kind, Money, Section, Series
from analytics.renderers.base import Reading, renderers
from analytics.renderers.paper import _look, _shown, drawn
from analytics.services.pulse import silent
from core.documents.pdf import is_available, printed_columns
from tests.analytics.rereading import has_line, read_csv, read_pdf, read_xlsx

LONG = "Ο μεγάλος " + "Reseller of very long names " * 12
NAMES = ("=cmd|' /C calc'!A0", "@SUM(A1:A9)", LONG[:300], "فروشگاه ‎2‎", "", "W" * 300)


def chart(*values: int, kind: str = "bars", totals: tuple[int, ...] = ()) -> Chart:
    amounts = [Decimal(value) for value in values]
    return Chart("Margin", [str(value) for value in values], [Series("Margin", amounts)], kind, "USD", totals)


def spans(of: Chart) -> list[tuple[float, float]]:
    found = drawn(of)
    assert found is not None
    return [(round(bar.bottom, 3), round(bar.bottom + bar.height, 3)) for bar in found.bars]


def test_what_is_below_zero_hangs_from_zero() -> None:
    found = drawn(chart(400, -400, 200))
    assert found is not None
    assert [text for _share, text, _zero in found.ticks if text in ("−400", "0", "400")] == [
        "−400",
        "0",
        "400",
    ]
    assert [share for share, _text, zero in found.ticks if zero] == [50.0]
    assert spans(chart(400, -400, 200)) == [(50, 100), (0, 50), (50, 75)]
    assert drawn(chart(0, 0)) is None


@pytest.mark.parametrize("values", [(7, 3), (-7, -3), (410, 49, -1), (99_999, 1), (1,), (-1,)])
def test_no_bar_leaves_the_picture(values: tuple[int, ...]) -> None:
    assert all(0 <= low < high <= 100 for low, high in spans(chart(*values)))


def test_a_step_of_a_waterfall_begins_where_the_last_ended() -> None:
    steps = chart(400, -100, -200, 100, kind="waterfall", totals=(0, 3))
    assert spans(steps) == [(0, 100), (75, 100), (25, 75), (0, 25)]


def test_a_loss_goes_through_zero() -> None:
    assert spans(chart(200, -400, -200, kind="waterfall", totals=(0, 2))) == [(50, 100), (0, 100), (0, 50)]


def test_numbers_are_grouped_and_short_cells_are_not_broken() -> None:
    assert (_shown(1_234_567, None), _shown(Decimal("-1234.5"), None), _shown("12345", None)) == (
        "1,234,567", "−1,234.5", "12345",
    )  # fmt: skip
    columns = [Column("Order"), *(Column(f"Words {number}") for number in range(8))]
    shares = [one.share for one in printed_columns(columns, [["TL-V615H-WWJS8", *[LONG] * 8]])]
    # In millimetres of a page on its side, at nearly two for a letter.
    assert shares[0] / 100 * 273 > 14 * 1.7
    with translation.override("fa"):
        assert (_look("31 to 60 days", figures=False), _look("فروش 2", figures=False)) == ("l", "")


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("names", [NAMES, NAMES[:1], ()])
def test_no_name_breaks_a_file(names: tuple[str, ...], language: str, tmp_path: Path) -> None:
    columns = (Column("Reseller"), *(Column(f"Amount {n}", Kind.MONEY, totalled=True) for n in range(6)))
    rows = [
        (name, *(Money(Decimal("-1234567.89") * n, ("USD", "EUR", "AED")[at % 3]) for n in range(6)))
        for at, name in enumerate(names)
    ]
    drawing = chart(5, -3) if names else None
    with translation.override(language):
        sections = [Section("=Sales", columns, rows, chart=drawing, figures=[("Rows", len(rows))])]
        reading = Reading("Sales", "", sections, [], ZoneInfo("UTC"), "=me", datetime.now(UTC))
        for format in ("csv", "xlsx", *(["pdf"] if is_available() else [])):
            renderers.get(format).write(reading, tmp_path / format, silent())
    (tmp_path / "xlsx").rename(tmp_path / "file.xlsx")
    [typed] = read_xlsx(tmp_path / "file.xlsx")
    [plain], _about = read_csv(tmp_path / "csv")
    assert len(typed.rows) == len(plain.rows) == len(names)
    if names:
        assert typed.rows[0][0] == plain.rows[0][0] == f"'{NAMES[0]}"
        assert typed.stated("Amount 1") == typed.added_up("Amount 1")
    if is_available() and language == "en" and len(names) > 1:
        assert read_pdf(tmp_path / "pdf")


@pytest.mark.django_db
@pytest.mark.skipif(not is_available(), reason="Pango is not installed")
def test_totals_far_larger_than_their_rows_do_not_run_into_each_other(tmp_path: Path) -> None:
    columns = (Column("Day"), *(Column(f"{n}", Kind.MONEY, totalled=True) for n in range(10)))
    rows = [(f"Day {n}", *[Money(Decimal("99.99"), "USD")] * 10) for n in range(1_500)]
    reading = Reading(
        "Sales", "", [Section("Sales", columns, rows)], [], ZoneInfo("UTC"), "Ann", datetime.now(UTC)
    )
    renderers.get("pdf").write(reading, tmp_path / "pdf", silent())
    assert has_line(read_pdf(tmp_path / "pdf"), ["Total", *[("USD", Decimal("149985.00"))] * 10])
