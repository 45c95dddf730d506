"""What a provider of the demo says it delivered in the last weeks: nearly what we say."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count

from commerce.models import Attempt, Provider, ReconciliationBreak, StatementSource
from commerce.services import breaks, reconciliation
from core.actors import acting_as, actor_for_user
from core.models import User

DAYS = 21
COLUMNS = {
    "day": "date",
    "our_reference": "client reference",
    "reference": "transaction id",
    "description": "product",
    "amount": "charged",
    "status": "status",
}
# So many lines at least, or nothing can differ that anybody believes.
ENOUGH = 12


def write(*, staff: dict[str, User], now: datetime) -> None:
    """Hand the statement in as finance would, and give a break or two to somebody."""
    end = now.replace(hour=0, minute=0, second=0, microsecond=0)
    attempts = Attempt.objects.filter(
        started_at__gte=end - timedelta(days=DAYS), started_at__lt=end, status="delivered", order__is_test=False
    )  # fmt: skip
    busiest = (
        attempts.order_by()
        .values("provider", "currency")
        .annotate(many=Count("pk"))
        .order_by("-many", "provider")
        .first()
    )
    if busiest is None or busiest["many"] < ENOUGH:
        return
    provider = Provider.objects.get(pk=busiest["provider"])
    source = StatementSource.objects.create(
        name=provider.name,
        kind=StatementSource.Kind.PROVIDER,
        provider=provider,
        currency=busiest["currency"],
        columns=COLUMNS,
        amount_tolerance=Decimal("0.01"),
    )
    mine = attempts.filter(provider=provider, currency=busiest["currency"], cost__gt=0)
    rows = list(mine.select_related("order").order_by("started_at", "pk"))
    content = "\n".join(_lines(rows)).encode()
    finance = staff["finance"]
    with acting_as(actor_for_user(finance)):
        name = f"{provider.code}-{end - timedelta(days=1):%Y-%m-%d}.csv"
        statement = reconciliation.hand_in(source=source, name=name, content=content, by=finance)
        reconciliation.read(statement_id=statement.pk)
        first = ReconciliationBreak.objects.filter(statement=statement).order_by("pk").first()
        if first:
            breaks.assign(break_id=first.pk, to=finance)


def _lines(attempts: list[Attempt]) -> Iterator[str]:
    """Every now and then one is dearer, failed with them, is missing, or is nobody's."""
    yield "Date,Client reference,Transaction id,Product,Charged,Status"
    step = max(len(attempts) // 9, 3)
    for number, attempt in enumerate(attempts):
        turn = number // step if number % step == step - 1 else -1
        cost, status = attempt.cost, "delivered"
        if turn in (1, 5):
            continue
        if turn in (0, 3, 6):
            cost += Decimal("0.35")
        if turn == 4:
            status = "failed"
        product = attempt.order.product_name.replace(",", " ").replace('"', "")
        yield (
            f"{attempt.started_at:%Y-%m-%dT%H:%M:%SZ},{attempt.pk},{attempt.provider_reference},{product},{cost},{status}"
        )
        if turn in (2, 7):
            yield f"{attempt.started_at:%Y-%m-%dT%H:%M:%SZ},,TX-{70_000 + number},{product},{cost},delivered"
