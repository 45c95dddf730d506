"""SIM cards that go by courier: their steps, who brings them, and when they arrive."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from commerce.demo.books import NONE
from commerce.demo.fates import Fate, Refusal, Try
from commerce.demo.loading import Lines
from commerce.demo.moments import DAY, HOUR, stamp
from commerce.demo.names import COURIERS, STREETS, TOWNS
from commerce.demo.orders import Placed
from commerce.demo.prices import escaped
from commerce.demo.terms import PROVIDERS, WAREHOUSE
from commerce.models import Delivery
from commerce.recipients.iccid import check_digit

NOT_ANSWERED = Refusal("not_delivered", "The buyer did not answer the courier.", True)
LOST = 0.05


@dataclass(slots=True)
class _Parcel:
    """When each step comes, in order, and how the parcel is found."""

    steps: list[tuple[str, int]]
    courier: str
    tracking: str


class Shipping:
    """Plans a shipped order's delivery and writes it as of now."""

    PROVIDER_ID = PROVIDERS.index(WAREHOUSE) + 1

    def __init__(self, lines: Lines, assignee: int, rng: Random, now: int) -> None:
        self._lines, self._assignee, self._rng, self._now = lines.of, assignee, rng, now
        self._parcels = 0
        self._parcel = _Parcel([], "", "")
        self._order = ""

    def fate(self, order: Placed, ready: int) -> Fate:
        """The attempt is in the hands of staff until the parcel is there, or surely never will be."""
        rng = self._rng
        confirmed = ready + rng.randint(HOUR, 8 * HOUR)
        dispatched = confirmed + rng.randint(4 * HOUR, 20 * HOUR)
        arrived = dispatched + rng.randint(18 * HOUR, 4 * DAY)
        lost = rng.random() < LOST
        steps = [
            ("confirmed", confirmed),
            ("dispatched", dispatched),
            ("cancelled" if lost else "delivered", arrived),
        ]
        if not lost and rng.random() < 0.8:
            steps.append(("activated", arrived + rng.randint(HOUR, 3 * DAY)))
        self._parcels += 1
        self._order = order.id
        self._parcel = _Parcel(
            steps, rng.choice(COURIERS), f"TRK{rng.randrange(10**9):09d}{self._parcels % 1000:03d}"
        )
        attempt = Try(1, order.priced.sources[0], ready + rng.randint(100, 900), ended=arrived)
        fate = Fate([attempt], "fulfilled", arrived, by_hand=True)
        if lost:
            attempt.status, fate.status = "failed", "failed"
            fate.refusal = attempt.refusal = NOT_ANSWERED
        return fate

    def evidence(self, order: Placed) -> str:
        """The tracking number, of the order planned last."""
        return self._parcel.tracking if order.id == self._order else ""

    def write(self, order: Placed, fate: Fate, at: Callable[..., None], event: Callable[..., None]) -> None:
        parcel, rng = self._parcel, self._rng
        done = [(name, when) for name, when in parcel.steps if when <= self._now]
        times = dict(done)
        for name, when in done:
            tracking = "" if name == "confirmed" else parcel.tracking
            at(when, event, order, "delivery.moved", {"to": name, "tracking": tracking})
        sent = "dispatched" in times
        town = rng.choice(TOWNS)
        address = f"{rng.randrange(1, 240)} {rng.choice(STREETS)}\n{town[0]}, {town[1]}, {town[2]}"
        columns: tuple[Any, ...] = (
            order.id, done[-1][0] if done else "pending", "physical", escaped(address), town[0],
            parcel.courier if sent else "",
            self._assignee if done else NONE, parcel.tracking if sent else "", self._iccid() if sent else "", "",
            stamp(order.at), stamp(done[-1][1] if done else order.at),
            *(stamp(times[name]) if name in times else NONE for name in ("dispatched", "delivered", "activated")),
        )  # fmt: skip
        self._lines[Delivery].append("\t".join(map(str, columns)) + "\n")

    def _iccid(self) -> str:
        digits = f"8923430{self._parcels:011d}"
        return digits + check_digit(digits)
