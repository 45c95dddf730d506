"""Reports of the demo business: two that finance composed and shares, and two that go out by themselves."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django.db import transaction

from analytics.models import Report, ReportColumn, ReportFilter, ReportSchedule
from analytics.services import schedules, specs
from analytics.services.asking import Span
from core.actors import acting_as, actor_for_user
from core.general_settings import default_language, general
from core.models import User

_M, _T = ReportColumn.Measure, ReportFilter.Operator


@transaction.atomic
def write(users: Mapping[str, int]) -> None:
    """
    Args:
        users: ids of the demo's staff, by their roles.
    """
    staff = {role: User.objects.get(pk=pk) for role, pk in users.items()}
    finance = staff["finance"]
    with acting_as(actor_for_user(finance)):
        _failures(finance)
        late = _who_pays_late(finance)
        _schedule(
            finance, "Daily proof", "pack", "daily_proof", [staff["owner"]], formats=["pdf"], at=time(7),
            frequency=ReportSchedule.Frequency.DAILY, span=Span.YESTERDAY,
        )  # fmt: skip
        _schedule(
            finance, late.title, "report", str(late.pk), [finance, staff["admin"]], formats=["xlsx"], at=time(8),
            frequency=ReportSchedule.Frequency.WEEKLY, span=Span.LAST_WEEK, only_if_rows=True,
        )  # fmt: skip


def _failures(owner: User) -> Report:
    """What went wrong for which brand, of an outcome that is asked for at each run."""
    report = Report.objects.create(
        title="Failed calls by brand", description="How often a provider's answer was no, and with which code.",
        dataset="attempts", owner=owner, shared=True, span=Span.LAST_30,
    )  # fmt: skip
    _columns(
        report,
        {"column": "provider"},
        {"column": "brand"},
        {"column": "error_code"},
        {"column": "order", "measure": _M.COUNT, "title": "Calls", "sort": "desc", "total": True},
    )
    ReportFilter.objects.create(report=report, column="status", operator=_T.IS, value="failed", ask=True)
    return _checked(report)


def _who_pays_late(owner: User) -> Report:
    report = Report.objects.create(
        title="Who pays late", description="Resellers with something overdue, the largest amounts first.",
        dataset="credit_ageing", owner=owner, shared=True, span=Span.LAST_WEEK,
    )  # fmt: skip
    amounts = ("overdue", "not_due", "late_30", "late_60", "late_90", "late_more")
    _columns(
        report,
        {"column": "reseller"},
        {"column": "owed", "sort": "desc", "total": True},
        *({"column": key, "total": True} for key in amounts),
        {"column": "days_late"},
        {"column": "credit_limit"},
    )
    ReportFilter.objects.create(report=report, column="overdue", operator=_T.LEAST, value="0.01")
    return _checked(report)


def _columns(report: Report, *columns: Mapping[str, Any]) -> None:
    ReportColumn.objects.bulk_create(
        ReportColumn(report=report, position=place, **one) for place, one in enumerate(columns)
    )


def _checked(report: Report) -> Report:
    """As a person's own is: nothing is kept that could not be run."""
    specs.check_rights(specs.read(specs.frozen(report)), report.owner)
    return report


def _schedule(owner: User, title: str, kind: str, key: str, people: list[User], **values: Any) -> None:
    row = ReportSchedule(
        title=title, owner=owner, kind=kind, key=key, zone=general().time_zone, language=default_language(),
        **values,
    )  # fmt: skip
    schedules.save(schedule=row, people=people, wants_cost=False)
