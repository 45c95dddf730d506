"""What a payment gateway is: how a buyer is sent to pay, and how money goes back. What it tells us later is a signed
webhook.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.functional import Promise

from commerce.models import Payment
from core.registry import Registry


@dataclass(frozen=True, slots=True)
class PaidOut:
    """What became of a payout: done (with the gateway's id), surely refused, or (`done` None) not known yet."""

    done: bool | None
    gateway_transaction_id: str = ""
    message: str = ""


class Gateway(ABC):
    """Base of all gateways; one object serves every thread.

    `currencies` empty means all; `minimum` and `maximum` are amounts of one payment in any of them, None for
    no limit. `pays_out` says whether `refund` may be called; `by_hand` that a person has paid already and names the
    reference, so that nobody is called.
    """

    title: ClassVar[str | Promise] = ""
    currencies: ClassVar[tuple[str, ...]] = ()
    minimum: ClassVar[Decimal | None] = None
    maximum: ClassVar[Decimal | None] = None
    pays_out: ClassVar[bool] = False
    by_hand: ClassVar[bool] = False

    @abstractmethod
    def next_action(self, payment: Payment, *, return_url: str = "") -> Mapping[str, Any]:
        """What the buyer has to do to pay, as `{"type": …}` with what that type needs."""

    def refund(self, refund: Payment) -> PaidOut:
        """Send money back to who paid `refund.refund_of`, outside any transaction of the database.

        `refund.pk` is the idempotency key: called again for the same refund, the gateway pays once. An exception
        means that nobody knows; the refund stays pending and is asked again.
        """
        raise NotImplementedError


gateways: Registry[Gateway] = Registry("payment gateways")
