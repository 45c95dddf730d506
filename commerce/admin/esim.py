"""The dialogs of an eSIM's activation code, for every admin whose objects have an order with one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.order_messages import SEND, ToForm, order_of, shown_address
from commerce.models import Delivery, Order
from commerce.services import esims, order_messages
from core.backoffice.actions import ActionForm, dialog_action

SHOW = "commerce.show_activation_code"


def has_code(obj: Order | Delivery) -> bool:
    return esims.has_code(order_of(obj))


class EsimDialogs:
    """`show_code` and `send_code` for `actions_detail`."""

    @dialog_action(
        gettext_lazy("Show QR"),
        form=ActionForm,
        permission=SHOW,
        icon="qr_code_2",
        visible=has_code,
        title=gettext_lazy("Show the activation code"),
        explain=gettext_lazy("Whoever has the code can install the eSIM. That you looked at it is recorded."),
    )
    def show_code(self, request: HttpRequest, obj: Any, data: dict[str, Any]) -> HttpResponse:
        codes = esims.show(order=order_of(obj))
        shown = [(code, esims.qr_uri(code)) for code in codes]
        response = render(request, "admin/commerce/esim.html", {"codes": shown})
        response["HX-Retarget"], response["HX-Reswap"], response["HX-Reselect"] = (
            "#modal-content",
            "innerHTML",
            "#dialog",
        )
        response["Cache-Control"] = "no-store"
        return response

    @dialog_action(
        gettext_lazy("Resend eSIM"),
        form=ToForm,
        permission=SEND,
        icon="forward_to_inbox",
        visible=has_code,
        title=gettext_lazy("Send the activation code"),
        explain=gettext_lazy("An e-mail with the code as text and as a QR picture; at most three an hour."),
        submit=gettext_lazy("Send"),
    )
    def send_code(self, request: HttpRequest, obj: Any, data: dict[str, Any]) -> str:
        sent = order_messages.send_activation_code(order=order_of(obj), to=data["to"], key=data["key"])
        return _("The activation code is on its way to %(address)s.") % {
            "address": shown_address(request, sent.to, sent.address)
        }
