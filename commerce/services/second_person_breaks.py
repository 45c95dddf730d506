"""What a second person has to approve of reconciliation: large corrections, and every sign-off."""

from decimal import Decimal

from commerce.models import ReconciliationBreak, StatementSource
from core.approvals import Facts, Wish
from core.services import approvals

BOOKING, CLOSING, REVERSAL, SETTLING = "break.book", "break.close", "break.reverse", "break.settle"
SIGN_OFF = "statement.sign_off"


def for_booking(found: ReconciliationBreak, *, reason: str) -> None:
    """Raises ApprovalNeeded, Conflict `state_changed`; so do all of these."""
    _require(BOOKING, found, reason)


def for_closing(found: ReconciliationBreak, *, reason: str) -> None:
    """Explained away, a difference stays with us."""
    _require(CLOSING, found, reason)


def for_reversal(found: ReconciliationBreak, *, reason: str) -> None:
    """The buyer gets back what the order cost, which is more than the difference."""
    _require(REVERSAL, found, reason, found.order.total if found.order else Decimal(0))


def for_settling(found: ReconciliationBreak, *, party: StatementSource, reason: str) -> None:
    """Which account it goes to is decided on, too."""
    _require(SETTLING, found, reason, party={"id": party.pk, "name": str(party)})


def for_sign_off(source: StatementSource, period: Facts, figures: Facts, *, note: str) -> None:
    """Always: two people stand behind a period. What was found when it was asked for must still be so."""
    if not approvals.is_watched():
        return
    wish = Wish(
        kind=SIGN_OFF,
        subject=(StatementSource._meta.label_lower, str(source.pk)),
        label=f"{source} · {period['first_day']} – {period['last_day']}",
        payload={**period, "note": note},
        state=figures,
        before={},
        after=figures,
        measure=Decimal(1),
        currency=source.currency,
        reason=note,
    )
    approvals.require(wish)


def _require(
    kind: str,
    found: ReconciliationBreak,
    reason: str,
    amount: Decimal | None = None,
    party: Facts | None = None,
) -> None:
    if not approvals.is_watched():
        return
    state = {
        "status": found.status,
        "our_status": found.our_status,
        "difference": f"{found.difference:.2f}",
    }
    shown = {"ours": _text(found.ours), "theirs": _text(found.theirs), "difference": _text(found.difference)}
    worth = abs(found.difference) if amount is None else amount
    wish = Wish(
        kind=kind,
        subject=(ReconciliationBreak._meta.label_lower, str(found.pk)),
        label=f"{found.source} · {found}",
        payload={"reason": reason, **({"party": party["id"]} if party else {})},
        state=state,
        before=shown | ({"party": ""} if party else {}),
        after=_after(kind, shown, party),
        measure=worth,
        amount=worth,
        currency=found.source.currency,
        reason=reason,
    )
    approvals.require(wish)


def _after(kind: str, shown: Facts, party: Facts | None) -> Facts:
    left = shown if kind == CLOSING else {**shown, "difference": "0.00"}
    return left | ({"party": party["name"]} if party else {})


def _text(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}"
