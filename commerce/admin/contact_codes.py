"""Dialogs of a customer's page that prove a contact: a code is sent there, and entered as the customer reads it out."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.models import Customer
from commerce.services import verification
from commerce.services.verification import CARRIED_BY, MOST_TRIES, VERIFIED, Channel
from core.admin.message_log import error_words
from core.backoffice.actions import ActionForm, dialog_action
from core.models import Message


class CodeForm(ActionForm):
    """Where the code went, how long it works, and whether it arrived."""

    channel: ClassVar[Channel]
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )

    def prepare(self) -> None:
        # Read when it is drawn: after a wrong try there is one less.
        self.fields["code"].help_text = lazy(_state, str)(self.object, self.channel)


class EmailCodeForm(CodeForm):
    channel = Channel.EMAIL


class PhoneCodeForm(CodeForm):
    channel = Channel.PHONE


def _state(customer: Customer, channel: Channel) -> str:
    code = verification.working_code(customer, channel)
    if code is None:
        return _("No code works now. Send one first.")
    told = Message.objects.filter(
        subject_kind=customer._meta.label_lower,
        subject_id=str(customer.pk),
        event="verification_code",
        channel=CARRIED_BY[channel],
    )
    newest = told.defer("sealed", "body").order_by("-id").first()
    if newest and newest.error:
        return _("It has not arrived: %(why)s") % {"why": error_words(newest)}
    until = date_format(timezone.localtime(code.expires_at), "H:i")
    return _("Sent to %(address)s. It works until %(time)s, for %(tries)d more tries.") % {
        "address": code.target,
        "time": until,
        "tries": MOST_TRIES - code.tries,
    }


def _unproven(channel: Channel) -> Callable[[Customer], bool]:
    """Whether there is a contact, and nobody has proven it."""

    def visible(customer: Customer) -> bool:
        return bool(getattr(customer, channel.value)) and not (
            getattr(customer, VERIFIED[channel]) or customer.erased_at
        )

    return visible


HOW = gettext_lazy("It works once, for ten minutes; an earlier one stops working.")


class ContactCodes:
    """The four dialogs of the menu “Verify”."""

    @dialog_action(
        gettext_lazy("Send a code to the e-mail"),
        form=ActionForm,
        permission="commerce.verify_customer",
        icon="outgoing_mail",
        visible=_unproven(Channel.EMAIL),
        explain=HOW,
    )
    def send_email_code(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> str:
        return _send(obj, Channel.EMAIL)

    @dialog_action(
        gettext_lazy("Enter the e-mail's code"),
        form=EmailCodeForm,
        permission="commerce.verify_customer",
        icon="pin",
        visible=_unproven(Channel.EMAIL),
        submit=gettext_lazy("Verify"),
    )
    def enter_email_code(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> str:
        return _enter(obj, Channel.EMAIL, data["code"])

    @dialog_action(
        gettext_lazy("Send a code to the phone"),
        form=ActionForm,
        permission="commerce.verify_customer",
        icon="sms",
        visible=_unproven(Channel.PHONE),
        explain=HOW,
    )
    def send_phone_code(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> str:
        return _send(obj, Channel.PHONE)

    @dialog_action(
        gettext_lazy("Enter the phone's code"),
        form=PhoneCodeForm,
        permission="commerce.verify_customer",
        icon="pin",
        visible=_unproven(Channel.PHONE),
        submit=gettext_lazy("Verify"),
    )
    def enter_phone_code(self, request: HttpRequest, obj: Customer, data: dict[str, Any]) -> str:
        return _enter(obj, Channel.PHONE, data["code"])


def _send(customer: Customer, channel: Channel) -> str:
    code = verification.send_code(customer=customer, channel=channel)
    return _("A code is on its way to %(address)s.") % {"address": code.target}


def _enter(customer: Customer, channel: Channel, code: str) -> str:
    verification.enter_code(customer=customer, channel=channel, code=code)
    return _("It is verified.")
