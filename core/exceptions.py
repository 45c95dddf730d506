"""What a service refuses, in words for the person who asked: a form error in the admin, a problem+json in the
API.
"""

from collections.abc import Mapping


class DomainError(Exception):
    """A rule of the business was not met; nothing was changed.

    Args:
        code: published and never renamed.
        message: translated, says what to do.
        field: the field of the request that is wrong, if one is.
        status: the HTTP status the API answers with.
        errors: messages by field, where several fields are wrong.
    """

    status = 400

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        status: int | None = None,
        errors: Mapping[str, list[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.status = status or self.status
        self.errors = dict(errors) if errors else ({field: [message]} if field else {})


class InvalidInput(DomainError):
    """Something given is not valid."""


class NotAllowed(DomainError):
    """The person or key may not do this."""

    status = 403


class NotFound(DomainError):
    """There is no such thing, or it is somebody else's."""

    status = 404


class Conflict(DomainError):
    """The state of things does not allow it now."""

    status = 409
