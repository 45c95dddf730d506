"""What staff wrote to buyers of SIMs, as of now: that a card is on its way, and eSIMs' codes."""

from collections.abc import Callable, Mapping

from commerce.demo.choices import Ware
from commerce.demo.loading import Lines
from commerce.demo.moments import MINUTE, SECOND, stamp
from commerce.demo.orders import Placed
from commerce.models import OrderMessage

ON_ITS_WAY = "Your SIM card is on its way"
TO_EXPECT = "The courier will call you before coming. Please keep the phone you gave us within reach."


class Mail:
    """Writes messages with numbers of their own, which events refer to."""

    def __init__(self, lines: Lines, now: int) -> None:
        self._lines, self._now = lines.of, now
        self._written = 0

    def about(
        self,
        order: Placed,
        ware: Ware,
        done: Mapping[str, int],
        at: Callable[..., None],
        event: Callable[..., None],
        actor: str,
    ) -> None:
        """One message at most, where the order has somebody to write to."""
        if not order.email:
            return
        if ware.wants_code and "activated" in done:
            subject = f"Your eSIM for order {order.number}"
            self._write(order, "activation_code", subject, "", done["activated"] + MINUTE, at, event, actor)
        elif not ware.wants_code and "dispatched" in done:
            sent = done["dispatched"] + 10 * MINUTE
            self._write(order, "message", ON_ITS_WAY, TO_EXPECT, sent, at, event, actor)

    def _write(
        self, order: Placed, kind: str, subject: str, body: str, when: int,
        at: Callable[..., None], event: Callable[..., None], actor: str,
    ) -> None:  # fmt: skip
        if when > self._now:
            return
        self._written += 1
        to = "customer" if order.party.startswith("app_user") else "buyer"
        self._lines[OrderMessage].append(
            f"{self._written}\t{order.id}\t{kind}\t{to}\t{order.email}\t{subject}\t{body}\tsent\t1\t"
            f"{actor.rpartition('\t')[2]}\t{stamp(when)}\t{stamp(when + 2 * SECOND)}\n"
        )
        told = "esim.sent" if kind == "activation_code" else "message.sent"
        at(when, event, order, told, {"message_id": self._written, "to": to}, actor)
