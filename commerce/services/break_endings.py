"""How a break ends: written down once, by whoever closes it or by what was done about the same thing elsewhere.

A wallet credited with what the bank has, or an order of unknown outcome that was decided, answers a break that waits
for just that, whether somebody came from the break, from the wallet or from an approval.
"""

from decimal import Decimal
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Account, Attempt, ReconciliationBreak, SignOff, StatementLine, Transfer
from commerce.services import ledger
from commerce.services.constraints import SIGNED_OFF, sqlstate
from core.actors import current_actor
from core.events import record
from core.exceptions import Conflict

_K, _R = ReconciliationBreak.Kind, ReconciliationBreak.Resolution
# What a provider says of an attempt, and what it has to be with us for that to fit.
FITS = {"done": "delivered", "failed": "failed"}


def close(
    found: ReconciliationBreak, resolution: ReconciliationBreak.Resolution, reason: str, **facts: Any
) -> ReconciliationBreak:
    """Close a break that is locked.

    Raises:
        Conflict: `signed_off`.
    """
    found.status, found.resolution = ReconciliationBreak.Status.CLOSED, resolution
    found.reason, found.closed_by = reason.strip()[:300], current_actor().label[:150]
    found.closed_at = timezone.now()
    save(found, "status", "resolution", "reason", "closed_by", "closed_at")
    data = {
        "resolution": resolution.value,
        "reason": found.reason,
        "amount": f"{Decimal(found.difference):.2f}",
        "currency": found.source.currency,
        **facts,
    }
    record("break.closed", subject=found, data=data)
    return found


def save(found: ReconciliationBreak, *names: str) -> None:
    """
    Raises:
        Conflict: `signed_off`.
    """
    try:
        with transaction.atomic():
            found.save(update_fields=names)
    except DatabaseError as error:
        if sqlstate(error) != SIGNED_OFF:
            raise
        raise Conflict("signed_off", _("This day is signed off: nothing of it changes any more.")) from error


@transaction.atomic
def fund(*, account: Account, amount: Decimal, reason: str, external_reference: str = "") -> Transfer:
    """`ledger.fund`; and where a bank's statement has this very money, its break is closed.

    Raises:
        As `ledger.fund`.
    """
    transfer = ledger.fund(
        account=account, amount=amount, reason=reason, external_reference=external_reference
    )
    if external_reference and not account.is_test:
        end_theirs(transfer, transfer.amount)
    return transfer


def end_theirs(transfer: Transfer, theirs: Decimal) -> None:
    """Close the break of a bank's line with the reference of this transfer, where one waits for it.

    Args:
        theirs: as the bank tells it: above zero came in.
    """
    waiting = _waiting(_K.THEIRS_ONLY).filter(
        source__kind="bank", source__currency=transfer.currency, reference=transfer.external_reference,
        theirs=theirs,
    )  # fmt: skip
    if found := waiting.first():
        credited(found, transfer)


def credited(found: ReconciliationBreak, transfer: Transfer) -> ReconciliationBreak:
    """The ledger has what the bank's line brought, or took."""
    lines = StatementLine.objects.filter(pk__in=[found.line_id])
    lines.update(transfer=transfer, rule=StatementLine.Rule.REFERENCE)
    found.transfer = transfer
    save(found, "transfer")
    return close(found, _R.CORRECTED, transfer.reason, transfer=transfer.pk)


def decided(attempt: Attempt, *, reason: str) -> None:
    """A person has ended an order of unknown outcome: what waits for it is closed, if their statement says so too."""
    waiting = _waiting(_K.STATUS).filter(
        attempt=attempt, our_status=Attempt.Status.UNKNOWN.value,
        their_status__in=[theirs for theirs, ours in FITS.items() if ours == attempt.status],
    )  # fmt: skip
    for found in waiting:
        close(found, _R.CORRECTED, reason)


def _waiting(kind: ReconciliationBreak.Kind) -> QuerySet[ReconciliationBreak]:
    """Open ones that nobody works on at this moment, and whose day is not frozen."""
    frozen = SignOff.objects.filter(
        source=OuterRef("source"), first_day__lte=OuterRef("day"), last_day__gte=OuterRef("day")
    )
    return (
        ReconciliationBreak.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("source")
        .filter(~Exists(frozen), kind=kind, status=ReconciliationBreak.Status.OPEN)
        .order_by("id")
    )
