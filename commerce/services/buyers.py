"""Who is buying: the party behind an API key or a signed-in user, read in one query."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address, ip_network
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from commerce import sql
from commerce.models import ApiKey, Customer, Reseller
from core.actors import Actor
from core.exceptions import NotAllowed
from core.models import User
from core.prepared import prepared_cursor

# The key's last use is a courtesy to its owner: written at most this often, so that it costs the hot path nothing.
LAST_USE_RESOLUTION = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A party that may place orders: a reseller (by key or member) or a customer.

    `wallets` maps a currency to the party's wallet in this mode; `catalogue_version` is the number its catalogue
    must have, read in the same query. With a `stamp` it was read by an earlier request: see `held_buyers`.
    """

    reseller_id: int | None
    customer_id: int | None
    name: str
    status: str
    currency: str
    country: str
    price_list_id: int | None
    commission_rate: Decimal
    is_test: bool
    wallets: dict[str, int]
    catalogue_version: int
    actor: Actor
    scopes: frozenset[str]
    api_key_id: int | None = None
    user_id: int | None = None
    email: str = ""
    stamp: str = ""

    @property
    def scope(self) -> str:
        """The namespace of this party's idempotency keys; test and live never meet."""
        party = f"reseller:{self.reseller_id}" if self.reseller_id else f"customer:{self.customer_id}"
        return f"{party}:test" if self.is_test else party

    def require_scope(self) -> None:
        """Refuse a key or a member who may only look. Raises NotAllowed `missing_scope`."""
        if ApiKey.Scope.ORDER not in self.scopes:
            raise NotAllowed("missing_scope", _("This key may not place orders: it lacks the scope “order”."))

    def require_reading(self) -> None:
        """Refuse a key that may order but not look. Raises NotAllowed `missing_scope`."""
        if ApiKey.Scope.READ not in self.scopes:
            raise NotAllowed("missing_scope", _("This key may not read: it lacks the scope “read”."))

    def require_ordering(self) -> None:
        """Refuse a party that may look but not order.

        Raises:
            NotAllowed: `missing_scope`, `reseller_not_active`, `customer_blocked`.
        """
        self.require_scope()
        if self.reseller_id and self.status != Reseller.Status.ACTIVE:
            raise NotAllowed(
                "reseller_not_active",
                _("This account is %(status)s and cannot order.") % {"status": self.status},
            )
        if self.customer_id and self.status == Customer.Status.BLOCKED:
            raise NotAllowed("customer_blocked", _("This account is blocked and cannot order."))


ALL_SCOPES: frozenset[str] = frozenset(ApiKey.Scope.values)
# What a member who may only look may do.
READING: frozenset[str] = frozenset({ApiKey.Scope.READ})

_BY_KEY = sql.read("buyer_by_key")
_BY_RESELLER = sql.read("buyer_by_reseller")


def digest(key: str) -> str:
    """What is kept of an API key: the SHA-256 of the whole of it. It is random, so it needs no salt."""
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that was not revoked when it was read, whose it is, and what each use of it is judged by.

    `stamp` is the version of the rows of the key and of its reseller.
    """

    buyer: Buyer
    allowed_ips: list[str]
    expires_at: datetime | None
    last_used_at: datetime | None
    stamp: str

    def serves(self, address: str | None, now: datetime) -> bool:
        """Whether it may be used at this moment from this address."""
        return (self.expires_at is None or self.expires_at > now) and _allowed(address, self.allowed_ips)

    def use_is_noted(self, now: datetime) -> bool:
        """Whether its last use is as fresh as its owner is shown."""
        return self.last_used_at is not None and now - self.last_used_at <= LAST_USE_RESOLUTION


def buyer_by_key(key: str, *, address: str | None) -> Buyer | None:
    """The reseller of a key that is valid now and may be used from this address; None otherwise. One query."""
    known = used_key(key, address=address)
    return known.buyer if known else None


def used_key(key: str, *, address: str | None) -> KnownKey | None:
    """As `buyer_by_key`, with what else was read. Its use is noted."""
    row = _row(_BY_KEY, [digest(key)])
    if row is None:
        return None
    key_id, mode, scopes, allowed_ips, expires_at, revoked_at, last_used_at, prefix, last_four, stamp = row[
        9:
    ]
    if revoked_at is not None or row[2] == Reseller.Status.CLOSED:
        return None
    buyer = _reseller_buyer(
        row,
        is_test=mode == ApiKey.Mode.TEST,
        scopes=frozenset(scopes),
        actor=key_actor(key_id, row[1], f"{prefix}…{last_four}"),
        api_key_id=key_id,
    )
    known = KnownKey(buyer, allowed_ips, expires_at, last_used_at, stamp)
    now = timezone.now()
    if not known.serves(address, now):
        return None
    if not known.use_is_noted(now):
        ApiKey.objects.filter(pk=key_id).update(last_used_at=now)
    return known


def key_actor(key_id: int, reseller: str, shown: str) -> Actor:
    """How a key is named where it acts: in the log of requests and in events."""
    return Actor("key", str(key_id), f"{reseller} {shown}")


def buyer_by_reseller(
    reseller_id: int, *, actor: Actor, user: User | None = None, reading: bool = False
) -> Buyer | None:
    """A reseller in live mode, for one of its members or for staff acting on its behalf. One query."""
    row = _row(_BY_RESELLER, [reseller_id])
    if row is None:
        return None
    return _reseller_buyer(
        row,
        is_test=False,
        scopes=READING if reading else ALL_SCOPES,
        actor=actor,
        user_id=user.pk if user else None,
        email=user.email if user else "",
    )


def buyer_by_customer(customer: Customer, *, actor: Actor, currency: str, catalogue_version: int) -> Buyer:
    """A registered buyer, who pays each order through a gateway."""
    wallets = dict(customer.accounts.filter(kind="wallet", is_test=False).values_list("currency", "pk"))
    return Buyer(
        reseller_id=None,
        customer_id=customer.pk,
        name=customer.full_name,
        status=customer.status,
        currency=currency,
        country=customer.country,
        price_list_id=None,
        commission_rate=Decimal(0),
        is_test=False,
        wallets=wallets,
        catalogue_version=catalogue_version,
        actor=actor,
        scopes=ALL_SCOPES,
        user_id=customer.user_id,
        email=customer.email,
    )


def _reseller_buyer(
    row: tuple[Any, ...],
    *,
    is_test: bool,
    scopes: frozenset[str],
    actor: Actor,
    api_key_id: int | None = None,
    user_id: int | None = None,
    email: str = "",
) -> Buyer:
    reseller_id, name, status, currency, country, price_list_id, commission_rate, wallets, version = row[:9]
    return Buyer(
        reseller_id=reseller_id,
        customer_id=None,
        name=name,
        status=status,
        currency=currency,
        country=country,
        price_list_id=price_list_id,
        commission_rate=commission_rate,
        is_test=is_test,
        wallets=json.loads(wallets) if isinstance(wallets, str) else wallets or {},
        catalogue_version=version,
        actor=actor,
        scopes=scopes,
        api_key_id=api_key_id,
        user_id=user_id,
        email=email,
    )


def _row(query: str, params: list[Any]) -> tuple[Any, ...] | None:
    with prepared_cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchone()


def _allowed(address: str | None, networks: list[str]) -> bool:
    if not networks:
        return True
    if address is None:
        return False
    here = ip_address(address)
    return any(here in ip_network(network, strict=False) for network in networks)
