"""What a source's page shows: its latest statements, its days three ways, and what is signed off."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin import statement_page
from commerce.models import SignOff, StatementSource
from commerce.services import three_ways
from commerce.services.three_ways import Day
from core.admin.event_steps import steps_of
from core.backoffice.badges import status_badge
from core.backoffice.dashboard import Figure
from core.backoffice.parts import Column, Fact, Tab, Table
from core.money import format_money

SHOWN = 20
USUAL = timedelta(days=31)


def page(request: HttpRequest, source: StatementSource) -> dict[str, Any]:
    is_provider = source.kind == StatementSource.Kind.PROVIDER
    if is_provider and not request.user.has_perm("commerce.see_cost"):
        # How it is read is no secret; what a provider charges is.
        steps = steps_of(source)
        tabs = [Tab("details", _("How it is read")), Tab("happened", _("Activity"))]
        return {"facts": _facts(source), "steps": steps, "tabs": tabs}
    first, last = _asked(request, source)
    days = three_ways.days(source, first, last)
    statements = list(source.statements.defer("content").select_related("source")[:SHOWN])
    signed = list(source.sign_offs.all()[:SHOWN])
    return {
        "figures": _figures(source, days),
        "facts": _facts(source),
        "days": _days(source, days),
        "statements": _statements(statements),
        "signed": _signed(signed),
        "first": first,
        "last": last,
        "steps": steps_of(source),
        "hand_in_url": reverse("admin:statement-hand-in")
        if request.user.has_perm("commerce.import_statement")
        else "",
        "tabs": [
            Tab("days", _("Day by day")),
            Tab("statements", _("Statements"), len(statements) or None),
            Tab("signed", _("Signed off"), len(signed) or None),
            Tab("details", _("How it is read")),
            Tab("happened", _("Activity")),
        ],
    }


def _asked(request: HttpRequest, source: StatementSource) -> tuple[date, date]:
    """The days that were chosen; else those of the last statement, else the last month."""
    first, last = (_day(request.GET.get(name, "")) for name in ("from", "to"))
    newest = source.statements.filter(status="matched").order_by("-last_day").first()
    last = last or (newest.last_day if newest else None) or timezone.localdate()
    first = first or (newest.first_day if newest and newest.first_day else last - USUAL)
    return (first, last) if first <= last else (last, last)


def _day(text: str) -> date | None:
    try:
        day = parse_date(text[:10])
    except ValueError:
        return None
    return day if day and 2000 <= day.year < 2200 else None


def _figures(source: StatementSource, days: list[Day]) -> list[Figure]:
    def money(value: Decimal) -> str:
        return format_money(value, source.currency)

    ledger = sum((day.ledger for day in days), Decimal(0))
    theirs = sum((day.statement for day in days if day.statement is not None), Decimal(0))
    gaps = [day.difference for day in days if day.difference is not None]
    gap, left = sum(gaps, Decimal(0)), sum(day.breaks for day in days)
    return [
        Figure(_("Our ledger"), money(ledger), _("of these days"), icon="account_balance_wallet"),
        Figure(_("Their statements"), money(theirs), icon="request_quote"),
        Figure(
            _("Difference"),
            money(gap),
            _("theirs less ours, of days with a statement"),
            "warning" if gap else "success",
            icon="difference",
        ),
        Figure(_("Open breaks"), left, tone="danger" if left else "success", icon="rule"),
    ]


def _days(source: StatementSource, days: list[Day]) -> Table:
    def money(value: Decimal | None) -> str:
        return "–" if value is None else format_money(value, source.currency)

    paid = _PAID.get(source.kind, ())
    bank = [Column(str(title), money=True, wide=True) for title in paid]
    table = Table(
        _("Day"), Column(_("Our ledger"), money=True, wide=True), Column(_("Their statement"), money=True),
        Column(_("Difference"), money=True), *bank, Column(_("Open breaks"), money=True, wide=True),
        empty=_("Nothing moved in these days."),
    )  # fmt: skip
    shown = [day for day in days if day.has_anything]
    for day in reversed(shown):
        more = (money(day.paid), money(day.bank)) if paid else ()
        table.add(
            date_format(day.day, "DATE_FORMAT"),
            money(day.ledger),
            money(day.statement),
            _gap(day, money(day.difference)),
            *more,
            day.breaks or "–",
        )
    if shown:
        sums = [sum((getattr(day, name) or Decimal(0) for day in shown), Decimal(0)) for name in _NAMES]
        ledger, theirs, gap, moved, out = (money(value) for value in sums)
        more = (moved, out) if paid else ()
        table.total(_("Total"), ledger, theirs, gap, *more, sum(day.breaks for day in shown))
    return table


# Money between a party and our bank, on both sides; signs as the words say.
_PAID: dict[str, tuple[Any, ...]] = {
    "provider": (gettext_lazy("Ledger: paid in"), gettext_lazy("Bank: paid out")),
    "gateway": (gettext_lazy("Ledger: settled"), gettext_lazy("Bank: received")),
}
_NAMES = ("ledger", "statement", "difference", "paid", "bank")


def _gap(day: Day, text: str) -> Any:
    if day.difference is None:
        return status_badge(_("No statement"), "neutral")
    return status_badge(text, "warning" if day.difference else "success")


def _statements(rows: list[Any]) -> Table:
    table = Table(
        _("File"), Column(_("Days"), wide=True), Column(_("Lines"), money=True), Column(_("Matched"), money=True),
        empty=_("No statement was handed in yet."),
    )  # fmt: skip
    for row in rows:
        link = reverse("admin:commerce_importedstatement_change", args=[row.pk])
        matched = statement_page.share(row) or row.get_status_display()
        table.add(row.file_name, statement_page.days_of(row), f"{row.lines:,}", matched, link=link)
    return table


def _signed(rows: list[SignOff]) -> Table:
    table = Table(
        _("Days"), _("Prepared by"), _("Signed by"), Column(_("Signed at"), wide=True),
        empty=_("No period is signed off yet."),
    )  # fmt: skip
    for row in rows:
        days = " – ".join(date_format(day, "DATE_FORMAT") for day in (row.first_day, row.last_day))
        at = date_format(timezone.localtime(row.created_at), "DATETIME_FORMAT")
        link = reverse("admin:commerce_signoff_change", args=[row.pk])
        table.add(days, row.prepared_by, row.signed_by, at, link=link)
    return table


def _facts(source: StatementSource) -> list[Fact]:
    columns = " · ".join(f"{name}: {header}" for name, header in source.columns.items())
    return [
        Fact(_("Kind"), source.get_kind_display(), source.provider or source.gateway or ""),
        Fact(_("Currency"), source.currency),
        Fact(_("Time zone"), source.time_zone),
        Fact(_("Dates look like"), source.get_date_order_display()),
        Fact(_("Amounts look like"), source.get_decimals_display()),
        Fact(_("Columns"), columns or _("asked for with the first file")),
        Fact(_("Amounts may differ by"), format_money(source.amount_tolerance, source.currency)),
        Fact(_("Matched by amount and day"), _("Yes") if source.by_amount else _("No")),
    ]
