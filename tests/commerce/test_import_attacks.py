"""Files that mean harm: refused before they cost anything, or taken as the text they are."""

import io
import tracemalloc
import zipfile
from html import escape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from commerce.models import Category, Product
from core.backoffice.importing import files
from core.models import ImportRun
from tests.commerce.imports import (
    PRODUCTS,
    csv_of,
    exported,
    handed_in,
    imported,
    rows_of,
    signed_in,
    upload,
    url,
    xlsx_of,
)
from tests.factories_catalog import BrandFactory

pytestmark = pytest.mark.django_db
MEGABYTE = 1024 * 1024
SHEET = "xl/worksheets/sheet1.xml"
ROW = [PRODUCTS, ["A", "a", "pubg", "1"]]
SCRIPT = "<script>alert(1)</script>"


def refused(content: bytes, name: str) -> str:
    """What the person is told; nothing is kept."""
    answer = upload(signed_in(), "product", content, name)
    assert answer.status_code == 200
    assert not ImportRun.objects.exists()
    [text] = answer.context["form"].errors["import_file"]
    return str(text)


def tampered(parts: dict[str, bytes], rows: list[list[Any]] = ROW) -> bytes:
    """A workbook with some of its parts replaced or added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_of(rows))) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for member in source.infolist():
            target.writestr(member.filename, parts.pop(member.filename, source.read(member)))
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


def lying(content: bytes) -> bytes:
    """A zip whose list says that its largest part unpacks to next to nothing."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        largest = max(packed.infolist(), key=lambda member: member.file_size)
    real, told = largest.file_size.to_bytes(4, "little"), (100).to_bytes(4, "little")
    return content.replace(real, told)


def bomb(megabytes: int) -> bytes:
    row = b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + b" " * MEGABYTE + b"</t></is></c></row>"
    return tampered({SHEET: b"<worksheet><sheetData>" + row * megabytes + b"</sheetData></worksheet>"})


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><sst><si><t>&c;</t></si></sst>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst><si><t>&a;</t></si></sst>"""


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: bomb(60), "unpacks to too much"),
        (lambda: lying(bomb(60)), ""),
        (lambda: tampered({f"xl/media/{number}.png": b"" for number in range(300)}), "too many parts"),
        (lambda: tampered({"xl/sharedStrings.xml": LAUGHS}), "parts that Excel does not write"),
        (lambda: tampered({"xl/sharedStrings.xml": OUTSIDE}), "parts that Excel does not write"),
        (
            lambda: tampered({"xl/sharedStrings.xml": LAUGHS.decode().encode("utf-16")}),
            "parts that Excel does not write",
        ),
        (lambda: tampered({SHEET: b"<worksheet><sheetData><row><c"}), "cannot be read"),
        (lambda: tampered({"[Content_Types].xml": b"<Types/>"}), ""),
        (lambda: xlsx_of(ROW)[:-200], "no Excel workbook"),
        (lambda: b"PK\x03\x04" + b"\x00" * 5000, "no Excel workbook"),
        (lambda: SCRIPT.encode(), "no Excel workbook"),
        (lambda: csv_of(ROW), "no Excel workbook"),
    ],
    ids=[
        *("bomb", "lying", "parts", "laughs", "outside", "laughs-utf16"),
        *("broken", "types", "cut", "zeros", "html", "csv"),
    ],
)
def test_a_workbook_that_is_none_or_unpacks_to_too_much_is_refused(made: Any, told: str) -> None:
    content = made()
    tracemalloc.start()
    said = refused(content, "table.xlsx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told in said
    assert peak < 60 * MEGABYTE


def test_a_sheet_that_claims_a_million_rows_and_columns_costs_what_is_in_it() -> None:
    BrandFactory(code="pubg")
    with zipfile.ZipFile(io.BytesIO(xlsx_of(ROW))) as packed:
        sheet = packed.read(SHEET).decode()
    assert 'ref="A1:D2"' in sheet
    claimed = sheet.replace('ref="A1:D2"', 'ref="A1:XFD1048576"').encode()
    assert handed_in(signed_in(), "product", tampered({SHEET: claimed}), "a.xlsx").new == 1


def test_one_cell_in_the_last_row_is_beyond_what_is_read() -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx_of(ROW))) as packed:
        sheet = packed.read(SHEET).decode()
    far = sheet.replace("</sheetData>", '<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>')
    BrandFactory(code="pubg")
    answer = upload(signed_in(), "product", tampered({SHEET: far.encode()}), "a.xlsx")
    assert answer.status_code in (200, 302)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"sku,name\x00", "no CSV file"),
        ("sku,name,brand,price\nA,a,pubg,1".encode("utf-16"), "no CSV file"),
        ("sku,name\nA,Müller".encode("latin-1"), "not in UTF-8"),
        (b'sku,name\nA,"' + b"x" * 200_000, "too long"),
        (b"sku" + b",c" * 100 + b"\n1", "more than 60 columns"),
        (b"sku,sku\n1,2", "there twice"),
        (b"sku,,name\n1,2,3", "has no name"),
        (b"sku,name,cost\n1,2,3", "not known here: cost"),
        (b"sku,id,brand_id\n1,2,3", "not known here: id, brand_id"),
        (b"name,brand\n1,2", "missing: sku"),
        (b"", "empty"),
        (b"\n\n\n", "empty"),
        (b"sku,name\n\n", "nothing below"),
    ],
)
def test_a_csv_that_is_no_table_of_ours_is_refused_in_words(content: bytes, told: str) -> None:
    assert told in refused(content, "table.csv")


@pytest.mark.parametrize(
    "name", ["table.xls", "table.svg", "table.csv.exe", "table", "table.xlsm", "table.html"]
)
def test_other_kinds_of_files_are_refused_by_name(name: str) -> None:
    assert "Only .xlsx and .csv" in refused(csv_of(ROW), name)


def test_more_rows_than_a_file_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in (("a.csv", csv_of([PRODUCTS, *[["A", "", "", ""]] * 11])),):
        with pytest.raises(files.InvalidInput, match="more than 10 rows"):
            files.read(name, content, most=10)
    with pytest.raises(files.InvalidInput, match="more than 10 rows"):
        files.read("a.xlsx", xlsx_of([PRODUCTS, *[["A", "", "", ""]] * 11]), most=10)


TAIL = b"\r\n--b--\r\n"


class Endless(io.RawIOBase):
    """A request's body of any size that is nowhere as a whole."""

    def __init__(self, head: bytes, size: int) -> None:
        self.head, self.left = head, size

    def read(self, size: int = -1) -> bytes:
        wanted = self.left if size < 0 else min(size, self.left)
        found, self.head = self.head[:wanted], self.head[wanted:]
        self.left -= wanted
        made = found + b"x" * (wanted - len(found))
        return made if self.left or not wanted else made[: -len(TAIL)] + TAIL


@pytest.mark.parametrize("name", ["huge.csv", "huge.xlsx"])
def test_200_megabytes_are_neither_in_memory_nor_on_disk(name: str, tmp_path: Path, settings: Any) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    kept: list[int] = []
    head = (
        '--b\r\nContent-Disposition: form-data; name="resource"\r\n\r\n0\r\n'
        f'--b\r\nContent-Disposition: form-data; name="import_file"; filename="{name}"\r\n\r\n'
    ).encode()
    client = signed_in()
    client.get(url("product"))

    class Watched(Endless):
        def read(self, size: int = -1) -> bytes:
            kept.append(sum(path.stat().st_size for path in tmp_path.iterdir()))
            return super().read(size)

    tracemalloc.start()
    answer = client.request(
        REQUEST_METHOD="POST",
        PATH_INFO=url("product"),
        CONTENT_TYPE="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(200 * MEGABYTE),
        **{"wsgi.input": Watched(head, 200 * MEGABYTE)},
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 200
    assert "larger than 5 MB" in answer.content.decode()
    assert max(kept) <= 21 * MEGABYTE and not list(tmp_path.iterdir())
    assert peak < 40 * MEGABYTE
    assert not ImportRun.objects.exists()


def test_six_megabytes_are_refused_by_the_form() -> None:
    assert "larger than 5 MB" in refused(b"sku\n" + b"x" * (6 * MEGABYTE), "table.csv")


FORMULAS = [
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example","y")',
    "\t=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_in_a_csv_is_text_here_and_no_formula_in_what_leaves(text: str) -> None:
    client = signed_in()
    run = handed_in(client, "category", csv_of([["code", "name"], ["a", text]]))
    imported(client, "category", run)
    assert Category.objects.get().name == text.strip()
    for kind in ("csv", "xlsx"):
        row = rows_of(exported(client, "category", kind), kind)[1]
        assert f"'{text.strip()}" in row
    listed = client.get(f"{url('category', 'changelist')}document/csv/")
    assert f"'{text.strip()}".encode() in b"".join(listed).replace(b'""', b'"')


@pytest.mark.parametrize("text", ["=1+1", "=cmd|' /C calc'!A0", '=WEBSERVICE("http://x.example")'])
def test_a_formula_in_a_workbook_is_refused_with_its_cell(text: str) -> None:
    BrandFactory(code="pubg")
    book = openpyxl.Workbook()
    for row in [PRODUCTS, ["A", text, "pubg", 1], ["B", "b", "pubg", "=1+1"]]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    run = handed_in(signed_in(), "product", out.getvalue(), "table.xlsx")
    assert [(one["row"], one["errors"][0][0]) for one in run.problems] == [(2, "name"), (3, "price")]
    assert "paste it as values" in run.problems[0]["errors"][0][1]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_scripts_in_cells_headers_and_names_are_shown_as_text(kind: str) -> None:
    BrandFactory(code="pubg")
    client = signed_in()
    made = csv_of if kind == "csv" else xlsx_of
    rows = [PRODUCTS, [SCRIPT, SCRIPT, "pubg", "1"], ["B", "b", SCRIPT, SCRIPT]]
    run = handed_in(client, "product", made(rows), f"{SCRIPT.replace('/', '')}.{kind}")
    page = client.get(url("product", "run", run_id=run.pk)).content.decode()
    assert SCRIPT not in page and escape(SCRIPT) in page
    answer = upload(client, "product", made([[SCRIPT, "sku"], ["1", "2"]]), f"table.{kind}")
    assert SCRIPT not in answer.content.decode()


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd.csv", "..\\..\\win.csv", "/etc/cron.d/x.csv", "a" * 300 + ".csv"]
)
def test_a_path_in_a_name_leads_nowhere(name: str) -> None:
    BrandFactory(code="pubg")
    run = handed_in(signed_in(), "product", csv_of(ROW), name)
    assert "/" not in run.file_name and "\\" not in run.file_name and len(run.file_name) <= 150


def test_an_svg_with_a_script_under_the_name_of_a_table_is_refused() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    assert "no Excel workbook" in refused(svg, "picture.xlsx")
    assert "not known here" in refused(svg + b"\n1", "picture.csv")


def test_what_is_typed_into_the_forms_other_fields_breaks_nothing() -> None:
    client = signed_in()
    for resource in ("9", "-1", "x", "", "\x00"):
        data = {"resource": resource, "import_file": SimpleUploadedFile("a.csv", csv_of(ROW))}
        assert client.post(url("product"), data).status_code in (200, 302)
    assert client.post(url("product"), {"resource": "0", "import_file": "no file"}).status_code == 200
    assert client.post(url("product"), {}).status_code == 200
    assert not Product.objects.exists()
