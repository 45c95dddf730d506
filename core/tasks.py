"""Core's work in the background; each may run twice or late without harm."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from celery.signals import task_failure
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from core import retention_settings
from core.backoffice.importing import runs, working
from core.backoffice.importing.mixin import ask_worker
from core.messages import broadcasts, sending
from core.models import IdempotencyKey, Note, Watch
from core.services import (
    approvals,
    audit_chain,
    audit_notes,
    check_runs,
    email_change,
    failed_tasks,
    invitations,
    passwords,
    security_mail,
    sign_in_sessions,
    subjects,
    watched_changes,
    watching,
)

# Imported by every worker, and by nothing else before it sends a task.
task_failure.connect(failed_tasks.listen, dispatch_uid="core.failed_tasks")


@shared_task(name="core.send_password_reset")
def send_password_reset(email: str, site: str) -> None:
    passwords.send_reset(email=email, site=site)


@shared_task(name="core.send_invitation")
def send_invitation(user_id: int, by: str, site: str) -> None:
    invitations.send(user_id=user_id, by=by, site=site)


@shared_task(name="core.send_security_mail")
def send_security_mail(user_id: int, kind: str, address: str, to: str) -> None:
    security_mail.deliver(user_id=user_id, kind=kind, address=address, to=to)


@shared_task(name="core.send_email_change")
def send_email_change(user_id: int, email: str, site: str) -> None:
    email_change.send(user_id=user_id, email=email, site=site)


@shared_task(name="core.send_message", ignore_result=True)
def send_message(message_id: int) -> None:
    """Send a message that was written down."""
    sending.send(message_id)


@shared_task(name="core.send_messages", ignore_result=True)
def send_messages() -> None:
    """Messages that did not go out at once, tried again."""
    sending.send_due()
    broadcasts.go_on_all()


@shared_task(name="core.send_broadcast", ignore_result=True)
def send_broadcast(broadcast_id: int) -> None:
    """Write to the next people of a broadcast; another task goes on."""
    if broadcasts.go_on(broadcast_id):
        broadcasts.hint(broadcast_id)


@shared_task(name=check_runs.TASK, ignore_result=True, acks_late=False)
def run_check(kind: str) -> None:
    """Run a proof; what it found is kept as a row."""
    check_runs.carry_out(kind)


@shared_task(name="core.seal_events", ignore_result=True)
def seal_events() -> None:
    """Hash what happened into the chain, in order; nobody waits for it."""
    audit_chain.run()
    audit_notes.keep()


@shared_task(name="core.forget_old")
def forget_old() -> None:
    """Drop what is kept for a time only: answers under idempotency keys, ended sessions, what Retention names, and
    what stood beside objects that are gone."""
    now = timezone.now()
    answers = IdempotencyKey.objects.filter(created_at__lt=now - timedelta(days=settings.IDEMPOTENCY_DAYS))
    answers._raw_delete(answers.db)  # type: ignore[attr-defined]
    runs.forget_old()
    retention_settings.forget_old()
    sign_in_sessions.forget_ended()
    subjects.forget_gone(Note)
    subjects.forget_gone(Watch)
    Session.objects.filter(expire_date__lt=now).delete()


# A long file goes in as a whole; still below what the broker takes for lost.
@shared_task(name="core.run_import", soft_time_limit=720, time_limit=780)
def run_import(run_id: str, generation: int) -> None:
    """Check or import the next part of a file; where there is more, another task goes on."""
    try:
        more = working.work(UUID(run_id), generation)
    except SoftTimeLimitExceeded:
        working.give_up(UUID(run_id), generation)
        return
    if more:
        run_import.delay(run_id, generation)


@shared_task(name="core.take_up_imports", ignore_result=True)
def take_up_imports() -> None:
    """What a killed worker left standing goes on."""
    runs.take_up_lost(ask=ask_worker)


@shared_task(name="core.expire_approvals", ignore_result=True)
def expire_approvals() -> None:
    """What nobody decided in time has to be asked for again."""
    approvals.expire()


@shared_task(name="core.tell_watchers", ignore_result=True)
def tell_watchers() -> None:
    """Tell people what others did to what they watch."""
    watching.tell_watchers()
    watched_changes.tell_watchers()
