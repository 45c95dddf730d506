"""What happened in a wallet: its movements newest first, and a statement that opens, moves and closes.

Reads only. Transfers of one wallet form a chain by id (the database numbers them under its lock), and each carries the
balance after it, so both readings are range scans of one index. What belongs to a period is cut out of that chain, not
by time alone: two transfers at midnight may be numbered in another order than their clocks say, and one statement
closes where the next one opens all the same. JSON, PDF, Excel and CSV are cut here, so that they say one thing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from heapq import merge
from itertools import islice, pairwise

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from commerce.models import Account, Transfer
from core.exceptions import Conflict, InvalidInput

MOST_MOVEMENTS = 10_000
RELATED = ("debit_account", "credit_account", "order")
ZERO = Decimal(0)
# An order has many wide columns, and two of them are on a statement.
READ = (
    "kind", "amount", "debit_account_id", "credit_account_id", "debit_balance_after", "credit_balance_after",
    "external_reference", "reason", "created_at", "order__order_number", "order__reference",
)  # fmt: skip


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


def statement(account: Account, *, since: datetime, until: datetime, most: int = MOST_MOVEMENTS) -> Statement:
    """The movements of since ≤ time < until, oldest first: the links of the wallet's chain between the two moments.

    Raises:
        InvalidInput: `invalid_period`, or `period_too_long` above `most` movements: nothing is cut silently.
        Conflict: `books_differ`.
    """
    if until <= since:
        raise InvalidInput("invalid_period", _("The period ends before it begins."), field="to")
    before, after = _last_before(account, since), _last_before(account, until)
    opening = seen_by(account, before).balance_after if before else ZERO
    movements = _between(account, before, after, most) if after else []
    _check_chain(opening, movements)
    closing = movements[-1].balance_after if movements else opening
    return Statement(account, since, until, opening, movements, closing)


def moved_between(account: Account, *, since: datetime, until: datetime) -> bool:
    """Whether a statement of these days would have any movement."""
    before, after = _last_before(account, since), _last_before(account, until)
    return after is not None and (before is None or after.pk > before.pk)


def _between(account: Account, before: Transfer | None, last: Transfer, most: int) -> list[WalletMovement]:
    links = {"pk__gt": before.pk if before else 0, "pk__lte": last.pk}
    rows = [
        side.filter(**links).select_related("order").only(*READ).order_by("id")[: most + 1]
        for side in _sides(account)
    ]
    found = list(merge(*rows, key=lambda transfer: transfer.pk))
    if len(found) > most:
        raise InvalidInput(
            "period_too_long",
            _("More than %(most)d movements: ask for a shorter period.") % {"most": most},
            field="from",
        )
    return [seen_by(account, transfer) for transfer in found]


def _last_before(account: Account, moment: datetime) -> Transfer | None:
    newest = [side.filter(created_at__lt=moment).order_by("-id").first() for side in _sides(account)]
    return max(filter(None, newest), key=lambda transfer: transfer.pk, default=None)


def _sides(account: Account) -> list[QuerySet[Transfer]]:
    """Each along its own index, in order: asked for together, the whole ledger is walked through."""
    if account.pk is None:
        return []
    return [
        Transfer.objects.filter(**{f"{side}_account": account, f"{side}_balance_after__isnull": False})
        for side in ("debit", "credit")
    ]


def _check_chain(opening: Decimal, movements: list[WalletMovement]) -> None:
    """Each balance follows from the one before: a statement that does not add up is not given.

    Raises:
        Conflict: `books_differ`.
    """
    balances = [opening, *(movement.balance_after for movement in movements)]
    steps = [after - before for before, after in pairwise(balances)]
    if any(step != movement.amount for step, movement in zip(steps, movements, strict=True)):
        raise Conflict("books_differ", _("This wallet's balances do not follow from its transfers."))


def _newest(account: Account, side: str, limit: int) -> list[WalletMovement]:
    transfers = (
        Transfer.objects.filter(**{f"{side}_account": account, f"{side}_balance_after__isnull": False})
        .select_related(*RELATED)
        .order_by("-id")[:limit]
    )
    return [seen_by(account, transfer) for transfer in transfers]
