"""Forms of reconciliation: sources, files, columns, and the dialogs of breaks."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.colleagues import choose_from
from commerce.admin.party_search import tidy_term
from commerce.gateways.base import gateways
from commerce.models import ImportedStatement, Reseller, SignOff, StatementSource
from commerce.services import breaks, reconciliation, sign_offs, statement_files
from core import zones
from core.backoffice.actions import ActionForm, ReasonForm
from core.backoffice.dialog_forms import draw
from core.backoffice.importing import files
from core.models import User


class SourceForm(forms.ModelForm):
    """Zones, gateways and words are checked: a wrong one would read each statement wrongly."""

    class Meta:
        model = StatementSource
        fields = "__all__"  # noqa: DJ007 - the admin names them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "time_zone" in self.fields:
            self.fields["time_zone"] = forms.ChoiceField(
                label=self.fields["time_zone"].label,
                help_text=self.fields["time_zone"].help_text,
                choices=[(name, name) for name in zones.names()],
                initial="UTC",
            )
        if "gateway" in self.fields:
            names = [(key, str(gateway.title or key)) for key, gateway in gateways.items()]
            self.fields["gateway"] = forms.ChoiceField(
                label=self.fields["gateway"].label, choices=[("", "–"), *names], required=False
            )
        if "by_amount" in self.fields:
            self.fields["by_amount"].label = _("Match by amount and day too")
        draw(self)  # type: ignore[arg-type]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        kind = given.get("kind")
        for name in ("provider", "gateway"):
            if name in self.fields and name not in self.errors and bool(given.get(name)) != (name == kind):
                wanted = _("Name it: its statements are compared with it.")
                self.add_error(
                    name, wanted if name == kind else _("Leave it empty: this source is of another kind.")
                )
        seen: dict[str, str] = {}
        for name in ("done_words", "failed_words", "reversed_words"):
            for word in str(given.get(name, "")).lower().split(","):
                if word.strip() and seen.setdefault(word.strip(), name) != name:
                    self.add_error(name, _("“%(word)s” cannot mean two things.") % {"word": word.strip()})
        return given


class HandInForm(forms.Form):
    source: Any = forms.ModelChoiceField(StatementSource.objects.none(), label=gettext_lazy("Who sent it"))
    import_file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("An .xlsx or .csv file of up to 10 MB, as it came."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = StatementSource.objects.filter(active=True)  # type: ignore[attr-defined]
        draw(self)

    def check_size(self) -> None:
        """Before the file is read. Raises InvalidInput."""
        if self.cleaned_data["import_file"].size > statement_files.LARGEST:
            most = statement_files.LARGEST // files.MEGABYTE
            raise files.refuse(_("The file is larger than %(most)d MB.") % {"most": most})


class ColumnsForm(forms.Form):
    """For each thing a statement may say, the column that says it."""

    def __init__(self, headers: list[str], statement: ImportedStatement, data: Any = None) -> None:
        super().__init__(data)
        known = statement.source.columns
        usual = known if reconciliation.is_known(statement, headers) else {}
        guessed = usual or statement_files.guessed(headers)
        for name, label in statement_files.FIELDS.items():
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=[("", _("– not there –")), *((header, header) for header in headers)],
                initial=guessed.get(name, ""),
                required=name in statement_files.NEEDED,
            )
        draw(self)

    def columns(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name, "") for name in statement_files.FIELDS}


class SignOffForm(ReasonForm):
    """The days since the last sign-off, up to the last that a statement has."""

    first_day = forms.DateField(label=gettext_lazy("From"))
    last_day = forms.DateField(label=gettext_lazy("To"))

    def prepare(self) -> None:
        source: StatementSource = self.object
        signed = SignOff.objects.filter(source=source).aggregate(last=Max("last_day"))["last"]
        read = source.statements.filter(status="matched")
        first = read.order_by("first_day").values_list("first_day", flat=True).first()
        last = read.aggregate(last=Max("last_day"))["last"]
        yesterday = sign_offs.last_over(source)
        self.fields["first_day"].initial = signed + timedelta(days=1) if signed else first
        self.fields["last_day"].initial = min(last, yesterday) if last else yesterday
        self.fields["reason"].label = _("Note")
        self.fields["reason"].required = False


class AssignBreakForm(ActionForm):
    assigned_to: Any = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Assigned to"), required=False, empty_label=gettext_lazy("Nobody")
    )  # fmt: skip

    def prepare(self) -> None:
        choose_from(self, "assigned_to", breaks.WORK)
        if self.object is not None:
            self.fields["assigned_to"].initial = self.object.assigned_to_id


class FundForm(ReasonForm):
    """Typed, not chosen: there may be thousands of resellers."""

    MOST_NAMED = 5
    reseller = forms.CharField(
        label=gettext_lazy("Whose money it is"),
        max_length=200,
        help_text=gettext_lazy("The reseller's name, or enough of its beginning."),
    )

    def clean_reseller(self) -> Reseller:
        typed = tidy_term(self.cleaned_data["reseller"])
        rows = Reseller.objects.order_by("business_name", "pk")
        exact = list(rows.filter(business_name__iexact=typed)[: self.MOST_NAMED + 1])
        found = exact or list(rows.filter(business_name__istartswith=typed)[: self.MOST_NAMED + 1])
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError(_("No reseller's name begins like this."))
        names = ", ".join(one.business_name for one in found[: self.MOST_NAMED])
        raise forms.ValidationError(_("Several begin like this: %(names)s.") % {"names": names})


class SettleForm(ReasonForm):
    party: Any = forms.ModelChoiceField(StatementSource.objects.none(), label=gettext_lazy("With whom"))

    def prepare(self) -> None:
        source: StatementSource = self.object.source
        parties = StatementSource.objects.filter(currency=source.currency).exclude(kind=source.kind)
        self.fields["party"].queryset = parties.order_by("kind", "name")  # type: ignore[attr-defined]
