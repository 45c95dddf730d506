"""Parts of forms are drawn without templates: the same letters as Django's own."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from core.backoffice.form_renderer import DRAWN, FormRenderer

NASTY = "\"><script>alert('1')</script>&amp;"


class Several(forms.Form):
    text = forms.CharField(label=NASTY, initial=NASTY, max_length=20)
    marked = forms.CharField(label=SafeString("<b>Bold</b>"), required=False, initial=SafeString("&amp;"))
    lazy = forms.EmailField(label=gettext_lazy("E-mail"))
    number = forms.DecimalField(initial=1234567.5, localize=True, min_value=0)
    whole = forms.IntegerField(
        initial=0, widget=forms.NumberInput(attrs={"data-x": NASTY, "hidden": True, "no": False})
    )
    ticked = forms.BooleanField(initial=True)
    day = forms.SplitDateTimeField(initial=None, required=False)
    secret = forms.CharField(widget=forms.PasswordInput, required=False)
    choice = forms.ChoiceField(
        choices=[("", gettext_lazy("All")), (1, NASTY), ("Group", [(2, "Two")])], initial=1
    )
    radios = forms.ChoiceField(choices=[(1, NASTY), (2, "Two")], widget=forms.RadioSelect)
    words = forms.CharField(widget=forms.Textarea(attrs={"rows": None}), initial=NASTY)
    hidden = forms.CharField(widget=forms.HiddenInput, initial=(1, 2))
    prefixed = forms.CharField(label="", label_suffix="")


@pytest.mark.parametrize(
    "data", [None, {}, {"text": NASTY, "choice": "9", "number": "x", "day_0": "1", "ticked": "1"}]
)
def test_forms_are_drawn_as_django_draws_them(data: dict[str, str] | None) -> None:
    ours, theirs = (str(Several(data, renderer=renderer)) for renderer in (FormRenderer(), DjangoTemplates()))
    assert ours == theirs
    assert "<script" not in ours
    for own, other in zip(Several(data), Several(data, renderer=DjangoTemplates()), strict=True):
        assert str(own) == str(other)


def test_it_is_the_renderer_of_all_forms() -> None:
    assert isinstance(get_default_renderer(), FormRenderer)


def test_a_template_of_that_name_is_there_for_whoever_includes_it() -> None:
    for name in DRAWN:
        assert FormRenderer().get_template(name)
