"""What happened in a wallet: its movements newest first, and a statement that opens, moves and closes.

Reads only. Transfers of one wallet form a chain by id (the database numbers them under its lock), and
each carries the balance after it, so both readings are range scans of one index.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from heapq import merge
from itertools import islice

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from commerce.models import Account, Transfer
from core.exceptions import InvalidInput

MOST_MOVEMENTS = 10_000
RELATED = ("debit_account", "credit_account", "order")


@dataclass(frozen=True, slots=True)
class WalletMovement:
    """One transfer as one wallet saw it; `amount` is signed, in the wallet's currency."""

    transfer: Transfer
    account: Account
    amount: Decimal
    balance_after: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """opening + the sum of the movements' amounts = closing, in the wallet's currency."""

    account: Account
    since: datetime
    until: datetime
    opening: Decimal
    movements: list[WalletMovement]
    closing: Decimal


def seen_by(account: Account, transfer: Transfer) -> WalletMovement:
    """A transfer from the side of one of its two accounts."""
    if transfer.debit_account_id == account.pk:
        return WalletMovement(transfer, account, -transfer.amount, transfer.debit_balance_after or Decimal(0))
    return WalletMovement(transfer, account, transfer.amount, transfer.credit_balance_after or Decimal(0))


def latest(accounts: Iterable[Account], limit: int) -> list[WalletMovement]:
    """The last movements of some wallets together, newest first. Two short index scans a wallet."""
    streams = [_newest(account, side, limit) for account in accounts for side in ("debit", "credit")]
    newest = merge(*streams, key=lambda movement: movement.transfer.pk, reverse=True)
    return list(islice(newest, limit))


def latest_of_all(limit: int, *, is_test: bool = False) -> list[WalletMovement]:
    """The last movements of all resellers' wallets together, newest first."""
    ours = {"kind": Account.Kind.WALLET, "reseller__isnull": False, "is_test": is_test}
    streams = []
    for side in ("debit", "credit"):
        wallets = {f"{side}_account__{name}": value for name, value in ours.items()}
        newest = Transfer.objects.filter(**wallets).select_related(*RELATED).order_by("-id")[:limit]
        streams.append([seen_by(getattr(transfer, f"{side}_account"), transfer) for transfer in newest])
    return list(islice(merge(*streams, key=lambda movement: movement.transfer.pk, reverse=True), limit))


def touching(account_ids: Iterable[int]) -> QuerySet[Transfer]:
    """Transfers of some wallets. Theirs have a `balance_after`; saying so lets the partial indexes answer."""
    ids = list(account_ids)
    return Transfer.objects.filter(
        Q(debit_account__in=ids, debit_balance_after__isnull=False)
        | Q(credit_account__in=ids, credit_balance_after__isnull=False)
    )


def statement(account: Account, *, since: datetime, until: datetime) -> Statement:
    """All movements with since ≤ time < until, oldest first.

    Raises:
        InvalidInput: `invalid_period`, or `period_too_long` above 10,000 movements: nothing is cut silently.
    """
    if until <= since:
        raise InvalidInput("invalid_period", _("The period ends before it begins."), field="to")
    moved = touching([account.pk])
    found = list(
        moved.filter(created_at__gte=since, created_at__lt=until)
        .select_related(*RELATED)
        .order_by("id")[: MOST_MOVEMENTS + 1]
    )
    if len(found) > MOST_MOVEMENTS:
        raise InvalidInput(
            "period_too_long",
            _("More than %(most)d movements: ask for a shorter period.") % {"most": MOST_MOVEMENTS},
            field="from",
        )
    movements = [seen_by(account, transfer) for transfer in found]
    if movements:
        opening = movements[0].balance_after - movements[0].amount
        return Statement(
            account, since, until, opening, movements, opening + sum(m.amount for m in movements)
        )
    last = moved.filter(created_at__lt=since).order_by("-id").first()
    opening = seen_by(account, last).balance_after if last else Decimal(0)
    return Statement(account, since, until, opening, [], opening)


def _newest(account: Account, side: str, limit: int) -> list[WalletMovement]:
    transfers = (
        Transfer.objects.filter(**{f"{side}_account": account, f"{side}_balance_after__isnull": False})
        .select_related(*RELATED)
        .order_by("-id")[:limit]
    )
    return [seen_by(account, transfer) for transfer in transfers]
