"""What core watches: the database, the queue and its workers, the cache, the scheduler, the disk, failed work."""

import platform
import shutil
from datetime import timedelta
from typing import Any

import django
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Max
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_celery_beat.models import PeriodicTask

from core.backoffice.health import DANGER, OK, WARNING, Health, HealthCheck, fine, health_checks, kept
from core.backoffice.parts import Fact
from core.models import ApiRequest
from core.services import broker, failed_tasks

LONG_TRANSACTION = timedelta(minutes=5)
MANY_WAITING, FAR_TOO_MANY_WAITING = 1_000, 20_000
LATE, FAR_TOO_LATE = timedelta(minutes=5), timedelta(minutes=15)
ASKED_EVERY = 5
MIGRATIONS_ASKED_EVERY = 60

ACTIVITY = """
    SELECT pg_database_size(current_database()),
           count(*) FILTER (WHERE backend_type = 'client backend'),
           count(*) FILTER (WHERE state = 'active'),
           current_setting('max_connections')::int,
           coalesce(extract(epoch FROM now() - min(xact_start) FILTER (WHERE pid <> pg_backend_pid()
               AND datname = current_database() AND backend_type = 'client backend')), 0)::float
    FROM pg_stat_activity
"""


def span(seconds: float) -> str:
    if seconds < 60:
        return _("%(number)d s") % {"number": round(seconds)}
    now = timezone.now()
    return str(timesince(now - timedelta(seconds=seconds), now))


@health_checks.register("database")
class Database(HealthCheck):
    title, icon, position = gettext_lazy("Database"), "database", 110

    def run(self) -> Health:
        with connection.cursor() as cursor:
            cursor.execute(ACTIVITY)
            size, connections, active, most, oldest = cursor.fetchone()
        facts = [
            Fact(_("Size"), filesizeformat(size)),
            Fact(_("Connections"), f"{connections} / {most}", note=_("%(n)d at work") % {"n": active}),
            Fact(_("Oldest transaction"), span(oldest)),
        ]
        if connections > most * 0.9:
            return Health(DANGER, _("Nearly full"), facts, _("Hardly any connection is left: add a pooler."))
        if oldest > LONG_TRANSACTION.total_seconds():
            return Health(
                WARNING, _("Long transaction"), facts, _("Something holds a transaction open; find out what.")
            )
        return fine(*facts)


@health_checks.register("queue")
class Queue(HealthCheck):
    title, icon, position = gettext_lazy("Queue"), "inbox", 120

    def run(self) -> Health:
        try:
            lengths = broker.queue_lengths()
        except broker.BrokerDown:
            return Health(
                DANGER,
                _("Does not answer"),
                [],
                _("Orders are kept and wait. Start the queue's server again."),
            )
        facts = [Fact(_("Waiting"), f"{lengths['waiting']:,}"), Fact(_("In hand"), f"{lengths['taken']:,}")]
        if lengths["waiting"] > FAR_TOO_MANY_WAITING:
            return Health(DANGER, _("Far behind"), facts, _("Add workers."))
        if lengths["waiting"] > MANY_WAITING:
            return Health(WARNING, _("Behind"), facts, _("Watch whether it shrinks; add workers if not."))
        return fine(*facts)


@health_checks.register("workers")
class Workers(HealthCheck):
    title, icon, position = gettext_lazy("Workers"), "engineering", 130

    def run(self) -> Health:
        try:
            found = kept("workers", ASKED_EVERY, broker.workers)
        except broker.BrokerDown:
            return Health(DANGER, _("Cannot be asked"), [], _("The queue does not answer, so nobody works."))
        if not found:
            return Health(DANGER, _("None"), [], _("No worker answers. Start one: nothing is delivered."))
        facts = [
            Fact(worker.name, _doing(worker.active), note=", ".join(sorted(set(worker.active))[:3]))
            for worker in found[:8]
        ]
        return fine(*facts)


def _doing(active: list[str]) -> str:
    if not active:
        return _("at rest")
    return ngettext("%(n)d task", "%(n)d tasks", len(active)) % {"n": len(active)}


@health_checks.register("cache")
class Cache(HealthCheck):
    title, icon, position = gettext_lazy("Cache"), "bolt", 140

    def run(self) -> Health:
        token = get_random_string(12)
        cache.set("health:probe", token, 10)
        if cache.get("health:probe") == token:
            return fine()
        return Health(WARNING, _("Does not answer"), [], _("Pages are slower, nothing is lost."))


@health_checks.register("scheduler")
class Scheduler(HealthCheck):
    title, icon, position = gettext_lazy("Scheduler"), "schedule", 150
    link = ("admin:django_celery_beat_periodictask_changelist", "django_celery_beat.view_periodictask")

    def run(self) -> Health:
        enabled = PeriodicTask.objects.filter(enabled=True)
        last = enabled.aggregate(last=Max("last_run_at"))["last"]
        facts = [
            Fact(_("Last sent work"), last or _("never")),
            Fact(_("Tasks switched on"), enabled.count()),
            Fact(_("Switched off"), PeriodicTask.objects.filter(enabled=False).count()),
        ]
        age = timezone.now() - last if last else FAR_TOO_LATE * 2
        if age > LATE:
            tone = DANGER if age > FAR_TOO_LATE else WARNING
            return Health(
                tone, _("Silent"), facts, _("Start the scheduler: the sweep of orders waits for it.")
            )
        return fine(*facts)


@health_checks.register("failed-tasks")
class FailedTasks(HealthCheck):
    title, icon, position = gettext_lazy("Failed tasks"), "running_with_errors", 160
    link = ("admin:core_failedtask_changelist", "core.view_failedtask")

    def run(self) -> Health:
        waiting = failed_tasks.open_count()
        facts = [Fact(_("Wait for a decision"), waiting)]
        return Health(WARNING, _("To be seen to"), facts) if waiting else fine(*facts)


@health_checks.register("api")
class Api(HealthCheck):
    title, icon, position = gettext_lazy("API"), "api", 170
    link = ("admin:core_apirequest_changelist", "core.view_apirequest")
    looked_at = 500

    def run(self) -> Health:
        rows = list(
            ApiRequest.objects.order_by("-id").values_list("status", "milliseconds", "created_at")[
                : self.looked_at
            ]
        )
        if not rows:
            return Health("neutral", _("Not used yet"))
        broken = sum(status >= 500 for status, _ms, _at in rows)
        middle = sorted(ms for _status, ms, _at in rows)[len(rows) // 2]
        facts = [
            Fact(_("Last request"), rows[0][2]),
            Fact(_("Half are answered in"), _("%(ms)d ms") % {"ms": middle}),
            Fact(_("Errors of ours"), broken, note=_("of the last %(n)d") % {"n": len(rows)}),
        ]
        if broken * 20 > len(rows):
            return Health(DANGER, _("Failing"), facts, _("One in twenty fails: look at the latest requests."))
        return Health(WARNING, _("Some fail"), facts) if broken else fine(*facts)


@health_checks.register("disk")
class Disk(HealthCheck):
    title, icon, position = gettext_lazy("Disk"), "hard_drive", 180

    def run(self) -> Health:
        place = settings.VAR_DIR if settings.VAR_DIR.exists() else settings.BASE_DIR
        usage = shutil.disk_usage(place)
        share = usage.free / usage.total
        facts = [
            Fact(
                _("Free"),
                filesizeformat(usage.free),
                note=_("of %(size)s") % {"size": filesizeformat(usage.total)},
            )
        ]
        tone, words = _disk_state(share)
        return Health(tone, words, facts, "" if tone == OK else _("Make room before the database stops."))


def _disk_state(share: float) -> tuple[str, Any]:
    if share < 0.05:
        return DANGER, _("Nearly full")
    return (WARNING, _("Getting full")) if share < 0.15 else (OK, _("Fine"))


@health_checks.register("version")
class Version(HealthCheck):
    title, icon, position = gettext_lazy("Version"), "deployed_code", 190

    def run(self) -> Health:
        facts = [
            Fact(_("Topline"), settings.SPECTACULAR_SETTINGS["VERSION"]),
            Fact(_("Python"), platform.python_version()),
            Fact(_("Django"), django.get_version()),
            Fact(_("PostgreSQL"), _postgresql_version()),
        ]
        waiting = kept("migrations", MIGRATIONS_ASKED_EVERY, _waiting_migrations)
        if not waiting:
            return fine(*facts)
        facts.append(Fact(_("Not applied yet"), len(waiting), note=", ".join(waiting[:3])))
        return Health(DANGER, _("Half upgraded"), facts, _("Run “manage.py migrate”, then start again."))


def _postgresql_version() -> str:
    major, minor = divmod(connection.cursor().connection.info.server_version, 10_000)
    return f"{major}.{minor}"


def _waiting_migrations() -> list[str]:
    """Names of migrations that the code has and the database does not."""
    loader = MigrationLoader(connection)
    return sorted(
        f"{app}.{name}"
        for app, name in loader.graph.nodes
        if (app, name) not in (loader.applied_migrations or {})
    )
