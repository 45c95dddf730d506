from argparse import ArgumentParser
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from commerce.services.proof import Check, prove


class Command(BaseCommand):
    help = _("Prove that the books are right; exits with 1 where they are not.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", help=_("Walk orders and transfers from this date or time on, such as 2026-01-31.")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        proof = prove(since=_moment(options["since"]))
        for check in proof.checks:
            self._show(check)
        figures = ", ".join(f"{value:,} {name}" for name, value in proof.figures.items())
        if not proof.right:
            wrong = sum(check.count for check in proof.checks)
            raise CommandError(
                _("%(wrong)s findings in %(figures)s.") % {"wrong": f"{wrong:,}", "figures": figures}
            )
        self.stdout.write(
            self.style.SUCCESS(
                _("The books are right: %(figures)s, %(seconds).1f s.")
                % {"figures": figures, "seconds": proof.seconds}
            )
        )

    def _show(self, check: Check) -> None:
        if not check.count:
            self.stdout.write(f"  ok    {check.title} ({check.seconds:.2f} s)")
            return
        self.stdout.write(self.style.ERROR(f"  WRONG {check.title}: {check.count:,}"))
        for finding in check.findings:
            self.stdout.write(
                _("        %(subject)s: expected %(expected)s, found %(found)s")
                % {"subject": finding.subject, "expected": finding.expected, "found": finding.found}
            )


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = parse_datetime(text) or _midnight(text)
    if moment is None:
        raise CommandError(_("--since: “%(text)s” is no date or time, such as 2026-01-31.") % {"text": text})
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _midnight(text: str) -> datetime | None:
    day = parse_date(text)
    return datetime.combine(day, time.min) if day else None
