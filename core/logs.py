import logging

from core.request_context import request_id


class ContextFilter(logging.Filter):
    """Puts the request's id on every line written while it is answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        record.request_id = request_id() or getattr(request, "request_id", "")
        return True


class RefusalFilter(logging.Filter):
    """A request that was refused is one line. Where in the code it was refused says nothing that its address does not,
    and drawing that up took as long as answering: whoever sends rubbish should not cost more than others.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR:
            record.exc_info = None
        return True
