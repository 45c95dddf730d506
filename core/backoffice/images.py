"""Pictures that staff upload for documents and pages: small, and of a kind that cannot carry a script."""

import base64
from io import BytesIO
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy

KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
MOST_BYTES = 200 * 1024
MOST_PIXELS = 2_000


class DataImageField(forms.FileField):
    """A PNG, JPEG or WebP picture as a data URI; an SVG is a document with scripts, and refused."""

    is_picture = True
    widget = forms.FileInput(attrs={"accept": ",".join(KINDS.values())})
    default_error_messages = {
        "kind": gettext_lazy("Upload a PNG, JPEG or WebP picture."),
        "bytes": gettext_lazy("The picture has at most 200 KB."),
        "pixels": gettext_lazy("The picture has at most 2000 by 2000 pixels."),
    }

    def clean(self, data: Any, initial: Any = None) -> str:
        """The data URI, or what there was where nothing was uploaded.

        Raises:
            ValidationError: kind, bytes, pixels.
        """
        if not isinstance(data, UploadedFile):
            return str(initial or "")
        if (data.size or 0) > MOST_BYTES:
            raise self._error("bytes")
        content = data.read()
        return f"data:{self._kind(content)};base64,{base64.b64encode(content).decode()}"

    def _kind(self, content: bytes) -> str:
        """By the content, whatever the file calls itself."""
        # Only when somebody uploads: every web process would pay for it at its start.
        from PIL import Image

        try:
            with Image.open(BytesIO(content), formats=list(KINDS)) as picture:
                if max(picture.size) > MOST_PIXELS:
                    raise self._error("pixels")
                picture.verify()
                return KINDS[str(picture.format)]
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise self._error("kind") from error

    def _error(self, code: str) -> forms.ValidationError:
        return forms.ValidationError(self.error_messages[code], code=code)
