"""The fonts we ship have what we write with them."""

import re
import zlib
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils import timezone, translation
from fontTools.ttLib import TTFont

from core.directions import from_to
from core.documents import pdf
from core.documents.tables import Column, Document

ICONS = "unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2"
LETTERS = ("unfold/fonts/inter/Inter-Regular.woff2", "core/fonts/Vazirmatn-Arabic.woff2")
NAMES = re.compile(
    r"""["']?\bicon["']?\s*[=:]\s*["'](\w+)["'] | material-symbols-outlined[^>]*>\s*([a-z_0-9]+)\s*<
    | navigation\.add\(\s*[^,]+,\s*\S+?,\s*["'](\w+)["']""",
    re.VERBOSE,
)


@cache
def font(name: str) -> TTFont:
    return TTFont(finders.find(name))


def words_drawn() -> set[str]:
    """What the font of icons draws as one: its ligatures."""
    letters = {glyph: chr(code) for code, glyph in font(ICONS).getBestCmap().items()}
    tables = [
        getattr(table, "ExtSubTable", table)
        for lookup in font(ICONS)["GSUB"].table.LookupList.Lookup
        for table in lookup.SubTable
    ]
    return {
        "".join(letters.get(glyph, "?") for glyph in (first, *one.Component))
        for table in tables
        for first, ligatures in getattr(table, "ligatures", {}).items()
        for one in ligatures
    }


def unpacked(document: bytes) -> bytes:
    return b"".join(
        zlib.decompress(part)
        for part in re.findall(rb"stream\n(.*?)\nendstream", document, re.DOTALL)
        if part.startswith(b"x")
    )


def test_every_icon_is_in_the_font() -> None:
    used = {
        name: path
        for folder in ("core", "commerce", "analytics", "project", "templates")
        for path in Path(settings.BASE_DIR, folder).rglob("*")
        if path.suffix in {".py", ".html"}
        for names in NAMES.findall(path.read_text())
        for name in names
        if name
    }
    assert len(used) > 100
    known = words_drawn()
    assert {name: str(path) for name, path in used.items() if name not in known} == {}


@pytest.mark.parametrize("language", ["fa", "ar", "ur", "fr", "es"])
def test_every_letter_of_a_language_is_in_our_fonts(language: str) -> None:
    catalogue = Path(settings.BASE_DIR, "locale", language, "LC_MESSAGES", "django.po").read_text()
    said = "".join(re.findall(r'^(?:msgstr(?:\[\d\])? )?"(.*)"$', catalogue, re.MULTILINE))
    letters = {letter for letter in said if letter.isalpha() or letter.isdigit()}
    ours = set[int]().union(*(font(name).getBestCmap() for name in LETTERS))
    assert len(letters) > 50
    assert {letter for letter in letters if ord(letter) not in ours} == set()


@pytest.mark.django_db
def test_a_persian_document_is_drawn_with_our_letters() -> None:
    if not pdf.is_available():
        pytest.skip("Pango is not installed")
    table = Document(
        "برندها", [Column("نام")], [["همراه اول"]], "Ann", timezone.now(), timezone.get_current_timezone()
    )
    with translation.override("fa"):
        assert b"Vazirmatn" in unpacked(pdf.pdf(table))


def test_what_changed_is_read_in_the_order_of_the_lines() -> None:
    assert from_to("held", "captured") == "held → captured"
    with translation.override("fa"):
        assert from_to("held", "captured") == "\u2068held\u2069 ← \u2068captured\u2069"
