import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from commerce.services import demo
from core.exceptions import DomainError

MOST_ORDERS, MOST_RESELLERS = 10_000_000, 200_000


class Command(BaseCommand):
    help = _(
        "Load the demo business into an empty database: a year of orders. Does nothing where it is there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", type=_count(MOST_ORDERS), default=20_000, help=_("How many orders."))
        parser.add_argument(
            "--resellers", type=_count(MOST_RESELLERS), default=25, help=_("How many resellers.")
        )

    def handle(self, *args: Any, orders: int, resellers: int, **options: Any) -> None:
        started = time.monotonic()
        try:
            seeded = demo.seed(orders=orders, resellers=resellers)
        except DomainError as error:
            raise CommandError(error.message) from error
        if not seeded.fresh:
            self.stdout.write(_("The demo business is there already."))
            return
        self.stdout.write(
            self.style.SUCCESS(
                _(
                    "The demo business is ready: %(orders)s orders of %(resellers)s resellers, %(seconds).1f s."
                )
                % {
                    "orders": f"{orders:,}",
                    "resellers": f"{resellers:,}",
                    "seconds": time.monotonic() - started,
                }
            )
        )


def _count(most: int):  # type: ignore[no-untyped-def]  # what argparse calls
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
            raise ArgumentTypeError(_("a number from 1 to %(most)s") % {"most": f"{most:,}"})
        return int(text)

    return read
