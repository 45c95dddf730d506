from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from core.exceptions import DomainError
from core.services import audit_notes, audit_proof
from core.services.check_runs import Result


class Command(BaseCommand):
    help = _("Prove that nobody changed what was recorded; exits with 1 where somebody did.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            help=_("An end of the chain as this command printed it before: it must still be in the chain."),
        )

        parser.add_argument(
            "--accept",
            metavar="REASON",
            help=_(
                "Go on from where the chain ends now, such as after a backup was restored; it is recorded."
            ),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accept"] is not None:
            self._accept(options["accept"])
            return
        try:
            noted = [audit_notes.parse(options["head"])] if options["head"] else audit_notes.before()
        except ValueError as error:
            raise CommandError(_("--head: write it as this command printed it, such as 12:abcd….")) from error
        end = audit_notes.ends_at()
        outcome = audit_proof.prove(noted=noted)
        for result in outcome.results:
            self._show(result)
        figures = ", ".join(f"{value:,} {name}" for name, value in outcome.figures.items())
        if wrong := sum(result.count for result in outcome.results):
            raise CommandError(
                _("%(wrong)s findings in %(figures)s.") % {"wrong": f"{wrong:,}", "figures": figures}
            )
        self.stdout.write(self.style.SUCCESS(_("Nothing was changed: %(figures)s.") % {"figures": figures}))
        if end is not None:
            self.stdout.write(
                _("The chain ends at %(end)s: note it outside of this database.") % {"end": end}
            )

    def _accept(self, reason: str) -> None:
        try:
            end = audit_notes.accept(reason)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(_("The chain goes on from %(end)s.") % {"end": end})

    def _show(self, result: Result) -> None:
        if not result.count:
            self.stdout.write(f"  ok    {result.title}")
            return
        self.stdout.write(self.style.ERROR(f"  WRONG {result.title}: {result.count:,}"))
        for subject, expected, found in result.findings:
            self.stdout.write(
                _("        %(subject)s: expected %(expected)s, found %(found)s")
                % {"subject": subject, "expected": expected, "found": found}
            )
