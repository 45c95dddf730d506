"""Keys of resellers' servers: issued once, rotated with overlap, revoked for good.

Only the SHA-256 is kept.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import ApiKey, Reseller, Transfer
from commerce.services import ledger
from commerce.services.buyers import digest
from commerce.services.contacts import check
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.models import User

PREFIXES = {ApiKey.Mode.LIVE: "tl_live_", ApiKey.Mode.TEST: "tl_test_"}
SHOWN = 4
RANDOM_BYTES = 32
# What a test wallet begins with, in the reseller's currency: enough to try anything, and to run dry once.
PLAY_MONEY = Decimal("10000")


@transaction.atomic
def issue(
    *,
    reseller: Reseller,
    name: str,
    mode: ApiKey.Mode = ApiKey.Mode.LIVE,
    scopes: Sequence[str] = tuple(ApiKey.Scope.values),
    expires_at: datetime | None = None,
    allowed_ips: Sequence[str] = (),
    created_by: User | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its text, which exists nowhere else.

    The first test key puts play money into the test wallet, so that it works at once.

    Args:
        allowed_ips: addresses or networks; none allows all.

    Raises:
        InvalidInput: naming `name`, `scopes`, `expires_at` or `allowed_ips`.
        Conflict: `reseller_closed`.
    """
    if reseller.status == Reseller.Status.CLOSED:
        raise Conflict("reseller_closed", _("A closed reseller gets no keys."))
    secret = PREFIXES[ApiKey.Mode(mode)] + secrets.token_urlsafe(RANDOM_BYTES)
    key = ApiKey(
        reseller=reseller,
        name=name.strip(),
        mode=mode,
        digest=digest(secret),
        prefix=secret[: len(PREFIXES[ApiKey.Mode(mode)]) + SHOWN],
        last_four=secret[-4:],
        scopes=_scopes(scopes),
        allowed_ips=_networks(allowed_ips),
        expires_at=_in_future(expires_at),
        created_by=created_by,
    )
    check(key)
    key.save()
    if key.mode == ApiKey.Mode.TEST:
        _give_play_money(reseller)
    record(
        "key.issued",
        subject=key,
        data={"reseller": reseller.pk, "name": key.name, "mode": key.mode, "key": str(key)},
    )
    return key, secret


@transaction.atomic
def rotate(*, key: ApiKey, overlap: timedelta = timedelta(days=1)) -> tuple[ApiKey, str]:
    """A new key in the place of an old one, which goes on working for `overlap`.

    Raises:
        Conflict: `key_revoked`, `key_rotated`.
    """
    key = _lock(key)
    if key.rotated_to_id:
        raise Conflict("key_rotated", _("This key was rotated already."))
    until = timezone.now() + overlap
    fresh, secret = issue(
        reseller=key.reseller,
        name=key.name,
        mode=ApiKey.Mode(key.mode),
        scopes=key.scopes,
        allowed_ips=key.allowed_ips,
        created_by=key.created_by,
    )
    key.rotated_to = fresh
    key.expires_at = min(filter(None, [key.expires_at, until]))
    key.save(update_fields=["rotated_to", "expires_at"])
    record("key.rotated", subject=key, data={"to": str(fresh), "works_until": key.expires_at.isoformat()})
    return fresh, secret


@transaction.atomic
def revoke(*, key: ApiKey, reason: str) -> ApiKey:
    """End a key now and for ever.

    Raises:
        InvalidInput: `reason_required`. Conflict: `key_revoked`.
    """
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    key = _lock(key)
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
    record("key.revoked", subject=key, data={"key": str(key), "reason": reason.strip()})
    return key


def _lock(key: ApiKey) -> ApiKey:
    key = ApiKey.objects.select_for_update(of=("self",)).select_related("reseller").get(pk=key.pk)
    if key.revoked_at:
        raise Conflict("key_revoked", _("This key is revoked already."))
    return key


def _scopes(scopes: Sequence[str]) -> list[str]:
    known = [scope for scope in ApiKey.Scope.values if scope in scopes]
    if not known or len(known) != len(set(scopes)):
        raise InvalidInput("invalid_scopes", _("Choose at least one of the known scopes."), field="scopes")
    return known


def _networks(networks: Sequence[str]) -> list[str]:
    try:
        return [str(ip_network(network.strip(), strict=False)) for network in networks if network.strip()]
    except ValueError as error:
        raise InvalidInput(
            "invalid_address", _("Enter addresses or networks, such as 203.0.113.0/24."), field="allowed_ips"
        ) from error


def _in_future(moment: datetime | None) -> datetime | None:
    if moment and moment <= timezone.now():
        raise InvalidInput("expired", _("The key would have expired already."), field="expires_at")
    return moment


def _give_play_money(reseller: Reseller) -> None:
    wallet = ledger.lock_wallet(
        ledger.wallet_for(party=reseller, currency=reseller.currency, is_test=True).pk
    )
    if not Transfer.objects.filter(credit_account=wallet, kind=Transfer.Kind.FUNDING).exists():
        ledger.fund(account=wallet, amount=PLAY_MONEY, reason=_("Play money for test mode."))
