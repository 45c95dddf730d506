"""Forms of a delivery's dialogs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce.admin.colleagues import choose_from
from commerce.models import Delivery, Product
from commerce.services import esims
from commerce.services.deliveries import MOVE
from core.backoffice.actions import ActionForm
from core.models import User


def is_esim(delivery: Delivery) -> bool:
    return delivery.sim_type == Product.SimType.ESIM


class DispatchForm(ActionForm):
    courier = forms.CharField(label=_("Courier"), max_length=80)
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=100, required=False)
    iccid = forms.CharField(
        label=_("ICCID"),
        max_length=30,
        required=False,
        help_text=_("The long number on the SIM card, if it is chosen already."),
    )

    def prepare(self) -> None:
        if not self.object:
            return
        self.fields["courier"].required = not is_esim(self.object)
        self.fields["courier"].initial = self.object.courier
        self.fields["tracking_number"].initial = self.object.delivery_tracking_number
        self.fields["iccid"].initial = self.object.iccid


class ActivateForm(ActionForm):
    iccid = forms.CharField(
        label=_("ICCID"),
        max_length=30,
        help_text=_("The long number on the SIM card, or the one the operator gave for the eSIM."),
    )
    activation_code = forms.CharField(
        label=_("Activation code"),
        max_length=esims.LONGEST,
        required=False,
        help_text=_(
            "Begins with LPA:1$. Kept encrypted, never shown in a list; the buyer gets it as a QR code."
        ),
    )

    def prepare(self) -> None:
        if not self.object:
            return
        self.fields["iccid"].initial = self.object.iccid
        if not is_esim(self.object):
            del self.fields["activation_code"]
            return
        # What is there already is never sent to the browser; an empty answer keeps it.
        self.fields["activation_code"].required = not esims.has_code(self.object.order)
        self.fields["activation_code"].widget.attrs["autocomplete"] = "off"


class NotedForm(ActionForm):
    """Asks why many move at once; where it goes without saying, it may."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("Only if there is something to say; it is kept with each of them."),
    )


class AssignForm(ActionForm):
    """Who sees to it. What is left empty stays as it is."""

    assignee = forms.ModelChoiceField(
        label=_("Colleague"), queryset=User.objects.none(), required=False, empty_label=_("Leave as it is")
    )
    courier = forms.CharField(label=_("Courier"), max_length=80, required=False)

    def prepare(self) -> None:
        choose_from(self, "assignee", MOVE)
        if self.object:
            self.fields["assignee"].initial = self.object.assignee_id
            self.fields["courier"].initial = self.object.courier

    def clean(self) -> dict[str, object]:
        given = super().clean() or self.cleaned_data
        if not self.errors and not (given.get("assignee") or given.get("courier")):
            raise forms.ValidationError(_("Choose a colleague, a courier, or both."))
        return given


class TrackedForm(AssignForm):
    tracking_number = forms.CharField(label=_("Tracking number"), max_length=100, required=False)

    def prepare(self) -> None:
        super().prepare()
        if self.object:
            self.fields["tracking_number"].initial = self.object.delivery_tracking_number


class AddressForm(ActionForm):
    delivery_address = forms.CharField(label=_("Address"), max_length=500, widget=forms.Textarea)
    city = forms.CharField(label=_("City"), max_length=100, required=False)

    def prepare(self) -> None:
        if self.object:
            self.fields["delivery_address"].initial = self.object.delivery_address
            self.fields["city"].initial = self.object.city


class BulkAssignForm(AssignForm, NotedForm):
    field_order = ("assignee", "courier", "reason")


class BulkDispatchForm(NotedForm):
    courier = forms.CharField(
        label=_("Courier"),
        max_length=80,
        required=False,
        help_text=_("For those that have none yet, or another one; empty keeps theirs."),
    )
    field_order = ("courier", "reason")
