"""Files of tickets: taken by what they are, not by what they call themselves, and handed out as downloads only.

A file is looked at whole: a picture ends where its format says, nothing is two formats at once, nothing carries markup
or scripts. It is kept under a random name where no address leads.
"""

import hashlib
import re
import secrets
import struct
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils.translation import gettext as _
from PIL import Image

from commerce.models import SupportTicket, TicketAttachment, TicketMessage
from core.exceptions import InvalidInput, NotFound

MOST_BYTES = 5 * 1024 * 1024
MOST_AT_ONCE, MOST_A_TICKET = 5, 50
MOST_PIXELS = 40_000_000
LONGEST_STEM = 80
# What a browser or an interpreter might run, wherever in a file it stands.
MARKUP = re.compile(
    rb"<(?:script|html|svg|iframe|!doctype|!entity|\?php|\?xml-stylesheet|body|object|embed)", re.I
)
PDF_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
ACCEPT = ".png,.jpg,.jpeg,.webp,.pdf,.txt"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that is taken: with a name that is safe to show and the type that was found."""

    name: str
    content_type: str
    content: bytes


def read(files: Iterable[UploadedFile]) -> list[Upload]:
    """Uploaded files, none read further than it may be long.

    Raises:
        InvalidInput: `too_large`, `too_many_files`.
    """
    found = list(files)
    _check_count(len(found), 0)
    for file in found:
        if (file.size or 0) > MOST_BYTES:
            raise _too_large(file.name or "")
    return [Upload(file.name or "", file.read(MOST_BYTES + 1)) for file in found]


def check(files: Sequence[Upload], *, already: int = 0) -> list[Checked]:
    """Which kind each file is.

    Raises:
        InvalidInput: at `files`: `too_many_files`, `too_large`, `file_type`.
    """
    _check_count(len(files), already)
    return [_checked(file) for file in files]


def keep(message: TicketMessage, files: Sequence[Checked]) -> list[TicketAttachment]:
    """Write checked files of a message; where one cannot be written, none stays."""
    kept: list[TicketAttachment] = []
    try:
        for file in files:
            path = f"tickets/{message.ticket_id}/{secrets.token_hex(16)}"
            kept.append(
                TicketAttachment(
                    message=message,
                    name=file.name,
                    content_type=file.content_type,
                    size=len(file.content),
                    path=storage().save(path, ContentFile(file.content)),
                    sha256=hashlib.sha256(file.content).hexdigest(),
                )
            )
        return TicketAttachment.objects.bulk_create(kept)
    except Exception:
        for attachment in kept:
            storage().delete(attachment.path)
        raise


def download(attachment: TicketAttachment) -> FileResponse:
    """The file as a download that no browser shows or runs in our name; the caller has checked the right to it.

    Raises:
        NotFound: where the file is gone from storage.
    """
    try:
        content = storage().open(attachment.path)
    except FileNotFoundError as error:
        raise NotFound("not_found", _("This file is no longer kept.")) from error
    response = FileResponse(
        content, as_attachment=True, filename=attachment.name, content_type=attachment.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def count(ticket: SupportTicket) -> int:
    return TicketAttachment.objects.filter(message__ticket=ticket).count()


def storage() -> Storage:
    return storages["private"]


def safe_name(name: str, content_type: str) -> str:
    """The last part of a name without what misleads: paths, control and direction characters, foreign endings."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join(sign for sign in base if unicodedata.category(sign)[0] not in "CZ" or sign == " ")
    shown = re.sub(r'[<>:"|?*;%&\'`$]', "_", shown).strip()
    stem, dot, ending = shown.rpartition(".")
    endings = ENDINGS[content_type]
    if not dot or ending.lower() not in endings:
        stem, ending = shown, endings[0]
    return f"{stem[:LONGEST_STEM].strip(' .') or 'file'}.{ending.lower()}"


def _checked(file: Upload) -> Checked:
    if len(file.content) > MOST_BYTES:
        raise _too_large(file.name)
    kind = next((kind for kind, is_one in KINDS.items() if is_one(file.content)), "")
    if not kind or MARKUP.search(file.content) or _is_archive(file.content):
        raise InvalidInput(
            "file_type",
            _(
                "“%(name)s” is not taken. Attach PNG, JPEG or WebP pictures, PDF without scripts, or plain text."
            )
            % {"name": safe_name(file.name, "text/plain").removesuffix(".txt")},
            field="files",
        )
    return Checked(safe_name(file.name, kind), kind, file.content)


def _check_count(new: int, already: int) -> None:
    if new > MOST_AT_ONCE:
        raise InvalidInput(
            "too_many_files",
            _("At most %(most)d files with one message.") % {"most": MOST_AT_ONCE},
            field="files",
        )
    if new and already + new > MOST_A_TICKET:
        raise InvalidInput(
            "too_many_files",
            _("A ticket has at most %(most)d files.") % {"most": MOST_A_TICKET},
            field="files",
        )


def _too_large(name: str) -> InvalidInput:
    return InvalidInput(
        "too_large",
        _("“%(name)s” is larger than 5 MB.") % {"name": safe_name(name, "text/plain").removesuffix(".txt")},
        field="files",
    )


def _is_png(content: bytes) -> bool:
    ends = content.endswith(b"\x00\x00\x00\x00IEND\xaeB`\x82")
    return content.startswith(b"\x89PNG\r\n\x1a\n") and ends and _is_picture(content, "PNG")


def _is_jpeg(content: bytes) -> bool:
    return (
        content.startswith(b"\xff\xd8\xff") and content.endswith(b"\xff\xd9") and _is_picture(content, "JPEG")
    )


def _is_webp(content: bytes) -> bool:
    if len(content) < 16 or content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return False
    (length,) = struct.unpack("<I", content[4:8])
    return bool(length + 8 == len(content)) and _is_picture(content, "WEBP")


def _is_picture(content: bytes, kind: str) -> bool:
    """It can be read as what it says it is, is no bomb of pixels, and is no PDF besides."""
    try:
        with Image.open(BytesIO(content), formats=[kind]) as picture:
            width, height = picture.size
            picture.verify()
    except Exception:  # whatever a broken or hostile picture makes the library raise
        return False
    return width * height <= MOST_PIXELS and b"%PDF-" not in content[:1024]


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:] and not PDF_ACTIVE.search(content)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    looks_like_markup = re.match(r"\s*<[a-z!?/]", text, re.I)
    return bool(text.strip()) and not (CONTROL.search(text) or looks_like_markup or text.startswith("%PDF-"))


def _is_archive(content: bytes) -> bool:
    return zipfile.is_zipfile(BytesIO(content))


KINDS: dict[str, Callable[[bytes], bool]] = {
    "image/png": _is_png,
    "image/jpeg": _is_jpeg,
    "image/webp": _is_webp,
    "application/pdf": _is_pdf,
    "text/plain": _is_text,
}
ENDINGS: dict[str, tuple[str, ...]] = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/webp": ("webp",),
    "application/pdf": ("pdf",),
    "text/plain": ("txt",),
}
