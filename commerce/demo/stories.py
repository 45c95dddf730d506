"""The story of one order: paid, sent to providers, delivered or not, and what came after, written as of now."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from commerce.demo.books import NONE, SYSTEM, Books, Who, uuid7
from commerce.demo.choices import ESIM, Ware
from commerce.demo.fates import CHECKS, Afterwards, Fate, Providers, Refusal, Try, afterwards
from commerce.demo.loading import Lines
from commerce.demo.moments import DAY, HOUR, MINUTE, SECOND, stamp
from commerce.demo.orders import (
    Placed,
    attempt_line,
    created_line,
    event_line,
    hold_line,
    order_line,
    response_of,
)
from commerce.demo.prices import escaped, text
from commerce.demo.shipping import Shipping
from commerce.models import Attempt, Hold, Order, Payment, SandboxDelivery, WebhookMessage
from core.models import Event

type At = Callable[..., None]

UNPAID_AFTER = HOUR
CANCELLED = 0.002
CANCELLATION = Refusal("cancelled", "Cancelled by the reseller.", True)
NOT_PAID = Refusal("payment_expired", "It was not paid in time.", True)
REFUSED_PAYMENT = Refusal("payment_failed", "The payment failed.", True)
# How recent an order is that may be left with an unknown outcome for staff to look at.
OPEN_SINCE, OPEN_UNTIL = 15 * HOUR, 12 * MINUTE


@dataclass(frozen=True, slots=True)
class Staff:
    """Who of the staff did what, as columns of an actor."""

    finance: str
    support: str
    operations: str
    # Who moves parcels: ids with the columns.
    desk: list[tuple[int, str]]


class Stories:
    """Writes orders with their holds, attempts and events, and queues what moves money."""

    def __init__(
        self,
        books: Books,
        providers: Providers,
        lines: Lines,
        staff: Staff,
        rng: Random,
        now: int,
        spend: Callable[..., None],
    ) -> None:
        self._books, self._providers, self._lines = books, providers, lines.of
        self._staff, self._rng, self._now, self._spend = staff, rng, now, spend
        # Of the last hours' orders every so many-th has a provider that never answered.
        self.left_open_every = 1
        self._recent = 0
        self._shipping = Shipping(lines, staff.desk, rng, now)

    # What a party does -------------------------------------------------------------------------------------------
    def of_seller(self, order: Placed, ware: Ware, at: At) -> None:
        at(order.at, self._open, order)
        if self._rng.random() < CANCELLED:
            ended = order.at + self._rng.randint(200, 1500)
            self._release(order, ended, CANCELLATION, "cancelled", at)
            self._write(order)
            self._write_unsent(order, ware, ended)
        else:
            self._deliver(order, ware, order.at, at)

    def of_shopper(self, order: Placed, ware: Ware, customer: int, at: At) -> None:
        rng, draw = self._rng, self._rng.random()
        payment = uuid7(order.at, rng)
        at(order.at, self._created, order)
        paid = order.at + rng.randint(18 * SECOND, 9 * MINUTE)
        status, ended = "completed", paid
        refusal: Refusal | None = None
        if draw < 0.05:
            status, ended, refusal = "cancelled", order.at + UNPAID_AFTER + rng.randint(500, 9000), NOT_PAID
        elif draw < 0.1:
            status, refusal = "failed", REFUSED_PAYMENT
        if ended > self._now:
            self._write_payment(order, payment, customer, "pending", order.at)
            self._write(order, held=False)
            self._write_unsent(order, ware, ended)
        elif refusal:
            self._write_payment(order, payment, customer, status, ended)
            order.payment_status = "failed" if refusal is REFUSED_PAYMENT else "released"
            self._end(order, "cancelled", ended, refusal)
            at(ended, self._failed_event, order, "cancelled", refusal)
            self._write(order, held=False)
            self._write_unsent(order, ware, ended)
        else:
            self._write_payment(order, payment, customer, status, paid)
            order.payment_status, order.paid_at = "held", stamp(paid)
            at(paid, self._pay, order, payment)
            self._deliver(order, ware, paid, at, opened=paid)

    # What the providers do ---------------------------------------------------------------------------------------
    def _deliver(self, order: Placed, ware: Ware, ready: int, at: At, opened: int = 0) -> None:
        if ware.product.shipped:
            fate = self._shipping.fate(order, ware, ready)
            self._shipping.write(order, ware, at, self._event)
        else:
            fate = self._providers.go(order.priced, ready, self._rng)
            self._leave_open(order, fate)
        if ware.wants_code and fate.status == "fulfilled" and fate.ended <= self._now:
            order.code = self._codes(order, ware)
        identities = [uuid7(attempt.started, self._rng) for attempt in fate.tries]
        after = None
        if fate.ended <= self._now:
            after = self._ended(order, fate, at)
        else:
            self._in_flight(order, fate, identities, at)
        self._write(order, opened=opened or order.at)
        for attempt, identity in zip(fate.tries, identities, strict=True):
            if attempt.started <= self._now:
                self._write_attempt(order, attempt, identity, fate, after)

    def _ended(self, order: Placed, fate: Fate, at: At) -> Afterwards | None:
        order.generation = len(fate.tries) + sum(attempt.checks for attempt in fate.tries)
        last = fate.tries[-1]
        actor = SYSTEM
        if fate.unknown_at:
            at(fate.unknown_at, self._unknown_event, order, self._code(last))
        if fate.by_hand:
            by_us = last.source.provider_id == Shipping.PROVIDER_ID
            actor = self._shipping.actor if by_us else self._staff.support
            at(fate.ended, self._event, order, "order.resolved", self._decision(order, last, fate), actor)
        if fate.status == "failed":
            self._release(order, fate.ended, fate.refusal or NOT_PAID, "failed", at, actor)
            return None
        order.payment_status, order.cost, order.captured = "captured", last.source.cost, order.priced.total
        order.provider_reference = self._reference(order, last)
        self._end(order, "fulfilled", fate.ended, None)
        at(fate.ended, self._capture, order, last, actor)
        after = None if order.wallet.is_test else afterwards(order.priced.total, fate.ended, self._rng)
        if after is None or after.at > self._now:
            return None
        order.refunded, order.updated = after.amount, after.at
        order.payment_status = "refunded" if after.amount == order.captured else "partially_refunded"
        if after.kind == "reversal":
            order.status, order.finished = "reversed", after.at
            at(after.at, self._reverse, order, last, after.reason)
        else:
            at(after.at, self._refund, order, after)
        return after

    def _leave_open(self, order: Placed, fate: Fate) -> None:
        """Some of the last hours' orders nobody knows about yet: the provider does not answer before the day after."""
        if not self._now - OPEN_SINCE < order.at < self._now - OPEN_UNTIL or order.wallet.is_test:
            return
        self._recent += 1
        if self._recent % self.left_open_every == 0:
            del fate.tries[1:]
            last = fate.tries[0]
            fate.unknown_at, fate.status, fate.by_hand = last.started + 10 * SECOND, "fulfilled", False
            last.status, last.refusal, last.checks = "delivered", None, len(CHECKS) + 2
            last.ended = fate.ended = self._now + self._rng.randint(DAY, 2 * DAY)

    def _in_flight(self, order: Placed, fate: Fate, identities: list[str], at: At) -> None:
        begun = [attempt for attempt in fate.tries if attempt.started <= self._now]
        order.updated = max([order.at, *(attempt.started for attempt in begun)])
        order.generation = len(begun)
        if not begun:
            return
        order.status = "processing"
        last = begun[-1]
        if last.source.provider_id == Shipping.PROVIDER_ID:
            return
        if last.ended <= self._now:
            order.next_check_at = stamp(self._now)
            return
        patient = last.checks > len(CHECKS)
        wait = self._rng.randint(50, 115) * MINUTE if patient else self._rng.randint(5, 40) * SECOND
        order.next_check_at = stamp(self._now + wait)
        if fate.unknown_at and fate.unknown_at <= self._now:
            order.status, order.updated = "unknown", fate.unknown_at
            at(fate.unknown_at, self._unknown_event, order, self._code(last))
        self._enter_in_their_books(order, last, identities[len(begun) - 1])

    # What moves money, at its time -------------------------------------------------------------------------------
    def _created(self, _at: int, order: Placed) -> None:
        self._lines[Event].append(created_line(order))

    def _open(self, at: int, order: Placed) -> None:
        self._created(at, order)
        order.wallet.held += order.priced.total

    def _pay(self, at: int, order: Placed, payment: str) -> None:
        amount = text(order.priced.total)
        self._books.pay_in(
            order.wallet,
            "payment",
            order.priced.total,
            at,
            Who(payment=payment, reference=payment),
            code="manual",
        )
        order.wallet.held += order.priced.total
        body = f'{{"amount": "{amount}", "currency": "{order.wallet.currency}"}}'
        self._lines[Event].append(
            f"payment.completed\tcommerce.payment\t{payment}\t{SYSTEM}\t{body}\t\t{stamp(at)}\n"
        )
        self._event(at, order, "order.paid", {"payment": payment, "amount": amount})

    def _capture(self, at: int, order: Placed, attempt: Try, actor: str) -> None:
        provider = self._code(attempt)
        who = Who(order=order.id, actor=actor)
        self._books.capture(order.wallet, order.priced, attempt.source.cost, provider, at, who)
        if not order.wallet.is_test:
            self._spend(provider, order.wallet.currency, attempt.source.cost)
        self._lines[Event].append(
            event_line("order.fulfilled", order.id, at, f'{{"provider": "{provider}"}}', actor)
        )

    def _release(
        self, order: Placed, ended: int, refusal: Refusal, status: str, at: At, actor: str = SYSTEM
    ) -> None:
        if ended <= self._now:
            order.payment_status = "released"
            self._end(order, status, ended, refusal)
            at(ended, self._released, order, status, refusal, order.actor if status == "cancelled" else actor)

    def _released(self, at: int, order: Placed, status: str, refusal: Refusal, actor: str) -> None:
        order.wallet.held -= order.priced.total
        self._failed_event(at, order, status, refusal, actor)

    def _refund(self, at: int, order: Placed, after: Afterwards) -> None:
        who = Who(order=order.id, actor=self._staff.finance, reason=after.reason)
        self._books.give_back(order.wallet, order.priced, after.amount, at, who)
        data = {"amount": text(after.amount), "currency": order.wallet.currency, "reason": after.reason}
        self._event(at, order, "refund.created", data, self._staff.finance)

    def _reverse(self, at: int, order: Placed, attempt: Try, reason: str) -> None:
        who = Who(order=order.id, reason=reason)
        self._books.give_back(order.wallet, order.priced, order.captured, at, who)
        self._books.cost_back(order.wallet, attempt.source.cost, self._code(attempt), at, who)
        self._event(at, order, "order.reversed", {"reason": reason})

    # What is written down ----------------------------------------------------------------------------------------
    def _event(
        self, at: int, order: Placed, kind: str, data: Mapping[str, object], actor: str = SYSTEM
    ) -> None:
        self._lines[Event].append(event_line(kind, order.id, at, data, actor))

    def _failed_event(
        self, at: int, order: Placed, status: str, refusal: Refusal, actor: str = SYSTEM
    ) -> None:
        self._event(at, order, f"order.{status}", {"code": refusal.code, "message": refusal.message}, actor)

    def _unknown_event(self, at: int, order: Placed, provider: str) -> None:
        self._event(at, order, "order.unknown", {"provider": provider, "why": "timeout"})

    def _decision(self, order: Placed, attempt: Try, fate: Fate) -> dict[str, object]:
        found = (
            "Confirmed by the provider's desk."
            if fate.status == "fulfilled"
            else "The provider's desk found no delivery."
        )
        evidence = self._shipping.evidence(order) or f"E-mail from {self._code(attempt)}'s desk"
        reference = self._reference(order, attempt) if fate.status == "fulfilled" else ""
        return {"outcome": attempt.status, "reason": found, "evidence": evidence, "reference": reference}

    @staticmethod
    def _end(order: Placed, status: str, at: int, refusal: Refusal | None) -> None:
        order.status, order.refusal = status, refusal
        order.finished = order.updated = order.settled = at

    def _write(self, order: Placed, *, opened: int = 0, held: bool = True) -> None:
        self._lines[Order].append(order_line(order))
        if held:
            status = {"held": "open", "released": "released"}.get(order.payment_status, "captured")
            settled = 0 if status == "open" else order.settled
            self._lines[Hold].append(hold_line(order, opened or order.at, status, settled))

    def _write_attempt(
        self, order: Placed, attempt: Try, identity: str, fate: Fate, after: Afterwards | None
    ) -> None:
        ended = attempt.ended and attempt.ended <= self._now
        if not ended:
            status = "unknown" if order.status == "unknown" else "pending"
            reference, response = "", "{}"
        else:
            status = (
                "reversed"
                if after and after.kind == "reversal" and attempt is fate.tries[-1]
                else attempt.status
            )
            reference = self._reference(order, attempt)
            response = response_of(attempt.status, reference, attempt.refusal, order.code)
            if fate.by_hand and attempt is fate.tries[-1]:
                response = escaped(
                    json.dumps(
                        {"decided_by_hand": {"reason": "Confirmed.", "evidence": reference or "E-mail"}}
                    )
                )
        self._lines[Attempt].append(
            attempt_line(order, attempt, identity, status, reference, response, self._now)
        )

    def _write_payment(self, order: Placed, payment: str, customer: int, status: str, at: int) -> None:
        completed = stamp(at) if status == "completed" else NONE
        gateway_id = (
            f"pay_{payment[-12:]}{order.number[3:8].lower()}" if status in ("completed", "failed") else ""
        )
        self._lines[Payment].append(
            f"{payment}\t{order.id}\t{customer}\tpayment\t{text(order.priced.total)}\t{order.wallet.currency}\tcard\tmanual\t{{}}\t"
            f"{status}\t{gateway_id}\tfalse\t{stamp(order.at)}\t{stamp(at)}\t{completed}\n"
        )
        if gateway_id:
            said, did = ("success", "paid") if status == "completed" else ("failed", "failed")
            body = f'{{"transaction_id": "{payment}", "status": "{said}"}}'
            self._lines[WebhookMessage].append(
                f"manual\tmsg_{gateway_id[4:]}\t{payment}\t{body}\t{did}\t{stamp(at)}\n"
            )

    def _enter_in_their_books(self, order: Placed, attempt: Try, identity: str) -> None:
        """The sandbox knows of an open attempt, so that asking it again has an answer."""
        outcome = "delivered" if attempt.status == "delivered" else "failed"
        amount = order.priced.amount.strip('"') if order.priced.amount != "null" else NONE
        self._lines[SandboxDelivery].append(
            f"{identity}\t{self._code(attempt)}\t{attempt.source.sku}\t{order.recipient.key}\t{amount}\t{outcome}\t"
            f"{attempt.refusal.code if attempt.refusal else ''}\tSB-{identity[-12:].upper()}\t1\t"
            f"{stamp(attempt.ended)}\t{NONE}\t{stamp(attempt.started)}\n"
        )

    def _code(self, attempt: Try) -> str:
        return self._providers.specs[attempt.source.provider_id].code

    def _reference(self, order: Placed, attempt: Try) -> str:
        if attempt.source.provider_id == Shipping.PROVIDER_ID:
            return self._shipping.evidence(order)
        return f"SB-{order.id[-12:].upper()}{attempt.number:04X}"

    def _codes(self, order: Placed, ware: Ware) -> str:
        """One for each unit; an eSIM's begins as phones expect it, and our own desk gives it as it activates it."""
        if ware.product.shipped and not self._shipping.is_activated():
            return ""
        drawn = [f"{self._rng.getrandbits(64):016X}" for _unit in range(order.priced.quantity)]
        begin = f"LPA:1$rsp.{ware.brand.code}.example$" if ware.item.sim_type == ESIM else ""
        return "\n".join(
            begin + "-".join(code[place : place + 4] for place in range(0, 16, 4)) for code in drawn
        )

    def _write_unsent(self, order: Placed, ware: Ware, ended: int) -> None:
        if ware.product.shipped:
            self._shipping.write_unsent(order, ware, ended if ended <= self._now else 0)
