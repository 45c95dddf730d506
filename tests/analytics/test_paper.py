"""What reports look like on paper and in Excel where names and amounts are not the usual ones."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from openpyxl import load_workbook

from analytics.packs.base import Chart, Column, Kind, Money, Section, Series
from analytics.renderers.base import Reading, renderers
from analytics.renderers.paper import _shown, drawn
from analytics.services.pulse import silent
from core.documents.pdf import is_available, look, looks, printed_columns, width_of
from core.documents.tables import printed_rows
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
        assert (look("31 to 60 days", figures=False), look("فروش 2", figures=False)) == ("l", "")
        assert (look("+254754436928", figures=False), look("", figures=False)) == ("l", "")


def test_a_count_is_never_marked_off_in_parts_of_one_and_no_mark_is_rounded() -> None:
    people = drawn(Chart("New customers", ["1 Nov"], [Series("New", [3])]))
    money = drawn(chart(3))
    assert people is not None
    assert money is not None
    assert [text for _share, text, _zero in people.ticks] == ["0", "1", "2", "3", "4"][: len(people.ticks)]
    assert [text for _share, text, _zero in money.ticks] == ["0", "0.75", "1.5", "2.25", "3"]


@pytest.mark.parametrize(("language", "left"), [("en", 0.0), ("fa", 50.0)])
def test_names_stand_whole_beside_their_bars_which_begin_where_the_language_does(
    language: str, left: float
) -> None:
    names = ["Kumasi Mobile Point of the Golden Coast", "Flash Keys"]
    with translation.override(language):
        found = drawn(Chart("Sold", names, [Series("Sold", [Decimal(8), Decimal(4)])], "names", "USD"))
    assert found is not None
    assert [bar.label for bar in found.lying] == names
    assert [(bar.left, bar.width) for bar in found.lying] == [(0.0, 100.0), (left, 50.0)]
    assert [bar.value.strip("\u2066\u2069") for bar in found.lying] == ["$8.00", "$4.00"]


def test_a_label_of_many_stands_below_its_own_bar() -> None:
    found = drawn(Chart("Sold", [str(day) for day in range(61)], [Series("Sold", [1] * 61)], "bars", "USD"))
    assert found is not None
    assert found.bars[0].left + found.bars[0].width / 2 == pytest.approx(
        found.labels[0][0] + found.labels[0][1] / 2, abs=0.1
    )
    assert found.bars[4].left + found.bars[4].width / 2 == pytest.approx(
        found.labels[1][0] + found.labels[1][1] / 2, abs=0.1
    )


def test_marks_of_direction_make_no_page_wider() -> None:
    amounts = [Column("Amount", Kind.MONEY)] * 8
    plain, marked = [["$37,165.74"] * 8], [["\u2066$37,165.74\u2069"] * 8]
    assert width_of(amounts, marked) == width_of(amounts, plain)


def test_where_room_is_short_words_give_way_and_dates_and_amounts_do_not() -> None:
    columns = [Column("When", Kind.DATETIME), Column("Commission taken back", Kind.MONEY)] + [
        Column("Why")
    ] * 7
    rows = [["26 نوامبر 2026، 23:03 ", "$0.03", *["The subscriber did not receive it at all"] * 7]]
    when, amount, *whys = (one.share / 100 * 160 for one in printed_columns(columns, rows))
    assert when >= 21
    assert amount < 14
    assert all(why < 34 for why in whys)


def test_a_sum_stands_below_its_figures_and_the_word_for_it_does_not() -> None:
    columns = printed_columns([Column("Reseller"), Column("Price", Kind.MONEY, totalled=True)], [])
    assert looks(columns, [["", "$9.00"]]) == [[("", ""), ("$9.00", "n")]]


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


@pytest.mark.parametrize("number", [3, 150, 4_000])
def test_a_sum_has_room_in_excel_where_its_rows_are_small(number: int, tmp_path: Path) -> None:
    columns = (Column("Reseller"), Column("Net", Kind.MONEY, totalled=True))
    rows = [("Nova", Money(Decimal("987.65"), "USD"))] * number
    reading = Reading(
        "Sums", "", [Section("Sums", columns, rows)], [], ZoneInfo("UTC"), "me", datetime.now(UTC)
    )
    renderers.get("xlsx").write(reading, tmp_path / "sums.xlsx", silent())
    sheet = load_workbook(tmp_path / "sums.xlsx").worksheets[1]
    total = f"{sheet.cell(number + 2, 2).value:,.2f} USD"
    assert sheet.column_dimensions["B"].width > len(total)


def test_a_table_of_many_columns_prints_fewer_rows_so_that_the_memory_holds_them() -> None:
    assert [printed_rows([Column("x")] * columns) for columns in (1, 10, 20, 40)] == [2000, 2000, 1000, 500]
    assert printed_rows([Column("x")] * 40, 100) == 100
