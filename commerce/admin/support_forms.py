"""Forms of tickets: the reply box and the dialogs."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from commerce.admin.colleagues import with_right
from commerce.models import SupportTicket
from commerce.services import attachments
from commerce.services.support import LONGEST
from core.backoffice.actions import ActionForm, ReasonForm
from core.models import User


class SeveralFilesInput(forms.FileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Whatever was attached, as a list; which kinds are taken is the service's to say."""

    widget = SeveralFilesInput(attrs={"accept": attachments.ACCEPT, "multiple": True})

    def clean(self, data: Any, initial: Any = None) -> Any:
        return [file for file in data or [] if isinstance(file, UploadedFile)]


class ReplyForm(forms.Form):
    """The box below a conversation; a browser's own form, because dialogs take no files."""

    message = forms.CharField(max_length=LONGEST, strip=True, widget=forms.Textarea, label=_("Your answer"))
    files = SeveralFilesField(required=False, label=_("Attach files"))  # type: ignore[assignment]
    internal = forms.BooleanField(required=False)


def workers() -> QuerySet[User]:
    """Who may work on tickets."""
    return with_right("commerce.work_supportticket")


class AssignForm(ActionForm):
    assigned_to = forms.ModelChoiceField(
        label=_("Assigned to"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )

    def prepare(self) -> None:
        field: Any = self.fields["assigned_to"]
        field.queryset = workers()
        field.label_from_instance = lambda user: user.get_full_name() or user.get_username()
        field.initial = self.object.assigned_to_id if self.object else None


class PriorityForm(ReasonForm):
    priority = forms.ChoiceField(label=_("Priority"), choices=SupportTicket.Priority.choices)

    def prepare(self) -> None:
        self.fields["priority"].initial = self.object.priority


class TicketForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new ticket, written down by staff for a party."""

    class Meta:
        model = SupportTicket
        fields = ("reseller", "customer", "order", "subject", "description", "priority")
