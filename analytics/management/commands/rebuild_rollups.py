import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.services import rollups


class Command(BaseCommand):
    help = _("Compute the days behind the dashboards anew from the orders.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", help=_("Only from this day on, such as 2026-01-31."))

    def handle(self, *args: Any, **options: Any) -> None:
        since, started = options["since"], time.perf_counter()
        day = _day(since) if since else None
        count = rollups.rebuild(since=day)
        words = ngettext("%(count)s day in %(seconds).1f s.", "%(count)s days in %(seconds).1f s.", count)
        self.stdout.write(
            self.style.SUCCESS(words % {"count": f"{count:,}", "seconds": time.perf_counter() - started})
        )


def _day(text: str) -> Any:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(_("--since: “%(text)s” is no date, such as 2026-01-31.") % {"text": text})
    return day
