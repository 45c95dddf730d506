"""Statements or invoices of a month for every reseller at once, in the background, and by policy on the first.

A worker does a slice of wallets and asks for the next one, so that orders never wait behind ten thousand papers. Each
paper is a transaction of its own, and so is how far the batch is: killed at any moment, it goes on where it was, and
nothing is issued twice, for an issued statement is found again and an invoiced transfer is on one invoice.
"""

import logging
import time
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.document_settings import document_settings
from commerce.models import Account, Document, DocumentBatch
from commerce.services import invoices, paper_mail, statement_papers, statements
from commerce.services.constraints import violated
from commerce.services.statement_papers import Period
from core.actors import SYSTEM, acting_as, actor_for_user
from core.events import record
from core.exceptions import Conflict, DomainError, InvalidInput
from core.general_settings import general
from core.models import User
from core.zones import zone_named

log = logging.getLogger(__name__)

# A worker is free for other work after so many seconds.
SLICE_SECONDS = 10
LOST_AFTER = timedelta(minutes=2)
MOST_PROBLEMS = 20
# The beat comes by every hour; a company that was switched off over the first catches up.
LAST_DAY = 5
_K, _S = DocumentBatch.Kind, DocumentBatch.Status
NOTHING = ("nothing_to_invoice",)


@transaction.atomic
def start(
    *, kind: str, month: date, mail: bool = False, by: User | None = None, by_policy: bool = False
) -> DocumentBatch:
    """Begin to issue a month's papers of all resellers.

    Raises:
        InvalidInput: `month_not_over`. Conflict: `batch_runs`, `batch_known` (by policy).
    """
    zone = general().time_zone
    _since, until = invoices.month_of(month, zone_named(zone))
    if until > timezone.now():
        raise InvalidInput("month_not_over", _("This month is not over yet."), field="month")
    batch = DocumentBatch(
        kind=kind, month=month.replace(day=1), zone=zone, mail=mail, by_policy=by_policy, started_by=by,
        wallets=_wallets().count(),
    )  # fmt: skip
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
    except IntegrityError as error:
        if violated(error) == "commerce_batch_one_runs":
            raise Conflict("batch_runs", _("These are being issued already.")) from error
        if violated(error) == "commerce_batch_policy_once":
            raise Conflict("batch_known", _("The settings had this month issued before.")) from error
        raise
    record("batch.started", subject=batch, data={"kind": kind, "month": f"{batch.month:%Y-%m}", "mail": mail})
    _ask(batch)
    return batch


@transaction.atomic
def cancel(*, batch_id: int) -> DocumentBatch:
    """Stop after the paper that is being written; what is issued stays.

    Raises:
        Conflict: `not_running`.
    """
    batch = DocumentBatch.objects.select_for_update(no_key=True, of=("self",)).get(pk=batch_id)
    if not batch.is_running:
        raise Conflict("not_running", _("It has ended already."))
    _end(batch, _S.CANCELLED)
    return batch


def work(batch_id: int, *, seconds: float = SLICE_SECONDS) -> bool:
    """A slice of a batch, by one worker at a time; whether there is more to do."""
    if not _take(batch_id):
        return False
    try:
        return _work(batch_id, until=time.monotonic() + seconds)
    finally:
        _let_go(batch_id)


def go_on() -> int:
    """Batches whose worker has died, taken up again; by the beat. Returns how many."""
    lost = DocumentBatch.objects.filter(status=_S.RUNNING, touched_at__lt=timezone.now() - LOST_AFTER)
    found = list(lost)
    for batch in found:
        _ask(batch)
    return len(found)


def by_policy(now: datetime | None = None) -> list[DocumentBatch]:
    """What the Documents settings want issued on the first days of a month, each month once."""
    wanted = document_settings()
    today = (now or timezone.now()).astimezone(zone_named(general().time_zone)).date()
    if today.day > LAST_DAY:
        return []
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    kinds = {_K.STATEMENT: wanted.monthly_statements, _K.INVOICE: wanted.monthly_invoices}
    started = []
    for kind in (kind for kind, is_wanted in kinds.items() if is_wanted):
        if DocumentBatch.objects.filter(kind=kind, month=month, by_policy=True).exists():
            continue
        try:
            started.append(start(kind=kind, month=month, mail=wanted.mail_monthly, by_policy=True))
        except Conflict:
            # Somebody is doing so by hand: the next hour finds it done, and all of it known.
            continue
    return started


def _wallets() -> Any:
    return Account.objects.filter(kind=Account.Kind.WALLET, is_test=False, reseller__isnull=False)


def _ask(batch: DocumentBatch) -> None:
    from commerce.tasks import issue_documents

    transaction.on_commit(lambda: issue_documents.delay(batch.pk), robust=True)


def _take(batch_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('commerce.batch'), %s)", [batch_id])
        return bool(cursor.fetchone()[0])


def _let_go(batch_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtext('commerce.batch'), %s)", [batch_id])


def _work(batch_id: int, *, until: float) -> bool:
    while time.monotonic() < until:
        batch = DocumentBatch.objects.select_related("started_by").get(pk=batch_id)
        if not batch.is_running:
            return False
        rows = _wallets().filter(pk__gt=batch.last_wallet).select_related("reseller").order_by("pk")
        wallet = rows.first()
        if wallet is None:
            with transaction.atomic():
                _end(batch, _S.DONE)
            return False
        with acting_as(actor_for_user(batch.started_by) if batch.started_by else SYSTEM):
            _one(batch, wallet)
    return True


def _one(batch: DocumentBatch, wallet: Account) -> None:
    """One wallet's paper and the batch's step, together or not at all."""
    try:
        with transaction.atomic():
            counted = _issue(batch, wallet)
            _step(batch, wallet, counted)
    except DomainError as error:
        _step(batch, wallet, ["failed"], f"{wallet.reseller}: {error.message}")
    except Exception as error:
        log.exception("a paper of a batch was not issued", extra={"batch": batch.pk, "account": wallet.pk})
        _step(batch, wallet, ["failed"], f"{wallet.reseller}: {type(error).__name__}")


def _issue(batch: DocumentBatch, wallet: Account) -> list[str]:
    """Which counters it adds to."""
    newest = Document.objects.order_by("-id").values_list("pk", flat=True)
    before = newest.filter(account=wallet, reseller=wallet.reseller_id, kind=batch.kind).first() or 0
    document = _paper(batch, wallet)
    if document is None:
        return ["empty"]
    if document.pk <= before:
        return ["known"]
    counted = ["issued"]
    if batch.mail and paper_mail.address_of(document):
        paper_mail.send(document=document)
        counted.append("sent")
    return counted


def _paper(batch: DocumentBatch, wallet: Account) -> Document | None:
    since, until = invoices.month_of(batch.month, zone_named(batch.zone))
    if batch.kind == _K.STATEMENT:
        if not statements.moved_between(wallet, since=since, until=until):
            return None
        return statement_papers.issue(account=wallet, period=Period(since, until, batch.zone))
    try:
        return invoices.of_month(account=wallet, month=batch.month, zone=batch.zone)
    except Conflict as error:
        if error.code not in NOTHING:
            raise
        return None


def _step(batch: DocumentBatch, wallet: Account, counted: list[str], problem: str = "") -> None:
    """Whoever cancelled it meanwhile is not overruled: the status is left alone."""
    for name in counted:
        setattr(batch, name, getattr(batch, name) + 1)
    if problem and len(batch.problems) < MOST_PROBLEMS:
        batch.problems = [*batch.problems, problem[:300]]
    batch.looked_at += 1
    batch.last_wallet, batch.touched_at = wallet.pk, timezone.now()
    batch.save(update_fields=[*counted, "problems", "looked_at", "last_wallet", "touched_at"])


def _end(batch: DocumentBatch, status: DocumentBatch.Status) -> None:
    batch.status, batch.finished_at = status, timezone.now()
    batch.save(update_fields=["status", "finished_at"])
    data = {name: getattr(batch, name) for name in ("issued", "known", "empty", "sent", "failed")}
    record(f"batch.{status.value}", subject=batch, data=data)
