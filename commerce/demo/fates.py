"""What became of an order at the providers: whom it was sent to, what each said, and how it ended."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from commerce.demo.moments import DAY, HOUR, MINUTE, SECOND
from commerce.demo.prices import Priced, Source
from commerce.demo.specs import ProviderSpec
from commerce.demo.terms import ATLAS, MERIDIAN, PROVIDERS

WRONG_RECIPIENT = 0.013
# Share of silent calls that a person decided in the end.
BY_HAND = 0.12
# When an open attempt was asked about again, in seconds after the time-out; as the delivery engine does.
CHECKS = (5, 20, 80, 380, 2180)
TIME_OUT = 10 * SECOND
# Providers have bad days: hours of failures, again and again over the year.
OUTAGES = {ATLAS.code: (9, 3), MERIDIAN.code: (3, 2)}
FAILING_IN_OUTAGE = 0.42


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sure failure, in the engine's words."""

    code: str
    message: str
    retryable: bool = False


INVALID = Refusal("recipient_invalid", "The recipient does not exist.")
BARRED = Refusal("recipient_barred", "The recipient may not receive top-ups.")
OUT_OF_STOCK = Refusal("product_unavailable", "The product is out of stock.", True)
REFUSED = Refusal("provider_error", "The network refused it.", True)


@dataclass(slots=True)
class Try:
    """One attempt. `ended` is none while it stays open."""

    number: int
    source: Source
    started: int
    status: str = "delivered"
    ended: int = 0
    checks: int = 0
    refusal: Refusal | None = None


@dataclass(slots=True)
class Fate:
    """How an order went: its attempts and its end, or since when its outcome is unknown."""

    tries: list[Try] = field(default_factory=list)
    status: str = "fulfilled"
    ended: int = 0
    unknown_at: int = 0
    by_hand: bool = False
    refusal: Refusal | None = None


class Providers:
    """The providers of the demo with their bad hours of this year."""

    def __init__(self, first_day: date, days: int, rng: Random) -> None:
        self.specs: dict[int, ProviderSpec] = dict(enumerate(PROVIDERS, 1))
        start = first_day.toordinal() - date(1970, 1, 1).toordinal()
        self._bad_hours = {
            (code, (start + day) * 24 + hour + late)
            for code, (times, hours) in OUTAGES.items()
            for day, hour in [(rng.randrange(days), rng.randrange(6, 20)) for _time in range(times)]
            for late in range(hours)
        }

    def failing(self, spec: ProviderSpec, at: int) -> float:
        hour = at // HOUR
        if (spec.code, hour) in self._bad_hours:
            return FAILING_IN_OUTAGE
        return spec.failing * (2.2 if hour % 24 in spec.bad_hours else 1.0)

    def go(self, priced: Priced, placed: int, rng: Random) -> Fate:
        """Send an order to its providers one after the other, as the engine does."""
        fate = Fate()
        wrong = None
        if rng.random() < WRONG_RECIPIENT:
            wrong = INVALID if rng.random() < 0.7 else BARRED
        at = placed + rng.randint(40, 700)
        for number, source in enumerate(priced.sources, 1):
            attempt = Try(number, source, at)
            fate.tries.append(attempt)
            spec = self.specs[source.provider_id]
            draw = rng.random()
            at += int(1000 * rng.uniform(*spec.seconds))
            if draw < spec.silent:
                return self._silent(fate, attempt, rng)
            attempt.ended = fate.ended = at
            if wrong or draw < spec.silent + self.failing(spec, at):
                attempt.status = "failed"
                attempt.refusal = fate.refusal = wrong or (OUT_OF_STOCK if rng.random() < 0.55 else REFUSED)
                fate.status = "failed"
                at += rng.randint(5, 40)
                continue
            fate.status, fate.refusal = "fulfilled", None
            return fate
        return fate

    def _silent(self, fate: Fate, attempt: Try, rng: Random) -> Fate:
        """No answer in time. The provider tells later, or a person finds out."""
        fate.unknown_at = attempt.started + TIME_OUT
        fate.by_hand = rng.random() < BY_HAND
        if fate.by_hand:
            attempt.checks = len(CHECKS) + rng.randint(1, 6)
            fate.ended = fate.unknown_at + rng.randint(50 * MINUTE, 9 * HOUR)
        else:
            attempt.checks = rng.choices(range(1, len(CHECKS) + 1), (50, 22, 14, 9, 5))[0]
            fate.ended = fate.unknown_at + CHECKS[attempt.checks - 1] * SECOND + rng.randint(100, 900)
        attempt.ended = fate.ended
        fate.status = "fulfilled" if rng.random() < 0.72 else "failed"
        attempt.status = "delivered" if fate.status == "fulfilled" else "failed"
        if fate.status == "failed":
            fate.refusal = attempt.refusal = REFUSED
        return fate


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What came after a delivery: a refund of so many cents, or the provider's reversal."""

    kind: str
    at: int
    amount: int
    reason: str


REFUND_REASONS = (
    "Wrong player id, the code was not used.",
    "The subscriber did not receive it; the network confirmed.",
    "Bought twice by mistake.",
    "Voucher reported as already redeemed.",
    "Goodwill after a late delivery.",
)


def afterwards(total: int, ended: int, rng: Random) -> Afterwards | None:
    """Rarely, something comes after."""
    draw = rng.random()
    if draw < 0.0045:
        whole = rng.random() < 0.7 or total < 200
        amount = total if whole else max(100, total * rng.choice((25, 50, 75)) // 100)
        return Afterwards(
            "refund", ended + rng.randint(40 * MINUTE, 6 * DAY), amount, rng.choice(REFUND_REASONS)
        )
    if draw < 0.0059:
        reason = "The provider reversed the delivery."
        return Afterwards("reversal", ended + rng.randint(2 * MINUTE, 2 * DAY), total, reason)
    return None
