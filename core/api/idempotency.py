"""The same request twice has one effect: `Idempotency-Key` on POSTs that move money.

Placing orders stores its answer in the order's own transaction (commerce). The rest use `once`, whose answer
is written in the transaction of the work itself.
"""

import hashlib
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.errors import accepted
from core.approvals import ApprovalNeeded
from core.exceptions import Conflict, DomainError, InvalidInput
from core.models import IdempotencyKey

HEADER = "Idempotency-Key"
LONGEST = 255


def idempotency_key(request: Request) -> str:
    """The caller's key, or an empty string.

    Raises:
        InvalidInput: `invalid_idempotency_key`.
    """
    # Not `headers`, which makes a dictionary of all of them.
    key = request._request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if key and (len(key) > LONGEST or not key.isascii() or not key.isprintable()):
        raise InvalidInput(
            "invalid_idempotency_key",
            _("An Idempotency-Key is 1 to 255 printable ASCII characters."),
            field=HEADER,
        )
    return key


def request_hash(request: Request) -> str:
    """What was asked: method, path and body, byte for byte."""
    raw = request._request
    sent = getattr(raw, "raw_json", b"")
    return hashlib.sha256(b"\n".join([str(raw.method).encode(), raw.path.encode(), sent])).hexdigest()


def once(request: Request, scope: str, work: Callable[[], Response]) -> Response:
    """Do the work under the caller's key, or give the answer it got before. Without a key, just do it.

    The key, the work and the answer are one transaction: a failure leaves no key behind, so it may be tried
    again.

    Raises:
        DomainError: 422 `idempotency_mismatch`. Conflict: `request_running`.
    """
    key = idempotency_key(request)
    if not key:
        return work()
    with transaction.atomic():
        row, created = IdempotencyKey.objects.get_or_create(
            scope=scope,
            key=key,
            defaults={"request_hash": request_hash(request), "created_at": timezone.now()},
        )
        if not created:
            return _replay(row, request_hash(request))
        response = _done(work)
        row.status_code, row.body = response.status_code, response.data
        row.save(update_fields=["status_code", "body"])
    return response


def _done(work: Callable[[], Response]) -> Response:
    """What waits for a second person is asked for once, too: that is the answer that is kept."""
    try:
        with transaction.atomic():
            return work()
    except ApprovalNeeded as needed:
        return accepted(needed)


def _replay(row: IdempotencyKey, wanted: str) -> Response:
    if row.request_hash != wanted:
        raise mismatch()
    if row.status_code is None:
        raise Conflict("request_running", _("The first request with this key is still running. Ask again."))
    return Response(row.body, status=row.status_code, headers={"Idempotent-Replayed": "true"})


def mismatch() -> DomainError:
    return DomainError(
        "idempotency_mismatch",
        _("This Idempotency-Key was used for another request. Use a new key for a new request."),
        status=422,
    )
