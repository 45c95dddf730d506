"""What is far larger than any file we take is neither kept in memory nor on disk."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler

# Twice what any form of ours takes, so that the form still sees that it is too much and says so.
MOST_BYTES = 20 * 1024 * 1024


class BoundedUploadHandler(FileUploadHandler):
    """First of the handlers: what comes past the bound is read and dropped.

    `StopUpload` would have Django read the rest line by line, which for a file without lines takes minutes.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start + len(raw_data) <= MOST_BYTES else None

    def file_complete(self, file_size: int) -> Any:
        return None
