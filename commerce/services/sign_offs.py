"""Signing a period of a source off: what was found, who prepared it, who signed it; frozen from then on."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import DatabaseError, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Abs
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Attempt, ReconciliationBreak, SignOff, StatementLine, StatementSource
from commerce.services import matching, second_person_breaks
from commerce.services.constraints import SIGNED_OFF, sqlstate
from core.actors import current_actor
from core.approvals import Facts
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.zones import zone_named

_K = ReconciliationBreak.Kind
# Calls whose outcome is still to come.
OPEN = (Attempt.Status.PENDING, Attempt.Status.UNKNOWN)


def blocking(source: StatementSource, first: date, last: date) -> QuerySet[ReconciliationBreak]:
    """Open breaks that stand in the way: another status, or more than the source's tolerance."""
    rows = ReconciliationBreak.objects.filter(source=source, day__range=(first, last), status="open")
    rows = rows.annotate(gap=Abs(F("difference")))
    return rows.filter(Q(kind=_K.STATUS) | Q(gap__gt=source.amount_tolerance))


def figures(source: StatementSource, first: date, last: date) -> Facts:
    """What is signed: counts, and sums as strings in the source's currency."""
    lines = StatementLine.objects.filter(source=source, day__range=(first, last)).order_by()
    told = lines.aggregate(
        lines=Count("pk"), matched=Count("pk", filter=~Q(rule="")), total=Sum("amount", default=Decimal(0))
    )
    breaks = ReconciliationBreak.objects.filter(source=source, day__range=(first, last)).order_by()
    counted = breaks.aggregate(
        breaks=Count("pk"),
        left_open=Count("pk", filter=Q(status="open")),
        booked=Count("pk", filter=Q(resolution="booked")),
        corrected=Count("pk", filter=Q(resolution="corrected")),
        explained=Count("pk", filter=Q(resolution="explained")),
        left=Sum("difference", filter=Q(status="open") | Q(resolution="explained"), default=Decimal(0)),
    )
    return {
        **told, **counted, "total": f"{told['total']:.2f}", "left": f"{counted['left']:.2f}",
    }  # fmt: skip


def sign(
    *, source_id: int, first: date, last: date, note: str, prepared_by: str = "", signed_by: str = ""
) -> SignOff:
    """Sign a period off. Asked for by one person, it is done when another approves.

    It is compared with the books once more before, in a transaction of its own where there is none yet: whatever has
    changed since, or is ours on a day without a statement, is then a break to be seen.

    Raises:
        InvalidInput: `bad_period`, `nothing_there`. Conflict: `open_breaks`, `open_items`, `signed_off`.
        ApprovalNeeded.
    """
    _check_period(StatementSource.objects.get(pk=source_id), first, last)
    matching.match_period(source_id, first, last)
    return _sign(source_id, first, last, note=note, prepared_by=prepared_by, signed_by=signed_by)


@transaction.atomic
def _sign(source_id: int, first: date, last: date, *, note: str, prepared_by: str, signed_by: str) -> SignOff:
    source = StatementSource.objects.select_for_update(no_key=True).get(pk=source_id)
    found = figures(source, first, last)
    if not found["lines"]:
        text = _("There is no line of a statement in these days.")
        raise InvalidInput("nothing_there", text, field="first_day")
    if open_ones := blocking(source, first, last).count():
        text = _("%(count)d breaks of these days are open: close them first.") % {"count": open_ones}
        raise Conflict("open_breaks", text)
    _require_decided(source, first, last)
    _require_free(source, first, last)
    period = {"first_day": first.isoformat(), "last_day": last.isoformat()}
    second_person_breaks.for_sign_off(source, period, found, note=note)
    actor = current_actor().label
    try:
        with transaction.atomic():
            signed = SignOff.objects.create(
                source=source,
                first_day=first,
                last_day=last,
                figures=found,
                note=note.strip()[:300],
                prepared_by=(prepared_by or actor)[:150],
                signed_by=(signed_by or actor)[:150],
                created_at=timezone.now(),
            )
    except DatabaseError as error:
        if sqlstate(error) != SIGNED_OFF:
            raise
        raise _taken() from error
    record("statement.signed_off", subject=source, data={**period, **found, "sign_off": signed.pk})
    return signed


def breaks_of(signed: SignOff) -> QuerySet[ReconciliationBreak]:
    """What the pack of a signed period lists, in the order of days."""
    rows = ReconciliationBreak.objects.filter(
        source_id=signed.source_id, day__range=(signed.first_day, signed.last_day)
    )
    return rows.select_related("order", "line").order_by("day", "pk")


def last_over(source: StatementSource) -> date:
    """The last day that is over where the source is, whatever the clock says of whoever asks."""
    return timezone.localdate(timezone=zone_named(source.time_zone)) - timedelta(days=1)


def _check_period(source: StatementSource, first: date, last: date) -> None:
    if last < first:
        raise InvalidInput("bad_period", _("The last day is before the first."), field="last_day")
    if last > last_over(source):
        text = _("Only days that are over can be signed off.")
        raise InvalidInput("bad_period", text, field="last_day")


def _require_decided(source: StatementSource, first: date, last: date) -> None:
    """What is delivered after all once its day is frozen, nobody would compare any more.

    Raises:
        Conflict: `open_items`.
    """
    zone = zone_named(source.time_zone)
    begin = datetime.combine(first, time.min, zone)
    end = datetime.combine(last + timedelta(days=1), time.min, zone)
    waiting = Attempt.objects.filter(
        provider=source.provider_id, currency=source.currency, order__is_test=False,
        started_at__gte=begin, started_at__lt=end, status__in=OPEN,
    )  # fmt: skip
    if source.provider_id and (count := waiting.count()):
        told = f"{_('Unknown outcomes')}: {count:,}"
        raise Conflict("open_items", _("Settle these first: %(items)s.") % {"items": told})


def _require_free(source: StatementSource, first: date, last: date) -> None:
    if SignOff.objects.filter(source=source, first_day__lte=last, last_day__gte=first).exists():
        raise _taken()


def _taken() -> Conflict:
    return Conflict("signed_off", _("Some of these days are signed off already."), field="first_day")
