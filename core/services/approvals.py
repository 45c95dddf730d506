"""Asking for a second person, and deciding. See `core.approvals` for how services take part."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actors import Actor, acting_as, actor_for_user, current_actor
from core.approvals import ApprovalNeeded, Facts, Operation, Terms, Wish, operations
from core.crypto import decrypt, encrypt
from core.directions import from_to
from core.events import record
from core.exceptions import Conflict, InvalidInput, NotAllowed, NotFound
from core.models import Approval, User

_S = Approval.Status
HIDDEN = "hidden"


@dataclass(slots=True)
class _Running:
    """The approval that is being carried out, and whether its service has asked for it."""

    approval: Approval
    met: bool = False


_running: ContextVar[_Running | None] = ContextVar("approval_running", default=None)


def is_watched() -> bool:
    """Whether a person acts: what the product does by itself, nobody has to approve."""
    return _running.get() is not None or current_actor().kind != "system"


def asked_at() -> datetime | None:
    """When that was asked for which is being carried out; None where nothing is."""
    running = _running.get()
    return running.approval.requested_at if running else None


def is_carried_out(kind: str) -> bool:
    """Whether an approved change of this kind is being made now."""
    running = _running.get()
    return running is not None and running.approval.kind == kind


def carried_out() -> Approval | None:
    """The approval whose change is being made now."""
    running = _running.get()
    return running.approval if running else None


def others_may_decide(kind: str) -> bool:
    """Whether there is anybody beside whoever acts who could."""
    operation, actor = operations.get(kind), current_actor()
    rights = ("core.decide_approval", operation.permission)
    roles = operation.terms("").roles
    others = User.objects.filter(is_active=True, is_staff=True)
    if actor.kind == "staff":
        others = others.exclude(pk=int(actor.id))
    return any(person.role in roles and person.has_perms(rights) for person in others)


def require(wish: Wish) -> None:
    """Go on, or not: the last step of a service before it changes something.

    Raises:
        ApprovalNeeded: it is above the limit.
        Conflict: `state_changed` where it is being approved and something is not as it was shown.
        NotAllowed: `permission_denied`, above the limit for whoever is no person of ours.
    """
    running = _running.get()
    if running is not None and running.approval.fingerprint == wish.fingerprint:
        _require_unchanged(running.approval, wish.state)
        running.met = True
        return
    actor = current_actor()
    if actor.kind == "system":
        return
    terms = operations.get(wish.kind).terms(wish.currency)
    if terms.limit is None or wish.measure <= terms.limit:
        return
    if actor.kind != "staff":
        raise NotAllowed("permission_denied", _("Above this limit it is done by our staff."))
    raise ApprovalNeeded(wish, terms.shown, always=terms.limit == 0)


def ask(needed: ApprovalNeeded) -> Approval:
    """Write a wish down for others to decide. Call outside of the transaction that was undone.

    Returns:
        The approval that waits; the one that waits already where the same was asked for before.

    Raises:
        NotAllowed: `permission_denied`, where nobody of ours asks.
    """
    actor = current_actor()
    user = User.objects.filter(pk=actor.id, is_staff=True).first() if actor.kind == "staff" else None
    if user is None:
        raise NotAllowed("permission_denied", _("Above this limit it is done by our staff."))
    wish = needed.wish
    terms = operations.get(wish.kind).terms(wish.currency)
    payload = dict(wish.payload)
    if wish.secret:
        payload[HIDDEN] = {name: encrypt(str(value)) for name, value in wish.secret.items()}
    with transaction.atomic():
        _close_expired(wish.fingerprint)
        approval, is_new = Approval.objects.get_or_create(
            fingerprint=wish.fingerprint,
            status=_S.PENDING,
            defaults={
                "kind": wish.kind,
                "subject_kind": wish.subject[0],
                "subject_id": wish.subject[1],
                "subject_label": wish.label[:200],
                "payload": payload,
                "state": wish.state,
                "before": wish.before,
                "after": wish.after,
                "amount": wish.amount,
                "currency": wish.currency,
                "limit": needed.limit[:40],
                "reason": wish.reason[:300],
                "requested_by": user,
                "requested_at": wish.at,
                "expires_at": wish.at + timedelta(hours=terms.hours),
            },
        )
        if is_new:
            _told("approval.asked", approval, reason=wish.reason)
    return approval


def secret_of(approval: Approval) -> Facts:
    """What was kept encrypted of a wish."""
    return {name: decrypt(token) for name, token in approval.payload.get(HIDDEN, {}).items()}


def approve(*, approval_id: int, by: User, note: str = "") -> Approval:
    """Do what was asked for, once, through the service that was asked.

    Raises:
        NotAllowed: `own_approval`, `not_a_decider`. NotFound.
        Conflict: `already_decided`, `approval_expired`, `asker_not_allowed`, `state_changed`, or whatever the service
            refuses by now; then it still waits.
    """
    with transaction.atomic():
        approval = _locked(approval_id)
        operation = operations.get(approval.kind)
        # As they are now: their session may be older than what was done to their account.
        by = User.objects.get(pk=by.pk)
        _require_decider(approval, operation, by)
        _require_waiting(approval)
        _require_still_allowed(approval, operation)
        # Both stand behind what is written now.
        both = f"{actor_for_user(by).label} + {actor_for_user(approval.requested_by).label}"
        with acting_as(Actor("staff", str(by.pk), both)), _carrying_out(approval) as running:
            try:
                operation.execute(approval)
            except ApprovalNeeded as another:
                # Its service would do something else than was shown by now: nobody asked for that.
                raise _changed(another.wish.label) from another
        if not running.met:
            # Its service found nothing of this to do any more.
            raise _changed(approval.subject_label)
        return _decide(approval, _S.APPROVED, by=by, note=note)


@transaction.atomic
def refuse(*, approval_id: int, by: User, note: str) -> Approval:
    """Say no, and why.

    Raises:
        NotAllowed: `own_approval`, `not_a_decider`. NotFound.
        Conflict: `already_decided`, `approval_expired`. InvalidInput: `reason_required`.
    """
    if not note.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    approval = _locked(approval_id)
    _require_decider(approval, operations.get(approval.kind), by)
    _require_waiting(approval)
    return _decide(approval, _S.REFUSED, by=by, note=note)


@transaction.atomic
def withdraw(*, approval_id: int, by: User, note: str = "") -> Approval:
    """Take back what one asked for oneself.

    Raises:
        NotAllowed: `not_yours`. NotFound. Conflict: `already_decided`.
    """
    approval = _locked(approval_id)
    if approval.requested_by_id != by.pk:
        raise NotAllowed("not_yours", _("Only whoever asked takes it back. Refuse it instead."))
    _require_pending(approval)
    return _decide(approval, _S.WITHDRAWN, by=None, note=note)


def expire() -> int:
    """Close what nobody decided in time; by the sweep. Returns how many."""
    due = Approval.objects.filter(status=_S.PENDING, expires_at__lte=timezone.now()).order_by("expires_at")
    closed = 0
    for found in due.values_list("pk", flat=True)[:200]:
        with transaction.atomic():
            rows = Approval.objects.filter(pk=found, status=_S.PENDING).select_related("requested_by")
            for approval in rows.select_for_update(of=("self",), skip_locked=True):
                _decide(approval, _S.EXPIRED, by=None, note="")
                closed += 1
    return closed


def why_not(approval: Approval, user: User) -> str:
    """Why this person may not decide it, in words; empty where they may."""
    try:
        _require_decider(approval, operations.get(approval.kind), user)
    except NotAllowed as error:
        return error.message
    return ""


def has_expired(approval: Approval) -> bool:
    """Also before the sweep has come by."""
    return approval.status == _S.EXPIRED or (
        approval.status == _S.PENDING and approval.expires_at <= timezone.now()
    )


def waiting_count() -> int:
    return Approval.objects.filter(status=_S.PENDING, expires_at__gt=timezone.now()).count()


def _locked(approval_id: int) -> Approval:
    rows = Approval.objects.select_for_update(of=("self",)).select_related("requested_by")
    approval = rows.filter(pk=approval_id).first()
    if approval is None:
        raise NotFound("not_found", _("There is no such approval."))
    return approval


def _require_decider(approval: Approval, operation: Operation, user: User) -> None:
    if approval.requested_by_id == user.pk:
        raise NotAllowed("own_approval", _("You asked for this yourself: another person has to decide it."))
    terms: Terms = operation.terms(approval.currency)
    rights = ("core.decide_approval", operation.permission)
    if not (user.role in terms.roles and user.is_active and user.has_perms(rights)):
        raise NotAllowed("not_a_decider", _("Your role does not decide this. Ask somebody whose role does."))


def _require_still_allowed(approval: Approval, operation: Operation) -> None:
    """Whoever asked may have left since, or have another role."""
    asked_by = approval.requested_by
    if not (asked_by.is_active and asked_by.has_perm(operation.permission)):
        text = _("%(person)s, who asked for this, may not do it any more. Refuse it.")
        raise Conflict("asker_not_allowed", text % {"person": asked_by})


def _close_expired(fingerprint: str) -> None:
    """The same was asked for before, and the sweep has not come by since."""
    late = Approval.objects.filter(fingerprint=fingerprint, status=_S.PENDING, expires_at__lte=timezone.now())
    for approval in late.select_for_update(of=("self",)).select_related("requested_by"):
        _decide(approval, _S.EXPIRED, by=None, note="")


def _require_pending(approval: Approval) -> None:
    if approval.status != _S.PENDING:
        said = {"status": str(_S(approval.status).label).lower()}
        raise Conflict("already_decided", _("This is decided already: %(status)s.") % said)


def _require_waiting(approval: Approval) -> None:
    _require_pending(approval)
    if has_expired(approval):
        raise Conflict("approval_expired", _("Nobody decided this in time. It has to be asked for again."))


def _require_unchanged(approval: Approval, state: Facts) -> None:
    changed = [name for name, held in approval.state.items() if state.get(name) != held]
    if not changed:
        return
    operation = operations.get(approval.kind)
    told = "; ".join(_difference(operation, name, approval, state) for name in changed)
    raise _changed(told)


def _changed(what: str) -> Conflict:
    text = _(
        "It is not any more as it was shown when this was asked for: %(changes)s. Refuse it, and ask anew."
    )
    return Conflict("state_changed", text % {"changes": what})


def _difference(operation: Operation, name: str, approval: Approval, state: Facts) -> str:
    was, now = (
        operation.shown(name, value, approval.currency)
        for value in (approval.state.get(name), state.get(name))
    )
    return f"{operation.labels.get(name, name)}: {from_to(was, now)}"


def _decide(approval: Approval, status: Approval.Status, *, by: User | None, note: str) -> Approval:
    approval.status, approval.decided_by, approval.decided_at = status, by, timezone.now()
    approval.note = note.strip()[:300]
    approval.save(update_fields=["status", "decided_by", "decided_at", "note"])
    _told(f"approval.{status.value}", approval, reason=approval.note)
    return approval


def _told(kind: str, approval: Approval, *, reason: str) -> None:
    data: dict[str, Any] = {
        "kind": approval.kind,
        "subject": approval.subject_label,
        "subject_kind": approval.subject_kind,
        "subject_id": approval.subject_id,
        "asked_by": str(approval.requested_by),
        "reason": reason,
    }
    if approval.amount is not None:
        data |= {"amount": str(Decimal(approval.amount)), "currency": approval.currency}
    record(kind, subject=approval, data=data)


@contextmanager
def _carrying_out(approval: Approval) -> Iterator[_Running]:
    running = _Running(approval)
    token = _running.set(running)
    try:
        yield running
    finally:
        _running.reset(token)
