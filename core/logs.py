import logging

from core.request_context import request_id


class ContextFilter(logging.Filter):
    """Puts the request's id on every line written while it is answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        record.request_id = request_id() or getattr(request, "request_id", "")
        return True
