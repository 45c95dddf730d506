"""Files of tickets: what is taken, under which name, and how it is handed out."""

import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from commerce.models import TicketAttachment
from commerce.services import attachments
from commerce.services.attachments import Upload
from core.exceptions import InvalidInput
from tests.factories_support import PDF, picture, says, ticket

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><body onload=alert(1)>"


def zipped() -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("evil.html", HTML)
    return content.getvalue()


def bomb() -> bytes:
    """A PNG that says it is 60,000 by 60,000."""
    import zlib

    head = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\x00\x00\x00\x00IEND\xaeB`\x82"


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Iterator[Path]:
    private = {**settings.STORAGES["private"]}
    private["OPTIONS"] = {**private["OPTIONS"], "location": str(tmp_path)}
    settings.STORAGES = {**settings.STORAGES, "private": private}
    yield tmp_path


def kind_of(content: bytes, name: str = "file") -> str:
    return attachments.check([Upload(name, content)])[0].content_type


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("WEBP"), "image/webp"),
        (PDF, "application/pdf"),
        ("Order TL-1 failed: 3 < 5, ünï\r\n".encode(), "text/plain"),
        (b"\xef\xbb\xbfwith a mark", "text/plain"),
    ],
    ids=("png", "jpeg", "webp", "pdf", "text", "marked text"),
)
def test_the_type_is_what_is_in_the_file_whatever_it_calls_itself(content: bytes, kind: str) -> None:
    for name in ("a.exe", "a.svg", "a"):
        assert kind_of(content, name) == kind


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"   ", SVG, HTML, b"  \n<svg onload=alert(1)>", b"\xff\xfe<\x00s\x00v\x00g\x00", zipped()),
        *(b"MZ\x90\x00\x03", b"GIF89a/*<svg/onload=alert(1)>*/=1;", b"\x7fELF", b"a\x00b", b"\x1b[31mred"),
        *(b"plain\n<script>alert(1)</script>", b"<?php system($_GET[0]); ?>", b"%PDF-1.4 no end"),
        # Two formats at once, or something behind the end.
        *(picture() + SVG, picture() + zipped(), picture() + b"x", picture("JPEG") + HTML + b"\xff\xd9"),
        *(picture("WEBP") + b"x", PDF + zipped(), b"%PDF-1.4\n" + HTML + b"\n%%EOF"),
        *(PDF.replace(b"/Root", b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>/Root"),),
        *(PDF.replace(b"/Root", b"/EmbeddedFile/Root"), b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, bomb()),
        *(picture()[:40], b"RIFF\x04\x00\x00\x00WEBP"),
    ],
    ids=lambda _content: "file",  # a zip has the time in it
)
def test_what_may_run_or_is_two_things_at_once_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        kind_of(content, "holiday.png")
    assert (refused.value.code, set(refused.value.errors)) == ("file_type", {"files"})


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("..\\..\\boot.ini", "boot.ini.png"),
        ("evil.svg", "evil.svg.png"),
        ("photo.PNG", "photo.png"),
        ("\u202egnp.exe", "gnp.exe.png"),
        ('a"\r\nX-Evil: 1;.png', "a_X-Evil_ 1_.png"),
        ("<img src=x onerror=alert(1)>.png", "_img src=x onerror=alert(1)_.png"),
        ("....", "file.png"),
        ("", "file.png"),
        ("\x00\x00.png", "file.png"),
        ("x" * 400 + ".png", "x" * 80 + ".png"),
        ("رسید پرداخت.png", "رسید پرداخت.png"),
    ],
)
def test_hostile_names_become_harmless(name: str, shown: str) -> None:
    assert attachments.safe_name(name, "image/png") == shown


def test_sizes_and_counts_are_limited() -> None:
    with pytest.raises(InvalidInput, match="5 MB"):
        attachments.check([Upload("big.txt", b"a" * (attachments.MOST_BYTES + 1))])
    with pytest.raises(InvalidInput, match="5 MB"):
        attachments.read([SimpleUploadedFile("big.txt", b"a" * (attachments.MOST_BYTES + 1))])
    with pytest.raises(InvalidInput, match="At most 5"):
        attachments.read([SimpleUploadedFile("a.txt", b"a")] * 6)
    with pytest.raises(InvalidInput, match="has at most 50"):
        attachments.check([Upload("a.txt", b"a")], already=50)


@pytest.mark.django_db
def test_a_file_is_kept_under_a_random_name_and_handed_out_as_a_download(place: Path) -> None:
    message = says("reseller", ticket(), files=[Upload("evil\r\n.svg", picture())])
    kept = TicketAttachment.objects.get(message=message)
    files = [path for path in place.rglob("*") if path.is_file()]
    assert [path.name for path in files] == [kept.path.rpartition("/")[2]]
    assert "evil" not in kept.path
    assert files[0].stat().st_mode & 0o077 == 0
    answer = attachments.download(kept)
    assert b"".join(answer.streaming_content) == picture()  # type: ignore[arg-type]
    assert answer["Content-Disposition"] == 'attachment; filename="evil.svg.png"'
    assert (answer["X-Content-Type-Options"], answer["Content-Type"]) == ("nosniff", "image/png")
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.django_db
def test_one_bad_file_refuses_the_whole_message(place: Path) -> None:
    about = ticket()
    with pytest.raises(InvalidInput):
        says("reseller", about, files=[Upload("a.png", picture()), Upload("b.svg", SVG)])
    assert not about.messages.exists()
    assert not [path for path in place.rglob("*") if path.is_file()]
