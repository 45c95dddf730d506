"""Which status may follow which. Anything else is refused, here with a clear error and again by the database."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from commerce.models import Delivery, Order, SupportTicket
from core.exceptions import Conflict

type Table = Mapping[str, frozenset[str]]

_S, _P, _D = Order.Status, Order.PaymentStatus, Delivery.Status
_T = SupportTicket.Status

ORDER: Table = {
    _S.CREATED: frozenset({_S.PROCESSING, _S.CANCELLED, _S.FAILED}),
    _S.PROCESSING: frozenset({_S.FULFILLED, _S.FAILED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.FULFILLED, _S.FAILED, _S.PROCESSING}),
    _S.FULFILLED: frozenset({_S.REVERSED}),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.REVERSED: frozenset(),
}
PAYMENT: Table = {
    _P.PENDING: frozenset({_P.HELD, _P.FAILED, _P.RELEASED}),
    _P.HELD: frozenset({_P.CAPTURED, _P.RELEASED}),
    _P.CAPTURED: frozenset({_P.PARTIALLY_REFUNDED, _P.REFUNDED}),
    _P.PARTIALLY_REFUNDED: frozenset({_P.REFUNDED}),
    _P.RELEASED: frozenset(),
    _P.REFUNDED: frozenset(),
    _P.FAILED: frozenset(),
}
DELIVERY: Table = {
    _D.PENDING: frozenset({_D.CONFIRMED, _D.CANCELLED}),
    _D.CONFIRMED: frozenset({_D.DISPATCHED, _D.CANCELLED}),
    _D.DISPATCHED: frozenset({_D.DELIVERED, _D.CANCELLED}),
    _D.DELIVERED: frozenset({_D.ACTIVATED}),
    _D.ACTIVATED: frozenset(),
    _D.CANCELLED: frozenset(),
}
TICKET: Table = {
    _T.OPEN: frozenset({_T.IN_PROGRESS, _T.RESOLVED, _T.CLOSED}),
    _T.IN_PROGRESS: frozenset({_T.OPEN, _T.RESOLVED, _T.CLOSED}),
    _T.RESOLVED: frozenset({_T.OPEN, _T.CLOSED}),
    _T.CLOSED: frozenset({_T.OPEN}),
}


def require(table: Table, current: str, wanted: str) -> None:
    """Refuse a step the table does not have.

    Raises:
        Conflict: code `invalid_transition`, naming what is possible from here.
    """
    if wanted in table[current]:
        return
    if wanted == current:
        raise Conflict("invalid_transition", _("It is “%(current)s” already.") % {"current": current})
    possible = ", ".join(sorted(table[current])) or _("nothing: this status is final")
    raise Conflict(
        "invalid_transition",
        _("“%(current)s” cannot become “%(wanted)s”. Possible: %(possible)s.")
        % {"current": current, "wanted": wanted, "possible": possible},
    )
