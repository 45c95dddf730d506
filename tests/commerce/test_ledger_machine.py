"""The whole ledger against a plain-Python model of it, in any order of steps Hypothesis can think of."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from commerce.services import ledger, settlement
from commerce.services.proof import prove
from core.exceptions import DomainError
from tests.factories_orders import Shop, deliver, fail, make_shop

CENTS = st.integers(min_value=1, max_value=30_000).map(lambda cents: Decimal(cents) / 100)
PRICE, COMMISSION = Decimal("10.00"), Decimal("0.20")


class Model:
    """What the wallet should hold, by arithmetic alone."""

    def __init__(self) -> None:
        self.balance = self.held = self.limit = Decimal(0)
        self.orders: dict[object, tuple[str, Decimal]] = {}

    @property
    def available(self) -> Decimal:
        return self.balance + self.limit - self.held


class LedgerMachine(RuleBasedStateMachine):
    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.shop: Shop = make_shop(funds=0)
        self.model = Model()

    def teardown(self) -> None:
        try:
            assert prove().right
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize()
    def begin_with_money(self) -> None:
        self.fund(Decimal(50))

    @rule(amount=CENTS)
    def fund(self, amount: Decimal) -> None:
        ledger.fund(account=self.shop.wallet, amount=amount, reason="Wire")
        self.model.balance += amount

    @rule(amount=CENTS)
    def take(self, amount: Decimal) -> None:
        covered = amount <= self.model.available
        assert (
            self.succeeds(lambda: ledger.adjust(account=self.shop.wallet, amount=-amount, reason="Fee"))
            == covered
        )
        self.model.balance -= amount if covered else 0

    @rule(limit=CENTS)
    def set_limit(self, limit: Decimal) -> None:
        possible = limit >= self.model.held - self.model.balance
        done = self.succeeds(
            lambda: ledger.set_credit_limit(account=self.shop.wallet, limit=limit, reason="Policy")
        )
        assert done == possible
        self.model.limit = limit if possible else self.model.limit

    @rule(target=orders)
    def place(self) -> object:
        covered = self.model.available >= PRICE
        try:
            order = self.shop.order()
        except DomainError as error:
            assert error.code == "insufficient_credit"
            assert not covered
            return None
        assert covered
        self.model.held += PRICE
        self.model.orders[order.pk] = ("held", Decimal(0))
        return order

    @rule(order=orders)
    def deliver(self, order: object) -> None:
        self.settle(order, "captured", lambda: deliver(order, self.shop.provider))  # type: ignore[arg-type]

    @rule(order=orders)
    def fail(self, order: object) -> None:
        self.settle(order, "released", lambda: fail(order))  # type: ignore[arg-type]

    @rule(order=orders)
    def cancel(self, order: object) -> None:
        self.settle(order, "released", lambda: settlement.cancel(order_id=order.pk, reason="No"))  # type: ignore[attr-defined]

    @rule(order=orders, amount=CENTS)
    def refund(self, order: object, amount: Decimal) -> None:
        if order is None:
            return
        state, refunded = self.model.orders[order.pk]  # type: ignore[attr-defined]
        possible = state == "captured" and refunded + amount <= PRICE
        before = self.shop.wallet.balance
        done = self.succeeds(
            lambda: settlement.refund(order_id=order.pk, amount=amount, reason="Part")  # type: ignore[attr-defined]
        )
        assert done == possible
        if possible:
            self.model.orders[order.pk] = (state, refunded + amount)  # type: ignore[attr-defined]
            # The commission goes back in proportion, rounded; the exact cents are other tests' matter.
            self.model.balance += self.shop.wallet.balance - before
            assert amount - COMMISSION <= self.shop.wallet.balance - before <= amount

    @invariant()
    def the_wallet_is_as_the_model_says(self) -> None:
        wallet = self.shop.wallet
        assert (wallet.balance, wallet.held, wallet.credit_limit) == (
            self.model.balance,
            self.model.held,
            self.model.limit,
        )
        assert wallet.available >= 0

    def settle(self, order, becomes, step) -> None:  # type: ignore[no-untyped-def]
        if order is None:
            return
        possible = self.model.orders[order.pk][0] == "held"
        assert self.succeeds(step) == possible
        if possible:
            self.model.orders[order.pk] = (becomes, Decimal(0))
            self.model.held -= PRICE
            self.model.balance -= PRICE - COMMISSION if becomes == "captured" else 0

    @staticmethod
    def succeeds(step) -> bool:  # type: ignore[no-untyped-def]
        """Whether a step was done; a refused one leaves nothing behind."""
        try:
            with transaction.atomic():
                step()
        except DomainError:
            return False
        return True


@pytest.mark.django_db
def test_no_series_of_steps_makes_the_ledger_differ_from_arithmetic() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
