"""SIM cards that go by courier and eSIMs that our own desk hands out: their steps, who sees to them, where they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from commerce.demo.books import NONE
from commerce.demo.choices import ESIM, Ware
from commerce.demo.fates import Fate, Refusal, Try
from commerce.demo.loading import Lines
from commerce.demo.mail import Mail
from commerce.demo.moments import DAY, HOUR, MINUTE, stamp
from commerce.demo.names import COURIERS, STREETS, TOWNS
from commerce.demo.orders import Placed
from commerce.demo.prices import escaped
from commerce.demo.terms import PROVIDERS, WAREHOUSE
from commerce.models import Delivery
from commerce.recipients.iccid import check_digit

type Event = Callable[..., None]

NOT_ANSWERED = Refusal("not_delivered", "The buyer did not answer the courier.", True)
NOT_WANTED = Refusal("not_delivered", "The buyer changed their mind before the eSIM was set up.", True)
LOST = 0.05
WAY = ("confirmed", "dispatched", "delivered", "activated")
# Where the parcels of the last days are, the oldest first: each desk of the house has something to do.
LAST_STEPS = (
    "activated", "cancelled", "delivered", "activated", "dispatched", "delivered", "dispatched", "activated",
    "dispatched", "confirmed", "delivered", "dispatched", "confirmed", "pending", "confirmed", "pending", "pending",
)  # fmt: skip
# How operators' cards begin (ITU-T E.118): 89, the country, the network.
ISSUERS = {"NG": "8923430", "TR": "899001", "AE": "8997102"}
ICCID_DIGITS = 18


@dataclass(slots=True)
class _Parcel:
    """When each step comes, in order, and how the parcel is found."""

    order: str = ""
    steps: list[tuple[str, int]] = field(default_factory=list)
    courier: str = ""
    tracking: str = ""
    worker: int = 0
    refusal: Refusal = NOT_ANSWERED


class RecentParcels:
    """Which orders of the last days are of SIMs, and where each of them is, so that a small business has all steps."""

    DAYS = 10
    # Of so many orders one at most, however small the business is.
    SELDOM = 3

    def __init__(self, by_day: Sequence[int], now: int) -> None:
        placed = sum(by_day[-self.DAYS :])
        self._since, self._seen = now - self.DAYS * DAY, 0
        self._every = max(self.SELDOM, placed // len(LAST_STEPS))
        # The rest is of customers, to whose orders this does not happen.
        self._expected = max(1, placed * 9 // 10 // self._every)

    def step(self, at: int) -> str:
        """What the next order's delivery has reached by now; nothing for one that is left to chance."""
        if at < self._since:
            return ""
        self._seen += 1
        number, rest = divmod(self._seen, self._every)
        return (
            "" if rest else LAST_STEPS[min(number * len(LAST_STEPS) // self._expected, len(LAST_STEPS)) - 1]
        )


class Shipping:
    """Plans a shipped order's delivery and writes it as of now."""

    PROVIDER_ID = PROVIDERS.index(WAREHOUSE) + 1

    def __init__(self, lines: Lines, workers: list[tuple[int, str]], rng: Random, now: int) -> None:
        """`workers` are those who move parcels: their ids and their columns as actors."""
        self._lines, self._workers, self._rng, self._now = lines.of, workers, rng, now
        self._mail = Mail(lines, now)
        self._parcels = 0
        self._parcel = _Parcel()

    def fate(self, order: Placed, ware: Ware, ready: int) -> Fate:
        """The attempt is in the hands of staff until the parcel is there, or surely never will be.

        An order that names the step it has reached by now has reached it; others take their time.
        """
        rng, esim = self._rng, ware.item.sim_type == ESIM
        steps = self._so_far(ready, order.step) if order.step else self._usual(ready, esim)
        self._parcels += 1
        tracking = "" if esim else f"TRK{rng.randrange(10**9):09d}{self._parcels % 1000:03d}"
        self._parcel = _Parcel(
            order.id,
            steps,
            courier="" if esim else rng.choice(COURIERS),
            tracking=tracking,
            worker=rng.randrange(len(self._workers)),
            refusal=NOT_WANTED if esim else NOT_ANSWERED,
        )
        times = dict(steps)
        arrived = times.get("delivered") or times["cancelled"]
        attempt = Try(1, order.priced.sources[0], ready + rng.randint(100, 900), ended=arrived)
        fate = Fate([attempt], "fulfilled", arrived, by_hand=True)
        if "cancelled" in times:
            attempt.status, fate.status = "failed", "failed"
            fate.refusal = attempt.refusal = self._parcel.refusal
        return fate

    def _usual(self, ready: int, esim: bool) -> list[tuple[str, int]]:
        rng = self._rng
        confirmed = ready + rng.randint(HOUR, 8 * HOUR)
        dispatched = confirmed + rng.randint(4 * HOUR, 20 * HOUR)
        # Nobody carries an eSIM.
        arrived = dispatched + (rng.randint(MINUTE, HOUR) if esim else rng.randint(18 * HOUR, 4 * DAY))
        lost = rng.random() < LOST
        steps = [
            ("confirmed", confirmed),
            ("dispatched", dispatched),
            ("cancelled" if lost else "delivered", arrived),
        ]
        if not lost and rng.random() < 0.8:
            steps.append(("activated", arrived + rng.randint(HOUR, 3 * DAY)))
        return steps

    def _so_far(self, ready: int, last: str) -> list[tuple[str, int]]:
        """Steps in equal parts of the time there was; what comes after `last` comes another day."""
        way = ("confirmed", "dispatched", "cancelled") if last == "cancelled" else WAY
        taken = way.index(last) + 1 if last in way else 0
        pause = (self._now - ready) // (taken + 1)
        done = [(step, ready + place * pause) for place, step in enumerate(way[:taken], 1)]
        return done + [(step, self._now + place * DAY) for place, step in enumerate(way[taken:3], 1)]

    def evidence(self, order: Placed) -> str:
        """The tracking number, of the order planned last."""
        return self._parcel.tracking if order.id == self._parcel.order else ""

    @property
    def actor(self) -> str:
        """Who sees to the parcel planned last."""
        return self._workers[self._parcel.worker][1]

    def is_activated(self) -> bool:
        """Whether the SIM planned last works by now."""
        return any(name == "activated" and when <= self._now for name, when in self._parcel.steps)

    def write(self, order: Placed, ware: Ware, at: Callable[..., None], event: Event) -> None:
        parcel = self._parcel
        done = [(name, when) for name, when in parcel.steps if when <= self._now]
        worker, actor = self._workers[parcel.worker]
        if done:
            self._tell(order, done, at, event, actor)
        self._mail.about(order, ware, dict(done), at, event, actor)
        self._row(order, ware, done, worker if done else NONE)

    def write_unsent(self, order: Placed, ware: Ware, cancelled: int) -> None:
        """Of an order that is not paid, or ended before anybody looked at it."""
        self._parcel = _Parcel(order.id)
        self._row(order, ware, [("cancelled", cancelled)] if cancelled else [], NONE)

    def _tell(
        self, order: Placed, done: list[tuple[str, int]], at: Callable[..., None], event: Event, actor: str
    ) -> None:
        parcel = self._parcel
        handed = {"assignee": actor.rpartition("\t")[2], "courier": parcel.courier, "tracking": ""}
        at(max(done[0][1] - MINUTE, order.at), event, order, "delivery.assigned", handed, actor)
        for name, when in done:
            tracking = "" if name == "confirmed" else parcel.tracking
            reason = parcel.refusal.message if name == "cancelled" else ""
            moved = {"to": name, "tracking": tracking, "reason": reason}
            at(when, event, order, "delivery.moved", moved, actor)

    def _row(self, order: Placed, ware: Ware, done: list[tuple[str, int]], assignee: Any) -> None:
        parcel, rng, times = self._parcel, self._rng, dict(done)
        esim, sent = ware.item.sim_type == ESIM, "dispatched" in times
        town = rng.choice(TOWNS)
        address = f"{rng.randrange(1, 240)} {rng.choice(STREETS)}\n{town[0]}, {town[1]}, {town[2]}"
        iccid = self._iccid(ware.brand.country) if ("activated" in times if esim else sent) else ""
        columns: tuple[Any, ...] = (
            order.id, done[-1][0] if done else "pending", ware.item.sim_type,
            f"By e-mail: {order.email}" if esim else escaped(address), "" if esim else town[0],
            parcel.courier if done else "", assignee, parcel.tracking if sent else "", iccid, "",
            stamp(order.at), stamp(done[-1][1] if done else order.at),
            *(stamp(times[name]) if name in times else NONE for name in ("dispatched", "delivered", "activated")),
        )  # fmt: skip
        self._lines[Delivery].append("\t".join(map(str, columns)) + "\n")

    def _iccid(self, country: str) -> str:
        issuer = ISSUERS.get(country, ISSUERS["NG"])
        digits = f"{issuer}{self._parcels:0{ICCID_DIGITS - len(issuer)}d}"
        return digits + check_digit(digits)
