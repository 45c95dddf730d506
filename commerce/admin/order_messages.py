"""The dialogs that write to an order's people: whom it goes to is shown before it goes, as far as rights reach."""

from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from commerce.models import Delivery, Order, OrderMessage
from commerce.services import order_messages
from commerce.services.order_messages import LONGEST, LONGEST_SUBJECT, Words
from core.backoffice.actions import ActionForm, dialog_action
from core.backoffice.bulk_actions import bulk_action
from core.masking import masked_email

SEND = "commerce.message_order"
# So many e-mails at once: a slip with a filter must not reach everybody.
MOST = 200
TO = dict(OrderMessage.To.choices)
# Whoever may look at the party reads its address there; the buyer's own is on the order's page.
PARTY_RIGHTS = {
    OrderMessage.To.CUSTOMER.value: "commerce.view_customer",
    OrderMessage.To.CLIENT.value: "commerce.view_client",
    OrderMessage.To.RESELLER.value: "commerce.view_reseller",
}


def order_of(obj: Order | Delivery) -> Order:
    return obj.order if isinstance(obj, Delivery) else obj


def shown_address(request: HttpRequest, to: str, address: str) -> str:
    """Whole for those who may see it elsewhere, else so that one recognises it."""
    right = PARTY_RIGHTS.get(to)
    return address if right is None or request.user.has_perm(right) else masked_email(address)


class KeyForm(ActionForm):
    """Sent twice, by a double click or a reload, it is one and the same message."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4, required=False)


class ToForm(KeyForm):
    """Whom to write to: those of the order's people who have an address."""

    to = forms.ChoiceField(label=gettext_lazy("To"))

    def prepare(self) -> None:
        known = order_messages.addresses(order_of(self.object)) if self.object else {}
        field: Any = self.fields["to"]
        field.choices = [
            (to, f"{TO[to]} · {shown_address(self.request, to, address)}") for to, address in known.items()
        ]
        if not known:
            # Nobody to choose: the service says what to do about it.
            field.choices, field.required = [("", _("Nobody has an e-mail address"))], False
            field.help_text = order_messages.no_address()


class MessageForm(ToForm):
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=LONGEST_SUBJECT)
    body = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 7}),
        help_text=gettext_lazy("The order's number and product are added below it."),
    )
    field_order = ("to", "subject", "body", "key")


class BulkMessageForm(KeyForm):
    to = forms.ChoiceField(
        label=gettext_lazy("To"),
        required=False,
        choices=[("", gettext_lazy("Whoever is nearest to the buyer")), *OrderMessage.To.choices],
        help_text=gettext_lazy("The nearest is the customer, else the buyer, the client, the reseller."),
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=LONGEST_SUBJECT)
    body = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 7}),
        help_text=gettext_lazy(
            "Each gets one about their own order; its number and product are added below."
        ),
    )
    field_order = ("to", "subject", "body", "key")


def receivers(request: HttpRequest, orders: list[Order]) -> list[str]:
    """Of each order, to whom a message goes if nobody else is chosen; one query."""
    prefetch_related_objects(orders, "customer", "client", "reseller")
    return [_receiver(request, order) for order in orders]


def _receiver(request: HttpRequest, order: Order) -> str:
    for to, address in order_messages.addresses(order).items():
        return f"{TO[to]} · {shown_address(request, to, address)}"
    return _("no e-mail address")


class MessageDialog:
    """`send_message` for `actions_detail`."""

    @dialog_action(
        gettext_lazy("Send message"),
        form=MessageForm,
        permission=SEND,
        icon="mail",
        title=gettext_lazy("Send a message"),
        explain=gettext_lazy("An e-mail about this order. What was sent stays in the order's story."),
        submit=gettext_lazy("Send"),
    )
    def send_message(self, request: HttpRequest, obj: Any, data: dict[str, Any]) -> str:
        words = Words(data["subject"], data["body"], to=data["to"])
        sent = order_messages.write(order=order_of(obj), words=words, key=data["key"])
        return _("The message is on its way to %(address)s.") % {
            "address": shown_address(request, sent.to, sent.address)
        }


class MessageBulk:
    """`message_chosen` for `actions` of a list of orders."""

    @bulk_action(
        gettext_lazy("Send message"),
        form=BulkMessageForm,
        permission=SEND,
        limit=MOST,
        notes=receivers,
        explain=gettext_lazy("An e-mail about each of these orders."),
    )
    def message_chosen(self, request: HttpRequest, obj: Any, data: dict[str, Any]) -> None:
        words = Words(data["subject"], data["body"], to=data["to"])
        order_messages.write(order=obj, words=words, key=data["key"])
