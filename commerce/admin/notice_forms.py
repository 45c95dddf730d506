"""The dialog that says by which channels a customer is told of their orders."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce.services import notice_choices
from core.backoffice.actions import ActionForm
from core.messages.channels.base import channels
from core.messages.events import events


class NoticesForm(ActionForm):
    """One list of boxes for each event that may be chosen."""

    def prepare(self) -> None:
        chosen = notice_choices.chosen(self.object)
        for key in notice_choices.CHOOSABLE:
            kind = events.get(key)
            self.fields[key] = forms.MultipleChoiceField(
                label=kind.title,
                choices=[(way, channels.get(way).title) for way in kind.channels],
                initial=chosen[key],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        return {"wanted": {key: cleaned.get(key, []) for key in notice_choices.CHOOSABLE}}


HOW = _("Text messages go to a verified phone alone. Without a box they are not told at all.")
