"""The demo's ledger while history is made: wallets with their balances, and every movement as a line to load.

Amounts are whole cents. Movements are written in order of time, numbered here, with the balance after each: the same
rows that `commerce.services.settlement` and the database's triggers would have written.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random

from commerce.demo.moments import stamp
from commerce.demo.prices import Priced, text
from commerce.models import Account

SYSTEM = "system\t\tTopline"
NONE = "\\N"


@dataclass(slots=True)
class Wallet:
    """A party's wallet; balance, held and limit in cents. `name` is its owner's."""

    id: int
    currency: str
    is_test: bool
    name: str
    opened: datetime
    reseller_id: int | None = None
    customer_id: int | None = None
    limit: int = 0
    balance: int = 0
    held: int = 0
    fundings: int = 0

    @property
    def available(self) -> int:
        return self.balance + self.limit - self.held

    def as_account(self) -> Account:
        return Account(
            id=self.id,
            kind=Account.Kind.WALLET,
            reseller_id=self.reseller_id,
            customer_id=self.customer_id,
            currency=self.currency,
            is_test=self.is_test,
            balance=Decimal(self.balance) / 100,
            held=Decimal(self.held) / 100,
            credit_limit=Decimal(self.limit) / 100,
            created_at=self.opened,
        )


@dataclass(frozen=True, slots=True)
class Who:
    """What a movement belongs to and who made it; empty texts and `\\N` as COPY has them."""

    order: str = NONE
    payment: str = NONE
    actor: str = SYSTEM
    reason: str = ""
    reference: str = ""


class Books:
    """Numbers accounts and transfers; `lines` is where the transfers go."""

    def __init__(self, lines: list[str], rng: Random, opened: datetime) -> None:
        self._lines = lines
        self._rng = rng
        self._opened = opened
        self._company: dict[tuple[str, str, bool, str], int] = {}
        self.accounts = 0
        self.transfers = 0

    def next_account(self) -> int:
        self.accounts += 1
        return self.accounts

    def company(self, kind: str, currency: str, *, is_test: bool = False, code: str = "") -> int:
        key = (kind, currency, is_test, code)
        found = self._company.get(key)
        if found is None:
            found = self._company[key] = self.next_account()
        return found

    def company_accounts(self) -> list[Account]:
        return [
            Account(
                id=number, kind=kind, currency=currency, is_test=is_test, code=code, created_at=self._opened
            )
            for (kind, currency, is_test, code), number in self._company.items()
        ]

    def pay_in(self, wallet: Wallet, kind: str, amount: int, at: int, who: Who, *, code: str = "") -> int:
        """Money from the bank, a gateway or the adjustments account; returns the transfer's number."""
        source = {"funding": "bank", "payment": "gateway", "adjustment": "adjustment"}[kind]
        wallet.balance += amount
        company = self.company(source, wallet.currency, is_test=wallet.is_test, code=code)
        self._write(
            self.group(at),
            kind,
            company,
            wallet.id,
            amount,
            wallet.currency,
            NONE,
            text(wallet.balance),
            who,
            at,
        )
        return self.transfers

    def fund_float(self, provider: str, currency: str, amount: int, at: int, who: Who) -> None:
        bank = self.company("bank", currency)
        float_ = self.company("float", currency, code=provider)
        self._write(self.group(at), "float_funding", float_, bank, amount, currency, NONE, NONE, who, at)

    def capture(self, wallet: Wallet, priced: Priced, cost: int, provider: str, at: int, who: Who) -> None:
        """As `settlement.capture`: the parts of the total, then the commission, then the provider's cost."""
        group, currency, test = self.group(at), wallet.currency, wallet.is_test
        wallet.held -= priced.total
        for part in priced.parts:
            if part.amount:
                wallet.balance -= part.amount
                account = self.company(part.account, currency, is_test=test)
                self._write(
                    group,
                    part.capture,
                    wallet.id,
                    account,
                    part.amount,
                    currency,
                    text(wallet.balance),
                    NONE,
                    who,
                    at,
                )
        if priced.commission:
            wallet.balance += priced.commission
            paid = self.company("commission", currency, is_test=test)
            self._write(
                group,
                "commission",
                paid,
                wallet.id,
                priced.commission,
                currency,
                NONE,
                text(wallet.balance),
                who,
                at,
            )
        if cost:
            spent = self.company("cost", currency, is_test=test)
            float_ = self.company("float", currency, is_test=test, code=provider)
            self._write(group, "cost", spent, float_, cost, currency, NONE, NONE, who, at)

    def give_back(self, wallet: Wallet, priced: Priced, amount: int, at: int, who: Who) -> None:
        """As `settlement.refund` of an order of which nothing was given back before."""
        group, currency, test, left = self.group(at), wallet.currency, wallet.is_test, amount
        for part in reversed(priced.parts):
            value = left if part is priced.parts[0] else min(left, _share(part.amount, amount, priced.total))
            left -= value
            if value:
                wallet.balance += value
                account = self.company(part.account, currency, is_test=test)
                self._write(
                    group,
                    part.refund,
                    account,
                    wallet.id,
                    value,
                    currency,
                    NONE,
                    text(wallet.balance),
                    who,
                    at,
                )
        taken_back = _share(priced.commission, amount, priced.total)
        if taken_back:
            wallet.balance -= taken_back
            paid = self.company("commission", currency, is_test=test)
            self._write(
                group,
                "commission_back",
                wallet.id,
                paid,
                taken_back,
                currency,
                text(wallet.balance),
                NONE,
                who,
                at,
            )

    def cost_back(self, wallet: Wallet, cost: int, provider: str, at: int, who: Who) -> None:
        spent = self.company("cost", wallet.currency, is_test=wallet.is_test)
        float_ = self.company("float", wallet.currency, is_test=wallet.is_test, code=provider)
        self._write(self.group(at), "cost_back", float_, spent, cost, wallet.currency, NONE, NONE, who, at)

    def group(self, at: int) -> str:
        return uuid7(at, self._rng)

    def _write(
        self, group: str, kind: str, debit: int, credit: int, amount: int, currency: str,
        debit_after: str, credit_after: str, who: Who, at: int,
    ) -> None:  # fmt: skip
        self.transfers += 1
        self._lines.append(
            f"{self.transfers}\t{group}\t{kind}\t{debit}\t{credit}\t{text(amount)}\t{currency}\t{debit_after}\t{credit_after}\t"
            f"{who.order}\t{who.payment}\t{who.reference}\t{who.reason}\t{who.actor}\t{stamp(at)}\n"
        )


def uuid7(at: int, rng: Random) -> str:
    """A UUID of version 7 of that moment; the same on every run with the same seed."""
    time, tail = f"{at:012x}", f"{rng.getrandbits(72):018x}"
    return f"{time[:8]}-{time[8:]}-7{tail[:3]}-a{tail[3:6]}-{tail[6:]}"


def _share(part: int, amount: int, total: int) -> int:
    """`part` × `amount` ÷ `total`, rounded half up."""
    return (2 * part * amount + total) // (2 * total)
