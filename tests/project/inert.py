"""Whether a document is what its template says: a marked text in it is text, and nothing of it came alive."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import openpyxl
from lxml import etree, html

from tests.project.payloads import EVALUATED, MARK

# Attributes that only hold words; anything else with a mark in it came alive or could.
WORDS = {"value", "title", "alt", "placeholder", "content", "aria-label", "label", "datetime"}
ADDRESSES = {
    "href",
    "src",
    "action",
    "formaction",
    "hx-get",
    "hx-post",
    "poster",
    "xlink:href",
    "data",
    "cite",
}
SAFE_SCHEMES = {"", "http", "https", "mailto", "tel"}
SAFE_DATA = (
    "data:image/png;",
    "data:image/jpeg;",
    "data:image/webp;",
    "data:image/gif;",
    "data:image/svg+xml",
)
FORMULA = re.compile(r"\A[\s\ufeff\u200b-\u200f\u2060]*[=+\-@\uff1d\uff0b\uff0d\uff20]|\A[\t\r\n]")
_BLANKS = re.compile(r"[\x00-\x20]")


def faults_of_html(text: str) -> Iterator[str]:
    """What in this document came alive; its marks name the field."""
    yield from (f"evaluated: {word}" for word in EVALUATED if word in text)
    if not text.strip():
        return
    for element in html.document_fromstring(text).iter():
        if not isinstance(element.tag, str):
            if isinstance(element, etree._Comment) and MARK.search(element.text or ""):
                yield f"comment: {element.text[:80]}"
            continue
        yield from _faults_of(element)


def _faults_of(element: Any) -> Iterator[str]:
    tag = element.tag.lower()
    if MARK.search(tag):
        yield f"element: {tag}"
    inside = element.text or ""
    is_data = tag == "script" and element.get("type") == "application/json" and _is_json(inside)
    if tag in ("script", "style", "noscript", "template") and MARK.search(inside) and not is_data:
        yield f"inside <{tag}>: {_around(inside)}"
    for name, value in element.attrib.items():
        if MARK.search(name):
            yield f"attribute of <{tag}>: {name}={value[:40]}"
        elif name.lower() in ADDRESSES:
            if not is_safe_address(value):
                yield f"address of <{tag}>: {name}={value[:80]}"
        elif MARK.search(value) and not _holds_words(name.lower()):
            yield f"<{tag} {name}={_around(value)}>"


def _holds_words(name: str) -> bool:
    return name in WORDS or (name.startswith("data-") and not name.startswith("data-hx"))


def _around(text: str) -> str:
    found = MARK.search(text)
    at = found.start() if found else 0
    return text[max(0, at - 60) : at + 60]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def is_safe_address(address: str) -> bool:
    """What a browser does not run; it leaves blanks out before it looks at the scheme."""
    bare = _BLANKS.sub("", address).lower()
    if bare.startswith("data:"):
        return bare.startswith(SAFE_DATA)
    if bare.startswith("//") or "\\" in bare[:3]:
        return False
    try:
        return urlsplit(bare).scheme in SAFE_SCHEMES
    except ValueError:
        return False


def faults_of_csv(data: bytes) -> Iterator[str]:
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        yield from (f"formula: {cell[:80]!r}" for cell in row if MARK.search(cell) and FORMULA.match(cell))


def faults_of_xlsx(data: bytes) -> Iterator[str]:
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield f"formula: {str(cell.value)[:80]!r}"
                elif isinstance(cell.value, str) and MARK.search(cell.value) and FORMULA.match(cell.value):
                    yield f"text that begins as a formula: {cell.value[:80]!r}"
                if cell.hyperlink:
                    yield f"link: {cell.hyperlink.target}"


def faults_of(answer: Any) -> list[str]:
    """By what the answer says it is: a page, a table, or data that no browser takes for a page."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    body = b"".join(answer) if answer.streaming else answer.content
    found = [] if answer.headers.get("X-Content-Type-Options") == "nosniff" else ["no nosniff"]
    match kind:
        case "text/html":
            found += faults_of_html(body.decode())
        case "text/csv":
            found += faults_of_csv(body)
        case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
            found += faults_of_xlsx(body)
        case "application/json" | "application/problem+json" | "application/pdf" | "text/plain":
            pass
        case _ if body:
            found.append(f"served as {kind or 'nothing'}")
    return found


def marks_in(answer: Any) -> set[str]:
    """Of the fields that this answer shows; a file that was streamed has gone by."""
    return set() if answer.streaming else set(MARK.findall(answer.content.decode(errors="replace")))
