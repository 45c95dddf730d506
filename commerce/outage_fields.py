"""A form field for rows of brand, time and reason."""

from datetime import datetime
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

PARTS = ("brand", "until", "reason")
MOST_ROWS, LONGEST_REASON = 100, 200

type Row = dict[str, str]


class OutagesWidget(forms.Widget):
    """The rows there are and an empty one; a row without a brand is left out."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        from commerce.models import Brand

        brands = list(Brand.objects.order_by("name", "id").values_list("code", "name"))
        rows = [self._row(one) for one in value or [] if isinstance(one, dict)]
        disabled = bool(attrs and attrs.get("disabled"))
        context = {
            "name": name,
            "id": (attrs or {}).get("id", ""),
            "rows": rows if disabled else [*rows, dict.fromkeys(PARTS, "")],
            "brands": brands,
            "known": {code for code, _name in brands},
            "disabled": disabled,
            "longest": LONGEST_REASON,
        }
        return render_to_string("admin/commerce/outages.html", context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        read = getattr(data, "getlist", lambda key: [data[key]] if key in data else [])
        columns = [read(f"{name}-{part}") for part in PARTS]
        return [dict(zip(PARTS, cells, strict=False)) for cells in zip(*columns, strict=False)]

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-0" if id_ else ""

    @staticmethod
    def _row(row: Row) -> Row:
        """Times as the browser's own field spells them, in the person's zone."""
        until = row.get("until", "")
        try:
            known = datetime.fromisoformat(until) if until else None
        except ValueError:
            known = None
        if known and timezone.is_aware(known):
            until = timezone.localtime(known).strftime("%Y-%m-%dT%H:%M")
        return {"brand": row.get("brand", ""), "until": until, "reason": row.get("reason", "")}


class OutagesField(forms.Field):
    """Cleans to a tuple of `{brand: code, until: ISO time or "", reason}`; those whose time has passed are left out."""

    widget = OutagesWidget

    def clean(self, value: Any) -> tuple[Row, ...]:
        """Raises ValidationError: naming the row's brand."""
        if not isinstance(value, list | tuple) or len(value) > MOST_ROWS:
            raise forms.ValidationError(_("Give a list of at most %(most)d brands.") % {"most": MOST_ROWS})
        rows = [self._clean_row(one) for one in value]
        kept = [row for row in rows if row["brand"]]
        codes = [row["brand"] for row in kept]
        if twice := {code for code in codes if codes.count(code) > 1}:
            raise forms.ValidationError(_("Named twice: %(brands)s.") % {"brands": ", ".join(sorted(twice))})
        self._require_known(codes)
        now = timezone.now()
        return tuple(row for row in kept if not row["until"] or datetime.fromisoformat(row["until"]) > now)

    def _clean_row(self, row: Any) -> Row:
        if not isinstance(row, dict) or not all(isinstance(row.get(part, ""), str) for part in PARTS):
            raise forms.ValidationError(_("Each is a brand, a time and a reason."))
        brand, reason = row.get("brand", "").strip(), row.get("reason", "").strip()
        if len(reason) > LONGEST_REASON or "\x00" in brand + reason:
            text = _("%(brand)s: the reason has at most %(most)d characters.")
            raise forms.ValidationError(text % {"brand": brand, "most": LONGEST_REASON})
        if not brand and (reason or row.get("until", "").strip()):
            raise forms.ValidationError(_("Choose the brand of each row."))
        try:
            until = forms.DateTimeField(required=False).clean(row.get("until", ""))
        except forms.ValidationError:
            raise forms.ValidationError(_("%(brand)s: give a date and a time.") % {"brand": brand}) from None
        return {"brand": brand, "until": until.isoformat() if until else "", "reason": reason}

    @staticmethod
    def _require_known(codes: list[str]) -> None:
        from commerce.models import Brand

        known = set(Brand.objects.filter(code__in=codes).values_list("code", flat=True))
        if missing := [code for code in codes if code not in known]:
            raise forms.ValidationError(_("There is no brand %(brands)s.") % {"brands": ", ".join(missing)})
