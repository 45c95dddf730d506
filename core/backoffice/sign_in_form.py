from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldBooleanSwitchWidget


class SignInForm(AuthenticationForm):
    """The log-in page's; what `remember` means is the site's to do."""

    remember = forms.BooleanField(
        label=_("Remember me on this computer"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Username or e-mail")
