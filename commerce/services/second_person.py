"""What a second person has to approve above a limit, told by the services where they are about to do it.

What must still be so when it is approved is what the decision rests on: the limits, statuses and amounts that were
shown, and that nobody else has corrected the same thing by hand meanwhile. Orders that a wallet pays in the meantime
change its balance and no decision.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Abs
from django.utils import timezone

from commerce.models import Account, Attempt, Order, Payment, Transfer
from core.actors import current_actor
from core.approvals import Facts, Wish
from core.models import Approval, Event
from core.services import approvals

FUNDING, ADJUSTMENT, CREDIT_LIMIT = "wallet.fund", "wallet.adjust", "wallet.credit_limit"
REFUND, PAYOUT, DECISION, DELIVERY = "order.refund", "payment.pay_out", "order.decide", "order.deliver"
A_DAY = timedelta(hours=24)
BY_HAND = (Transfer.Kind.FUNDING, Transfer.Kind.ADJUSTMENT)


def for_funding(wallet: Account, amount: Decimal, *, reason: str, external_reference: str) -> None:
    """Raises ApprovalNeeded, Conflict `state_changed`; so do all of these."""
    if not _is_real(wallet):
        return
    payload = {"amount": _text(amount), "reason": reason, "external_reference": external_reference}
    wish = _of_wallet(FUNDING, wallet, payload, balance=amount)
    before = _moved_today(wallet, Transfer.Kind.FUNDING, FUNDING)
    approvals.require(replace(wish, amount=amount, measure=amount + before))


def for_adjustment(wallet: Account, amount: Decimal, *, reason: str) -> None:
    """`amount` is signed."""
    if _is_real(wallet):
        payload = {"amount": _text(amount), "reason": reason}
        wish = _of_wallet(ADJUSTMENT, wallet, payload, balance=amount)
        before = _moved_today(wallet, Transfer.Kind.ADJUSTMENT, ADJUSTMENT)
        approvals.require(replace(wish, amount=amount, measure=abs(amount) + before))


def for_credit_limit(wallet: Account, limit: Decimal, *, reason: str) -> None:
    """A lower limit gives nothing away."""
    if _is_real(wallet):
        payload = {"limit": _text(limit), "reason": reason}
        rise = limit - wallet.credit_limit
        wish = _of_wallet(CREDIT_LIMIT, wallet, payload, credit_limit=rise)
        risen = limit - _limit_a_day_ago(wallet) if rise > 0 else rise
        approvals.require(replace(wish, amount=rise, measure=risen))


def for_refund(order: Order, amount: Decimal, *, reason: str) -> None:
    """What an order captured goes back to its wallet; the order is locked."""
    if order.is_test or not approvals.is_watched():
        return
    given, left = order.refunded_amount, order.refundable
    wish = Wish(
        kind=REFUND,
        subject=(Order._meta.label_lower, str(order.pk)),
        label=order.order_number,
        payload={"amount": _text(amount), "reason": reason},
        state={
            "status": order.status,
            "payment_status": order.payment_status,
            "refunded": _text(order.refunded_amount),
        },
        before={"total": _text(order.total), "refunded": _text(given), "left": _text(left)},
        after={
            "total": _text(order.total),
            "refunded": _text(given + amount),
            "left": _text(left - amount),
        },
        measure=given + amount,
        amount=amount,
        currency=order.currency,
        reason=reason,
    )
    approvals.require(wish)


def for_payout(payment: Payment, amount: Decimal, *, gone: Decimal, reason: str, reference: str) -> None:
    """A payment goes back out of the house; it is locked, and `gone` is what went before."""
    if not approvals.is_watched():
        return
    shown = {"paid": _text(payment.amount), "paid_out": _text(gone), "left": _text(payment.amount - gone)}
    wish = Wish(
        kind=PAYOUT,
        subject=(Payment._meta.label_lower, str(payment.pk)),
        label=str(payment.order.order_number if payment.order else payment.pk),
        payload={"amount": _text(amount), "reason": reason, "reference": reference},
        state={"status": payment.status, "paid_out": _text(gone)},
        before=shown,
        after={
            **shown,
            "paid_out": _text(gone + amount),
            "left": _text(payment.amount - gone - amount),
        },
        measure=gone + amount,
        amount=amount,
        currency=payment.currency,
        reason=reason,
    )
    approvals.require(wish)


def for_decision(
    order: Order, attempt: Attempt, *, delivered: bool, words: dict[str, str], code: str
) -> None:
    """A person ends an order whose outcome nobody confirmed; it is locked."""
    if order.is_test or not approvals.is_watched():
        return
    wish = _ending(DECISION, order, attempt, delivered=delivered, reason=words["reason"])
    approvals.require(
        replace(wish, payload={"delivered": delivered, **words}, secret={"code": code} if code else {})
    )


def for_delivery(
    order: Order, attempt: Attempt, *, delivered: bool, step: Facts, secret: dict[str, str]
) -> None:
    """Staff end a shipped order by the last step of its delivery; both are locked.

    A party that cancels its own order takes back its own money: nobody has to look at that.
    """
    if order.is_test or not approvals.is_watched() or current_actor().kind != "staff":
        return
    wish = _ending(DELIVERY, order, attempt, delivered=delivered, reason=step["reason"])
    approvals.require(replace(wish, payload=step, secret=secret))


def _ending(kind: str, order: Order, attempt: Attempt, *, delivered: bool, reason: str) -> Wish:
    outcome = Order.Status.FULFILLED if delivered else Order.Status.FAILED
    paid = Order.PaymentStatus.CAPTURED if delivered else Order.PaymentStatus.RELEASED
    return Wish(
        kind=kind,
        subject=(Order._meta.label_lower, str(order.pk)),
        label=order.order_number,
        payload={},
        state={
            "status": order.status,
            "payment_status": order.payment_status,
            "attempt": attempt.number,
        },
        before={"status": order.status, "payment_status": order.payment_status, "total": _text(order.total)},
        after={
            "status": outcome.value,
            "payment_status": paid.value,
            "total": _text(order.total),
        },
        measure=order.total,
        amount=order.total,
        currency=order.currency,
        reason=reason,
    )


def _is_real(wallet: Account) -> bool:
    """Play money, and what the product does by itself, waits for nobody."""
    return not wallet.is_test and approvals.is_watched()


def _of_wallet(
    kind: str,
    wallet: Account,
    payload: Facts,
    *,
    balance: Decimal = Decimal(0),
    credit_limit: Decimal = Decimal(0),
) -> Wish:
    """A wish to move the wallet's balance or credit limit by so much."""
    # Locked, so that nothing of this changes between the look and the transfer.
    rows = Account.objects.select_for_update(no_key=True, of=("self",)).select_related("reseller", "customer")
    held = rows.get(pk=wallet.pk)
    party: Any = held.reseller or held.customer
    names = ("balance", "held", "credit_limit", "available")
    before = {name: getattr(held, name) for name in names}
    after = {
        **before,
        "balance": held.balance + balance,
        "credit_limit": held.credit_limit + credit_limit,
        "available": held.available + balance + credit_limit,
    }
    return Wish(
        kind=kind,
        subject=(Account._meta.label_lower, str(held.pk)),
        label=_label(held),
        payload=payload,
        state={
            "credit_limit": _text(held.credit_limit),
            "status": party.status,
            "corrected": _corrections(held, since=approvals.asked_at() or timezone.now()),
        },
        before={name: _text(value) for name, value in before.items()},
        after={name: _text(value) for name, value in after.items()},
        measure=Decimal(0),
        currency=held.currency,
        reason=str(payload["reason"]),
    )


def _label(wallet: Account) -> str:
    """A customer goes by the number: names of people are not kept with approvals, which stay for ever."""
    name = f"{Account.Kind(wallet.kind).label} {wallet.currency}"
    return f"{name} · {wallet.reseller or f'#{wallet.customer_id}'}"


def _corrections(wallet: Account, *, since: datetime) -> int:
    """How often somebody moved money by hand on this wallet; in the index of what is put in, and of what is taken."""
    touching = Q(credit_account=wallet) | Q(debit_account=wallet)
    return Transfer.objects.filter(touching, kind__in=BY_HAND, created_at__gte=since).count()


def _moved_today(wallet: Account, kind: Transfer.Kind, wish: str) -> Decimal:
    """What this person moved alone, so that a large sum is not let through in small ones.

    Told apart from what two stand behind by the approvals, not by names: people change their own.
    """
    actor, since = current_actor(), timezone.now() - A_DAY
    touching = Q(credit_account=wallet) | Q(debit_account=wallet)
    moved = Transfer.objects.filter(
        touching, kind=kind, created_at__gte=since, actor_kind=actor.kind, actor_id=actor.id
    )
    decided = Approval.objects.filter(
        kind=wish,
        subject_kind=Account._meta.label_lower,
        subject_id=str(wallet.pk),
        status=Approval.Status.APPROVED,
        decided_by_id=int(actor.id) if actor.kind == "staff" else None,
        decided_at__gte=since,
    )
    return _total(moved, "amount") - _total(decided, Abs("amount"))


def _total(rows: QuerySet[Any], amount: Any) -> Decimal:
    return rows.aggregate(total=Sum(amount))["total"] or Decimal(0)


def _limit_a_day_ago(wallet: Account) -> Decimal:
    """The lowest the credit limit was, by what was written down each time it was changed."""
    changes = Event.objects.filter(
        kind="wallet.credit_limit_changed",
        subject_kind=Account._meta.label_lower,
        subject_id=str(wallet.pk),
        created_at__gte=timezone.now() - A_DAY,
    )
    # An erased customer's events say nothing any more.
    known = [Decimal(data["before"]) for data in changes.values_list("data", flat=True) if "before" in data]
    return min([wallet.credit_limit, *known])


def _text(value: Decimal) -> str:
    return f"{value:.2f}"
