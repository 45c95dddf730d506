"""A day is chosen in a dialog, which comes after the page's scripts."""

from datetime import date

from django import forms
from django.utils import translation

from core.backoffice.dialog_forms import draw


class LeaveForm(forms.Form):
    until = forms.DateField(initial=date(2026, 3, 9))


def test_a_day_is_the_browsers_to_choose_in_every_language_and_needs_no_script() -> None:
    for language in ("en", "fa"):
        with translation.override(language):
            form = LeaveForm()
            draw(form)
            assert 'type="date"' in str(form["until"]) and 'value="2026-03-09"' in str(form["until"])
            assert "script" not in str(form.media)
            assert LeaveForm({"until": "2026-03-10"}).is_valid()
