"""Money between our bank and a provider: what is paid for deliveries to come, and what of it is paid back.

A transfer bank → float of the provider, or back, as a line of the bank's statement is booked by `breaks.settle`; it is
found there by its reference when the statement comes later, or closes the break of one that is waiting.
"""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Account, Provider, Transfer
from commerce.services import break_endings, ledger
from commerce.services.constraints import retried
from commerce.services.ledger import Movement, company_account
from core.actors import current_actor
from core.approvals import Wish
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.models import Approval
from core.money import quantize
from core.services import approvals

FUNDING = "provider.fund_float"
KIND = Transfer.Kind.FLOAT_FUNDING
A_DAY = timedelta(hours=24)
LIMIT = Decimal("1e10")
ZERO = Decimal(0)


@retried
@transaction.atomic
def fund(*, provider: Provider, amount: Decimal, reason: str, external_reference: str = "") -> Transfer:
    """Book that we paid a provider in advance, or were paid back.

    Args:
        amount: in the provider's currency; below zero it came back to our bank.
        external_reference: the bank's own; the same one is booked once for a provider.

    Raises:
        InvalidInput: `invalid_amount`, `reason_required`.
        Conflict: `duplicate_reference`, `month_closed`. ApprovalNeeded: above the limit.
    """
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    # Two who enter the same line of the bank wait for each other; orders do not.
    held = Provider.objects.select_for_update(no_key=True).get(pk=provider.pk)
    if not amount or quantize(amount, held.currency) != amount or abs(amount) >= LIMIT:
        raise InvalidInput(
            "invalid_amount",
            _("Give an amount above zero with at most two decimals, in whole cents."),
            field="amount",
        )
    account = company_account(Account.Kind.FLOAT, held.currency, code=held.code)
    bank = company_account(Account.Kind.BANK, held.currency)
    reference = external_reference.strip()
    if reference and _booked(account).filter(external_reference=reference).exists():
        text = _("This reference of the bank is booked for this provider already.")
        raise Conflict("duplicate_reference", text, field="external_reference")
    _require_second_person(held, account, amount, reason=reason, reference=reference)
    debit, credit = (account, bank) if amount > 0 else (bank, account)
    [transfer] = ledger.post(
        [Movement(KIND, debit, credit, abs(amount))], reason=reason, external_reference=reference
    )
    # A member of its own, which only those see who may see costs.
    data = {"float_paid": f"{amount:.2f}", "currency": held.currency, "reason": reason}
    record("provider.float_funded", subject=held, data=data)
    if reference:
        break_endings.end_theirs(transfer, -amount)
    return transfer


def _booked(account: Account) -> QuerySet[Transfer]:
    return Transfer.objects.filter(Q(debit_account=account) | Q(credit_account=account), kind=KIND)


def _require_second_person(
    provider: Provider, account: Account, amount: Decimal, *, reason: str, reference: str
) -> None:
    """Of a day's small sums together, as for wallets; nobody else may have booked the same meanwhile."""
    if not approvals.is_watched():
        return
    since = approvals.asked_at() or timezone.now()
    payload = {"amount": f"{amount:.2f}", "reason": reason, "external_reference": reference}
    wish = Wish(
        kind=FUNDING,
        subject=(Provider._meta.label_lower, str(provider.pk)),
        label=str(provider),
        payload=payload,
        state={"funded": _booked(account).filter(created_at__gte=since).count()},
        before={"paid": ""},
        after={"paid": f"{amount:.2f}"},
        measure=abs(amount) + _alone_today(provider, account),
        amount=amount,
        currency=provider.currency,
        reason=reason,
    )
    approvals.require(wish)


def _alone_today(provider: Provider, account: Account) -> Decimal:
    """What this person moved without a second one, so that a large sum is not let through in small ones."""
    actor, since = current_actor(), timezone.now() - A_DAY
    moved = _booked(account).filter(created_at__gte=since, actor_kind=actor.kind, actor_id=actor.id)
    decided = Approval.objects.filter(
        kind=FUNDING, subject_kind=Provider._meta.label_lower, subject_id=str(provider.pk),
        status=Approval.Status.APPROVED, decided_by_id=int(actor.id) if actor.kind == "staff" else None,
        decided_at__gte=since,
    )  # fmt: skip
    together = sum((abs(amount) for amount in decided.values_list("amount", flat=True) if amount), ZERO)
    return (moved.aggregate(total=Sum("amount"))["total"] or ZERO) - together
