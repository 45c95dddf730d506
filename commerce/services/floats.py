"""Our prepaid balances at providers, as the providers tell them."""

from decimal import Decimal

from django.utils.translation import gettext as _

from commerce.models import Provider
from commerce.services.catalogue_reading import read_version
from commerce.services.routing import directory
from core.exceptions import Conflict


def read_balance(*, provider: Provider) -> Decimal | None:
    """Ask a provider now, in its currency; None where it does not tell.

    Raises:
        Conflict: `provider_unreachable`, or `no_adapter`.
    """
    live = directory(read_version()).providers.get(provider.pk)
    if live is None:
        raise Conflict("no_adapter", _("No adapter of this name is installed."))
    try:
        return live.adapter.balance()
    except Exception as error:
        raise Conflict(
            "provider_unreachable", _("The provider gave no clear answer. Try again later.")
        ) from error
