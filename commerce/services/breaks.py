"""Working off breaks: who has one, what corrects it through the ledger, and why it is closed.

Nothing of ours is edited: a correction is a service that moves money, with a second person above the limits, and the
break is closed in the same transaction (`break_endings`).
"""

from django import urls
from django.db import transaction
from django.utils.translation import gettext as _

from commerce.models import (
    Account,
    Attempt,
    Payment,
    ReconciliationBreak,
    Reseller,
    StatementLine,
    StatementSource,
    Transfer,
)
from commerce.services import break_endings, ledger, reversals, second_person_breaks, unknown
from commerce.services.constraints import retried
from commerce.services.ledger import Movement, company_account
from core.actors import current_actor
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.messages import tell
from core.models import User
from core.money import format_money

WORK = "commerce.work_break"
_K, _R = ReconciliationBreak.Kind, ReconciliationBreak.Resolution
_L, _A, _T = StatementLine.Status, Account.Kind, Transfer.Kind


def may_book(found: ReconciliationBreak) -> bool:
    """Whether its difference can be booked on the source's account."""
    return is_open(found) and found.difference != 0 and found.kind != _K.STATUS


def may_reverse(found: ReconciliationBreak) -> bool:
    """They did not deliver, or took it back, and we have captured the money."""
    undone = found.their_status in (_L.FAILED, _L.REVERSED) and found.our_status == "delivered"
    return is_open(found) and found.kind == _K.STATUS and undone and found.attempt_id is not None


def may_resolve(found: ReconciliationBreak) -> bool:
    """They know what became of an order of unknown outcome."""
    waits = found.our_status == "unknown" and found.attempt_id is not None
    return is_open(found) and found.kind == _K.STATUS and waits


def may_fund(found: ReconciliationBreak) -> bool:
    """Money came in at the bank that is in nobody's wallet."""
    came_in = found.theirs is not None and found.theirs > 0
    return (
        is_open(found)
        and found.kind == _K.THEIRS_ONLY
        and came_in
        and found.source.kind == StatementSource.Kind.BANK
    )


def may_settle(found: ReconciliationBreak) -> bool:
    """The bank moved money that is no wallet's: a gateway paid us, or we paid a provider."""
    at_bank = found.source.kind == StatementSource.Kind.BANK
    return is_open(found) and found.kind == _K.THEIRS_ONLY and at_bank and bool(found.theirs)


def is_open(found: ReconciliationBreak) -> bool:
    return found.status == ReconciliationBreak.Status.OPEN


@transaction.atomic
def assign(*, break_id: int, to: User | None) -> ReconciliationBreak:
    """Give a break to somebody who may work on it, or to nobody.

    Raises:
        InvalidInput: `not_a_worker`. Conflict: `break_closed`, `signed_off`.
    """
    found = _locked(break_id)
    if to is not None and not (to.is_active and to.has_perm(WORK)):
        raise InvalidInput("not_a_worker", _("This person does not work on breaks."), field="assigned_to")
    if found.assigned_to_id != (to.pk if to else None):
        found.assigned_to = to
        break_endings.save(found, "assigned_to")
        record("break.assigned", subject=found, data={"to": to.get_full_name() if to else ""})
        if to is not None and str(to.pk) != current_actor().id:
            _tell(found, to)
    return found


@retried
@transaction.atomic
def close(*, break_id: int, reason: str) -> ReconciliationBreak:
    """Close a break that is explained and needs no booking.

    Raises:
        InvalidInput: `reason_required`. Conflict: `break_closed`, `signed_off`. ApprovalNeeded: above the limit.
    """
    found = _locked(break_id)
    _require_reason(reason)
    second_person_breaks.for_closing(found, reason=reason)
    return break_endings.close(found, _R.EXPLAINED, reason)


@retried
@transaction.atomic
def book(*, break_id: int, reason: str) -> ReconciliationBreak:
    """Book the difference on the account that stands for the source, so that it shows what their statement shows.

    A provider's goes to the cost of sales; a bank's and a gateway's to the adjustments.

    Raises:
        InvalidInput: `reason_required`. Conflict: `not_bookable`, `break_closed`, `state_changed`.
        ApprovalNeeded: above the limit.
    """
    found = _locked(break_id)
    _require_reason(reason)
    if not may_book(found):
        raise Conflict("not_bookable", _("There is no difference to book."))
    _require_as_seen(found)
    second_person_breaks.for_booking(found, reason=reason)
    [transfer] = ledger.post(
        [_movement(found)], order=found.order, reason=reason, external_reference=found.reference[:120]
    )
    found.booked += found.difference
    break_endings.save(found, "booked")
    return break_endings.close(found, _R.BOOKED, reason, transfer=transfer.pk)


@retried
@transaction.atomic
def reverse(*, break_id: int, reason: str) -> ReconciliationBreak:
    """They did not deliver what we captured: the buyer gets the money back, and our float the cost.

    Raises:
        InvalidInput: `reason_required`. Conflict: `not_reversible`, `state_changed`. ApprovalNeeded: above the limit.
    """
    found = _locked(break_id)
    _require_reason(reason)
    if not may_reverse(found) or found.attempt_id is None:
        raise Conflict("not_reversible", _("There is nothing to reverse."))
    second_person_breaks.for_reversal(found, reason=reason)
    if not reversals.reverse(attempt_id=found.attempt_id, reason=reason):
        raise _changed()
    return break_endings.close(found, _R.CORRECTED, reason)


@retried
@transaction.atomic
def resolve(*, break_id: int, reason: str) -> ReconciliationBreak:
    """End an order of unknown outcome as their statement says.

    Raises:
        InvalidInput: `reason_required`. Conflict: `not_open`, `nothing_to_decide`. ApprovalNeeded: above the limit.
    """
    found = _locked(break_id)
    _require_reason(reason)
    if not may_resolve(found) or found.order_id is None or found.line is None:
        raise Conflict("not_open", _("This order's outcome is known."))
    line = found.line
    seen = _("%(statement)s, row %(row)d") % {"statement": line.statement, "row": line.row}
    decision = unknown.Decision(
        delivered=found.their_status == _L.DONE, reason=reason, evidence=seen[:300], reference=line.reference
    )
    unknown.resolve(order_id=found.order_id, decision=decision)
    found.refresh_from_db(from_queryset=ReconciliationBreak.objects.select_related("source"))
    return break_endings.close(found, _R.CORRECTED, reason) if is_open(found) else found


@retried
@transaction.atomic
def fund(*, break_id: int, reseller: Reseller, reason: str) -> ReconciliationBreak:
    """Money that came in is a reseller's: credit the wallet with it, by the bank's reference.

    Raises:
        InvalidInput: `reason_required`. Conflict: `not_fundable`, `duplicate_reference`.
        ApprovalNeeded: above the limit.
    """
    found = _locked(break_id)
    _require_reason(reason)
    if not may_fund(found) or found.theirs is None or found.line_id is None:
        raise Conflict("not_fundable", _("No money came in by this line."))
    wallet = ledger.wallet_for(party=reseller, currency=found.source.currency)
    transfer = ledger.fund(
        account=wallet, amount=found.theirs, reason=reason, external_reference=found.reference
    )
    return break_endings.credited(found, transfer)


@retried
@transaction.atomic
def settle(*, break_id: int, party: StatementSource, reason: str) -> ReconciliationBreak:
    """What moved at the bank was between us and a gateway or a provider: book it on their account.

    Args:
        party: the source that stands for the gateway or provider.

    Raises:
        InvalidInput: `reason_required`, `no_such_party`. Conflict: `not_settleable`. ApprovalNeeded: above the limit.
    """
    found = _locked(break_id)
    _require_reason(reason)
    if not may_settle(found) or found.theirs is None:
        raise Conflict("not_settleable", _("The bank moved no money by this line."))
    if party.kind == StatementSource.Kind.BANK or party.currency != found.source.currency:
        text = _("Choose a gateway or a provider of this currency.")
        raise InvalidInput("no_such_party", text, field="party")
    second_person_breaks.for_settling(found, party=party, reason=reason)
    kind = _T.SETTLEMENT if party.kind == StatementSource.Kind.GATEWAY else _T.FLOAT_FUNDING
    bank, account = company_account(_A.BANK, party.currency), _account_of(party)
    debit, credit = (bank, account) if found.theirs > 0 else (account, bank)
    movement = Movement(kind, debit, credit, abs(found.theirs))
    [transfer] = ledger.post([movement], reason=reason, external_reference=found.reference[:120])
    return break_endings.credited(found, transfer)


def _account_of(source: StatementSource) -> Account:
    """The company's account that stands for a source."""
    kinds = {"provider": _A.FLOAT, "gateway": _A.GATEWAY, "bank": _A.BANK}
    code = source.provider.code if source.provider else source.gateway
    return company_account(kinds[source.kind], source.currency, code=code)


def _movement(found: ReconciliationBreak) -> Movement:
    """Above zero they charge more than we booked, or have more of our money."""
    source = found.source
    theirs = _account_of(source)
    if source.kind == StatementSource.Kind.PROVIDER:
        other, kind, more_is_debit = _A.COST, _T.COST_CORRECTION, False
    else:
        other, kind, more_is_debit = _A.ADJUSTMENT, _T.ADJUSTMENT, True
    against = company_account(other, source.currency)
    debit, credit = (theirs, against) if (found.difference > 0) == more_is_debit else (against, theirs)
    return Movement(kind, debit, credit, abs(found.difference))


def _tell(found: ReconciliationBreak, to: User) -> None:
    """Whoever takes one knows."""
    values = {
        "what": f"{found.get_kind_display()}: {found.reference or found.day}",
        "source": str(found.source),
        "difference": format_money(found.difference, found.source.currency),
        "by": current_actor().label,
    }
    link = urls.reverse("admin:commerce_reconciliationbreak_change", args=[found.pk])
    tell(to, "break_assigned", values, about=found, link=link)


def _locked(break_id: int) -> ReconciliationBreak:
    rows = ReconciliationBreak.objects.select_for_update(no_key=True, of=("self",))
    found = rows.select_related("source__provider", "order", "line__statement").get(pk=break_id)
    if not is_open(found):
        raise Conflict("break_closed", _("This break is closed already."))
    return found


def _require_as_seen(found: ReconciliationBreak) -> None:
    """What has changed since is in our books already, and would be booked twice.

    Raises:
        Conflict: `state_changed`.
    """
    ours: Attempt | Payment | None = None
    if found.attempt_id:
        ours = Attempt.objects.select_for_update(no_key=True).get(pk=found.attempt_id)
    elif found.payment_id:
        ours = Payment.objects.select_for_update(no_key=True).get(pk=found.payment_id)
    if ours is not None and ours.status != found.our_status:
        raise _changed()


def _changed() -> Conflict:
    return Conflict("state_changed", _("This has changed meanwhile. Match the statement again."))


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
