"""Money paid in: each wallet before it runs dry, and our float at the providers."""

from collections import defaultdict
from collections.abc import Callable
from random import Random

from commerce.demo.books import Books, Wallet, Who
from commerce.demo.loading import Lines
from commerce.demo.moments import HOUR, SECOND, moment, stamp
from commerce.demo.prices import text
from commerce.demo.terms import PROVIDERS
from core.models import Event

PLAY_MONEY = 1_000_000
LIVES_ON_CREDIT = 4
BANKS = ("Bank transfer", "SWIFT transfer", "Mobile money deposit", "Cash deposit at the branch")
ROUND = (5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)


class Funding:
    """Knows what each wallet is about to spend today, and pays in before its first order where that is too little."""

    def __init__(
        self, books: Books, lines: Lines, finance: str, rng: Random, at: Callable[..., None]
    ) -> None:
        self._books, self._lines, self._finance, self._rng, self._at = books, lines, finance, rng, at
        self._today: dict[int, tuple[Wallet, int, int]] = {}
        self._float: dict[tuple[str, str], int] = defaultdict(int)
        self._spent: dict[tuple[str, str], int] = defaultdict(int)

    def begin(self, a_day: int) -> None:
        """The floats begin with what the first days cost, at about so many cents a day."""
        self._spent.update({(spec.code, "USD"): a_day for spec in PROVIDERS})

    def expect(self, wallet: Wallet, amount: int, at: int) -> None:
        """An order of so many cents today; orders come in order of time."""
        _wallet, so_far, first = self._today.get(wallet.id, (wallet, 0, at))
        self._today[wallet.id] = (wallet, so_far + amount, first)

    def prepare(self, start: int, now: int) -> None:
        """Pay in what today needs. Called when the day's orders are known and none has happened."""
        for wallet, needed, first in self._today.values():
            # Most pay in before they touch their credit; some live on half of it.
            kept = wallet.limit // 2 if wallet.id % LIVES_ON_CREDIT == 0 else wallet.limit
            short = needed + kept - wallet.available
            if short > 0:
                at = max(start, first - self._rng.randint(5 * SECOND, 5 * HOUR))
                self._at(min(at, first), self.fund, wallet, self._amount(wallet, needed, short))
        self._today.clear()
        self._fill_floats(start)

    def fund(self, at: int, wallet: Wallet, amount: int) -> None:
        wallet.fundings += 1
        if wallet.is_test:
            self._books.pay_in(wallet, "funding", amount, at, Who(reason="Play money for test mode."))
            return
        reason = BANKS[wallet.id % len(BANKS)]
        who = Who(
            actor=self._finance,
            reason=reason,
            reference=f"BT{moment(at):%y%m%d}-{wallet.id}-{wallet.fundings}",
        )
        number = self._books.pay_in(wallet, "funding", amount, at, who)
        told = f'"amount": "{text(amount)}", "currency": "{wallet.currency}", "reason": "{reason}"'
        body = f'{{"transfer": {number}, {told}}}'
        self._lines.of[Event].append(
            f"wallet.credited\tcommerce.account\t{wallet.id}\t{self._finance}\t{body}\t\t{stamp(at)}\n"
        )

    def spend_float(self, provider: str, currency: str, cost: int) -> None:
        self._float[provider, currency] -= cost
        self._spent[provider, currency] += cost

    def _amount(self, wallet: Wallet, needed: int, short: int) -> int:
        """A round sum for about a week at today's pace, and enough for today."""
        if wallet.is_test:
            return max(PLAY_MONEY, _rounded_up(short))
        return _rounded_up(max(short, int(needed * self._rng.uniform(4, 11))))

    def _fill_floats(self, start: int) -> None:
        """Before a day begins, each float gets what five days at yesterday's pace cost, once it is short of two."""
        for key, yesterday in self._spent.items():
            if self._float[key] < 2 * yesterday:
                provider, currency = key
                amount = _rounded_up(6 * yesterday - self._float[key])
                self._float[key] += amount
                who = Who(
                    actor=self._finance,
                    reason="Float top-up",
                    reference=f"FL{moment(start):%y%m%d}-{provider}",
                )
                self._at(start + 30 * SECOND, self._fund_float, provider, currency, amount, who)
            self._spent[key] = 0

    def _fund_float(self, at: int, provider: str, currency: str, amount: int, who: Who) -> None:
        self._books.fund_float(provider, currency, amount, at, who)


def _rounded_up(amount: int) -> int:
    unit = next((unit for unit in ROUND if amount <= unit * 20), ROUND[-1])
    return -(-amount // unit) * unit
