"""What a statement's page shows: how much of it fits, what does not, and what became of it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Abs
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from commerce.models import ImportedStatement, ReconciliationBreak, StatementLine
from core.admin.event_steps import steps_of
from core.backoffice.badges import status_badge
from core.backoffice.dashboard import Figure
from core.backoffice.parts import Column, Fact, Tab, Table
from core.directions import isolated
from core.money import format_money

SHOWN = 25
_K, _S = ReconciliationBreak.Kind, ImportedStatement.Status
TONES = {_K.OURS_ONLY: "info", _K.THEIRS_ONLY: "warning", _K.AMOUNT: "warning", _K.STATUS: "danger"}


def page(request: HttpRequest, statement: ImportedStatement) -> dict[str, Any]:
    read = statement.status == ImportedStatement.Status.MATCHED
    by_kind = _by_kind(statement) if read else {}
    sheets = [_sheet(statement, kind, by_kind[kind]) for kind in _K if kind in by_kind]
    tabs = [Tab("overview", _("Overview"))]
    tabs += [Tab(sheet["id"], sheet["title"], sheet["open"] or None) for sheet in sheets]
    tabs.append(Tab("happened", _("Activity")))
    columns = reverse("admin:commerce_importedstatement_columns", args=[statement.pk])
    may_map = request.user.has_perm("commerce.import_statement") and statement.status in (
        _S.UPLOADED,
        _S.REFUSED,
    )
    return {
        "title": _title(statement) if read else statement.file_name,
        "figures": _figures(statement, by_kind) if read else [],
        "facts": _facts(statement),
        "rules": _rules(statement) if read else None,
        "kinds": _kinds(statement, by_kind) if read else None,
        "sheets": sheets,
        "tabs": tabs,
        "steps": steps_of(statement),
        "problems": _problems(statement),
        "columns_url": columns if may_map else "",
        "is_read": read,
        "lines_url": f"{reverse('admin:commerce_statementline_changelist')}?statement__id__exact={statement.pk}",
    }


def _title(statement: ImportedStatement) -> str:
    parts = {"source": isolated(statement.source), "days": isolated(days_of(statement))}
    return _("%(source)s, %(days)s") % parts


def days_of(statement: ImportedStatement) -> str:
    if statement.first_day is None or statement.last_day is None:
        return "–"
    first, last = (date_format(day, "DATE_FORMAT") for day in (statement.first_day, statement.last_day))
    return first if first == last else f"{first} – {last}"


def share(statement: ImportedStatement) -> str:
    """How much of it fits, rounded down: 100 % is all of it."""
    if not statement.lines:
        return ""
    return f"{statement.matched * 1000 // statement.lines / 10:.1f} %"


def break_rows(rows: Iterable[ReconciliationBreak]) -> Table:
    table = Table(
        _("Break"), _("Reference"), Column(_("Ours"), money=True, wide=True),
        Column(_("Theirs"), money=True, wide=True),
        Column(_("Difference"), money=True), Column(_("Assigned to"), wide=True), _("State"),
        empty=_("None of these."),
    )  # fmt: skip
    for one in rows:
        currency = one.source.currency
        table.add(
            f"B{one.pk}",
            one.reference or "–",
            *(_money(value, currency) for value in (one.ours, one.theirs, one.difference)),
            one.assigned_to or "–",
            state_badge(one),
            link=reverse("admin:commerce_reconciliationbreak_change", args=[one.pk]),
        )
    return table


def state_badge(one: ReconciliationBreak) -> Any:
    if one.status == ReconciliationBreak.Status.OPEN:
        return status_badge(one.get_status_display(), "warning")
    return status_badge(one.get_resolution_display(), "success")


def kind_badge(one: ReconciliationBreak) -> Any:
    kind = _K(one.kind)
    return status_badge(kind.label, TONES[kind])


def _money(value: Decimal | None, currency: str) -> str:
    return "–" if value is None else format_money(value, currency)


def _by_kind(statement: ImportedStatement) -> dict[str, dict[str, Any]]:
    """Of each kind how many, how many open, and what the open ones come to."""
    found: dict[str, dict[str, Any]] = {}
    rows = statement.breaks.order_by().values("kind", "status")
    for row in rows.annotate(many=Count("pk"), gap=Sum("difference")):
        kind = found.setdefault(row["kind"], {"all": 0, "open": 0, "difference": Decimal(0)})
        kind["all"] += row["many"]
        if row["status"] == "open":
            kind["open"], kind["difference"] = row["many"], row["gap"]
    return found


def _figures(statement: ImportedStatement, by_kind: dict[str, dict[str, Any]]) -> list[Figure]:
    currency = statement.source.currency
    left = sum(kind["open"] for kind in by_kind.values())
    gap = sum((kind["difference"] for kind in by_kind.values()), Decimal(0))
    closed = sum(kind["all"] - kind["open"] for kind in by_kind.values())
    known = _("%(repeated)d known before") % {"repeated": statement.repeated} if statement.repeated else ""
    return [
        Figure(_("Matched"), share(statement), _of(statement), _tone(statement), icon="join_inner"),
        Figure(_("Their total"), format_money(statement.total, currency), known, icon="request_quote"),
        Figure(
            _("Open breaks"),
            f"{left:,}",
            _("%(closed)d closed") % {"closed": closed},
            "danger" if left else "success",
            icon="rule",
        ),
        Figure(
            _("Open difference"),
            format_money(gap, currency),
            _("theirs less ours"),
            "warning" if gap else "neutral",
            icon="difference",
        ),
    ]


def _tone(statement: ImportedStatement) -> str:
    return "success" if statement.matched == statement.lines else "neutral"


def _of(statement: ImportedStatement) -> str:
    return _("%(matched)s of %(lines)s lines") % {
        "matched": f"{statement.matched:,}",
        "lines": f"{statement.lines:,}",
    }


def _facts(statement: ImportedStatement) -> list[Fact]:
    source = statement.source
    return [
        Fact(
            _("Source"),
            source,
            source.get_kind_display(),
            reverse("admin:commerce_statementsource_change", args=[source.pk]),
        ),
        Fact(_("Days"), days_of(statement)),
        Fact(_("File"), statement.file_name),
        Fact(_("Digest"), statement.digest[:16]),
        Fact(
            _("Handed in"), date_format(statement.created_at, "DATETIME_FORMAT"), statement.uploaded_by or ""
        ),
        Fact(_("Left out"), statement.left_out, _("rows without a date or reference")),
    ]


def _rules(statement: ImportedStatement) -> Table:
    table = Table(_("Found"), Column(_("Lines"), money=True), Column(_("Amount"), money=True))
    rows = statement.rows.order_by().values("rule").annotate(many=Count("pk"), amount=Sum("amount"))
    labels = dict(StatementLine.Rule.choices)
    for row in sorted(rows, key=lambda row: -row["many"]):
        amount = format_money(row["amount"], statement.source.currency)
        table.add(labels.get(row["rule"], row["rule"]), f"{row['many']:,}", amount)
    table.total(_("Total"), f"{statement.lines:,}", format_money(statement.total, statement.source.currency))
    return table


def _kinds(statement: ImportedStatement, by_kind: dict[str, dict[str, Any]]) -> Table:
    table = Table(
        _("Kind"), Column(_("Open"), money=True), Column(_("Closed"), money=True),
        Column(_("Open difference"), money=True),
        empty=_("Everything fits."),
    )  # fmt: skip
    for kind in _K:
        if kind in by_kind:
            row = by_kind[kind]
            table.add(
                status_badge(kind.label, TONES[kind]),
                row["open"],
                row["all"] - row["open"],
                format_money(row["difference"], statement.source.currency),
            )
    return table


def _sheet(statement: ImportedStatement, kind: Any, counted: dict[str, Any]) -> dict[str, Any]:
    rows: QuerySet[ReconciliationBreak] = statement.breaks.filter(kind=kind)
    # What is open first, the largest difference first.
    rows = rows.select_related("source", "assigned_to").annotate(size=Abs("difference"))
    url = reverse("admin:commerce_reconciliationbreak_changelist")
    return {
        "id": f"kind-{kind.value.replace('_', '-')}",
        "title": kind.label,
        "open": counted["open"],
        "table": break_rows(rows.order_by("-status", "-size", "pk")[:SHOWN]),
        "note": _("the largest first") if counted["all"] > 1 else "",
        "link": f"{url}?statement__id__exact={statement.pk}&kind__exact={kind.value}",
    }


def _problems(statement: ImportedStatement) -> Table | None:
    if not statement.problems:
        return None
    table = Table(Column(_("Row"), money=True), _("Column"), _("What is wrong"))
    for one in (one for one in statement.problems if isinstance(one, dict)):
        table.add(one.get("row") or "–", one.get("column") or "–", one.get("text", ""))
    return table
