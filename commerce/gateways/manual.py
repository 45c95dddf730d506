"""Paid outside: by transfer, in a shop, or through a gateway of the operator's that speaks our webhook."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce.gateways.base import Gateway, gateways
from commerce.models import Payment


class ManualGateway(Gateway):
    """The buyer pays elsewhere and names the transaction id; a signed message says when it arrived."""

    title = _("By agreement")

    def next_action(self, payment: Payment, *, return_url: str = "") -> Mapping[str, Any]:
        return {"type": "wait", "transaction_id": str(payment.pk)}


gateways.add("manual", ManualGateway())
