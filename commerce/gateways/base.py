"""What a payment gateway is: how a buyer is sent to pay. What it tells us later is a signed webhook."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.functional import Promise

from commerce.models import Payment
from core.registry import Registry


class Gateway(ABC):
    """Base of all gateways; one object serves every thread.

    `currencies` empty means all; `minimum` and `maximum` are amounts of one payment in any of them, None for
    no limit.
    """

    title: ClassVar[str | Promise] = ""
    currencies: ClassVar[tuple[str, ...]] = ()
    minimum: ClassVar[Decimal | None] = None
    maximum: ClassVar[Decimal | None] = None

    @abstractmethod
    def next_action(self, payment: Payment, *, return_url: str = "") -> Mapping[str, Any]:
        """What the buyer has to do to pay, as `{"type": …}` with what that type needs."""


gateways: Registry[Gateway] = Registry("payment gateways")
