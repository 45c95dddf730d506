"""What happened to the parties themselves: opened, let in, given keys and credit, suspended, blocked.

Told at its time among everything else, because a page shows the latest events first by their number.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from commerce.demo.moments import MINUTE, millis, stamp
from commerce.demo.parties import Crowd, Seller
from commerce.demo.prices import escaped, text
from commerce.models import ApiKey, Client, Customer, Reseller
from commerce.services.clients import EVENTS as CLIENT_EVENTS

# Takes the time and the line of an event.
type Tell = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Hands:
    """Who of the staff did what, as columns of an actor."""

    admin: str
    finance: str
    support: str


def tell_of_parties(crowd: Crowd, hands: Hands, tell: Tell) -> None:
    for reseller, seller in zip(crowd.resellers, crowd.sellers, strict=True):
        _reseller(reseller, seller, hands, tell)
    for key in crowd.keys:
        _key(key, crowd.sellers[key.reseller_id - 1], hands, tell)
    for client in crowd.clients:
        _client(client, hands, tell)
    for customer in crowd.customers:
        _customer(customer, hands, tell)


def _reseller(reseller: Reseller, seller: Seller, hands: Hands, tell: Tell) -> None:
    def happened(at: int, what: str, data: dict[str, Any]) -> None:
        tell(at, _line(f"reseller.{what}", "commerce.reseller", reseller.id, hands.admin, data, at))

    at = millis(reseller.created_at)
    happened(at, "opened", {"name": reseller.business_name, "status": "pending"})
    if reseller.status == Reseller.Status.PENDING:
        return
    letting_in = {"before": "pending", "after": "active", "reason": "Papers and bank account are in order."}
    happened(at + (3 + reseller.id % 7) * MINUTE, "activated", letting_in)
    _credit(seller, hands, at + 12 * MINUTE, tell)
    if reseller.status != Reseller.Status.ACTIVE:
        ended = {"before": "active", "after": reseller.status, "reason": reseller.status_reason}
        happened(millis(reseller.updated_at), reseller.status, ended)


def _credit(seller: Seller, hands: Hands, at: int, tell: Tell) -> None:
    for wallet in seller.wallets.values():
        if wallet.limit:
            data = {
                "before": "0.00",
                "after": text(wallet.limit),
                "currency": wallet.currency,
                "reason": "Agreed in the contract.",
            }
            kind = "wallet.credit_limit_changed"
            tell(at, _line(kind, "commerce.account", wallet.id, hands.finance, data, at))


def _key(key: ApiKey, seller: Seller, hands: Hands, tell: Tell) -> None:
    at = millis(key.created_at) + 14 * MINUTE
    issued = {"reseller": seller.id, "name": key.name, "mode": key.mode, "key": str(key)}
    tell(at, _line("key.issued", "commerce.apikey", key.id, hands.admin, issued, at))
    if key.revoked_at:
        at = millis(key.revoked_at)
        revoked = {"key": str(key), "reason": "The account was closed."}
        tell(at, _line("key.revoked", "commerce.apikey", key.id, hands.admin, revoked, at))


def _client(client: Client, hands: Hands, tell: Tell) -> None:
    at = millis(client.created_at)
    added = {"reseller": client.reseller_id, "name": client.name}
    tell(at, _line("client.added", "commerce.client", client.id, hands.admin, added, at))
    if client.status != Client.Status.ACTIVE:
        at = millis(client.updated_at)
        data = {"before": "active", "after": client.status, "reason": client.status_reason}
        kind = CLIENT_EVENTS[Client.Status(client.status)]
        tell(at, _line(kind, "commerce.client", client.id, hands.admin, data, at))


def _customer(customer: Customer, hands: Hands, tell: Tell) -> None:
    at = millis(customer.created_at)
    username = (customer.email or "").partition("@")[0]
    themselves = f"customer\t{customer.user_id or ''}\t{customer.full_name}"
    data = {"username": username}
    tell(at, _line("customer.registered", "commerce.customer", customer.id, themselves, data, at))
    if customer.status == Customer.Status.BLOCKED:
        at = millis(customer.updated_at)
        blocked = {"before": "active", "reason": customer.status_reason}
        tell(at, _line("customer.blocked", "commerce.customer", customer.id, hands.support, blocked, at))


def _line(kind: str, subject: str, identity: int, actor: str, data: dict[str, Any], at: int) -> str:
    body = escaped(json.dumps(data, ensure_ascii=False, default=str))
    return f"{kind}\t{subject}\t{identity}\t{actor}\t{body}\t\t{stamp(at)}\n"
