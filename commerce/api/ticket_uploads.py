"""Messages with files: a form of a bounded size, known again when it comes twice."""

import hashlib
import json
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.utils.translation import gettext as _
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from commerce.api.parsing import Body
from commerce.services import attachments
from commerce.services.attachments import MOST_AT_ONCE, MOST_BYTES, Upload
from core.exceptions import InvalidInput

FILES = "files"
# The files, and what a form needs around them and its text.
MOST_FORM_BYTES = MOST_AT_ONCE * MOST_BYTES + 256 * 1024


class FilesParser(MultiPartParser):
    """Refuses a form by its announced length, before any of it is read."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        announced = parser_context["request"].META.get("CONTENT_LENGTH") if parser_context else ""
        if str(announced or "").isdigit() and int(announced) > MOST_FORM_BYTES:
            raise RequestDataTooBig
        try:
            return super().parse(stream, media_type, parser_context)
        except RequestDataTooBig:
            raise
        except SuspiciousOperation as error:
            raise InvalidInput("invalid_body", _("This form has too many fields or files.")) from error


def uploads(request: Request, body: Body) -> list[Upload]:
    """The form's files. What a repeated request is compared by is the text and what is in the files: the form's
    own bytes differ every time.

    Raises:
        InvalidInput: `too_large`, `too_many_files`, `unknown_field`.
    """
    if not str(request.content_type).startswith("multipart/"):
        return []
    if odd := sorted(set(request.FILES) - {FILES}):
        raise InvalidInput("unknown_field", _("Send files under the name “files”."), field=odd[0])
    found = attachments.read(request.FILES.getlist(FILES))
    sent = {
        "message": str(body.data.get("message", "")),
        FILES: [[file.name, hashlib.sha256(file.content).hexdigest()] for file in found],
    }
    request._request.raw_json = json.dumps(sent).encode()  # type: ignore[attr-defined]
    return found
