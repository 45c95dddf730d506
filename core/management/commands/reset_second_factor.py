from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from core.authentication import find_user
from core.exceptions import DomainError
from core.services import second_factor


class Command(BaseCommand):
    help = _("Take the lost phone off an account, where no other super admin can do it in the admin.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help=_("User name or e-mail address."))

    def handle(self, *args: Any, **options: Any) -> None:
        user = find_user(options["name"])
        if user is None:
            raise CommandError(_("Nobody has this user name or e-mail address."))
        try:
            second_factor.reset_by_hand(user=user)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(_("They set up a phone again when they next sign in."))
