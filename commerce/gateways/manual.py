"""Paid outside: by transfer, in a shop, or through a gateway of the operator's that speaks our webhook."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce.gateways.base import Gateway, gateways
from commerce.models import Payment


class ManualGateway(Gateway):
    """The buyer pays elsewhere and names the transaction id; a signed message says when it arrived.

    Money goes back the same way: a person pays it out at the bank and records it here with the bank's reference.
    """

    title = _("By agreement")
    pays_out = True
    by_hand = True

    def next_action(self, payment: Payment, *, return_url: str = "") -> Mapping[str, Any]:
        return {"type": "wait", "transaction_id": str(payment.pk)}


gateways.add("manual", ManualGateway())
