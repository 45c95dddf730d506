"""Our prepaid balances at providers, as the providers tell them."""

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Provider
from commerce.services.catalogue_reading import read_version
from commerce.services.routing import directory
from core.exceptions import Conflict

log = logging.getLogger(__name__)

# Watched every five minutes; what is older is not believed any more.
KEPT_SECONDS = 1_800
_KEY = "commerce.provider-floats"


@dataclass(frozen=True, slots=True)
class Float:
    """What a provider last said of our balance there, in its currency."""

    provider_id: int
    name: str
    currency: str
    balance: Decimal
    low: Decimal
    at: datetime

    @property
    def is_low(self) -> bool:
        return self.balance < self.low


def watch() -> int:
    """Ask the providers that have a limit to warn at; one that does not answer is left out.

    Returns:
        How many told.
    """
    told: list[Float] = []
    for provider in Provider.objects.filter(active=True, low_float__gt=0).order_by("name"):
        try:
            balance = read_balance(provider=provider)
        except Conflict as error:
            log.warning(
                "a provider did not tell its float", extra={"provider": provider.code, "why": error.code}
            )
            continue
        if balance is not None:
            now = timezone.now()
            told.append(
                Float(provider.pk, provider.name, provider.currency, balance, provider.low_float, now)
            )
    cache.set(_KEY, told, KEPT_SECONDS)
    return len(told)


def known_floats() -> list[Float]:
    """What the providers told last, and not too long ago."""
    known: list[Float] = cache.get(_KEY) or []
    return known


def low_floats() -> list[Float]:
    """The providers at which we are short, as they told last."""
    return [one for one in known_floats() if one.is_low]


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
