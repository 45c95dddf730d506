"""A caller who sends anything to the paths that take money, and the world as it must be afterwards."""

import json
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.db.models import Model
from rest_framework.test import APIClient

from commerce.models import (
    Account,
    Client,
    Delivery,
    Hold,
    Order,
    Payment,
    Product,
    Quote,
    Reseller,
    Transfer,
    WebhookMessage,
)
from core.models import IdempotencyKey
from tests.factories import UserFactory
from tests.factories_catalog import BrandFactory, NumberPrefixFactory, RecipientFieldFactory, sellable
from tests.factories_parties import ResellerFactory, key_for
from tests.fingerprints import fingerprints

BY_KEY = ("orders", "bulk", "topup", "quotes", "sell")
PATHS = (*BY_KEY, "fund")
KEPT: tuple[type[Model], ...] = (
    *(Order, Transfer, Hold, Payment, Quote, Delivery, WebhookMessage, IdempotencyKey, Account, Client),
)
PHONE, PLAYER = "+14155552671", {"player_id": "51234000", "zone": "2001"}
ABSENT = 9_999_999_999


def everything() -> dict[str, str]:
    """Every row that an order, a payment or a credit could add or change."""
    return fingerprints(model._meta.db_table for model in KEPT)


def problem_of(answer: Any) -> dict[str, Any]:
    """The refusal in the one form all of them have."""
    assert answer.status_code < 500, answer.content[:500]
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content[:500]
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["error"] == problem["detail"]
    assert problem["request_id"] == answer.headers["X-Request-Id"] != ""
    return problem


@dataclass
class World:
    """A reseller with 250.00, what it may buy, what it may not, and somebody else's things."""

    seller: Reseller
    pack: Product
    airtime: Product
    asleep: Product
    withdrawn: Product
    other_game: Product
    caller: APIClient
    staff: APIClient

    def url(self, path: str) -> str:
        seller = f"/api/sellers/{self.seller.pk}/"
        urls = {"bulk": "/api/orders/bulk/", "sell": f"{seller}sell_charge/"}
        return urls.get(path) or (f"{seller}increase_credit/" if path == "fund" else f"/api/{path}/")

    def good(self, path: str) -> dict[str, Any]:
        """A body that would be taken."""
        order = {"product": self.pack.pk, "recipient": PLAYER, "reference": "web-1"}
        topup = {
            "game_id": "pubg123",
            "gamename": "PUBG Mobile",
            "product_id": self.pack.pk,
            "product_name": "UC Pack 500",
            "product_price": "100.00",
            "user_email": "p@example.com",
        }
        return {
            "orders": order,
            "bulk": {"orders": [order]},
            "topup": {**topup, "recipient": PLAYER, "reference": "web-1"},
            "quotes": {"product": self.airtime.pk, "amount": "50"},
            "sell": {"phone_number": PHONE, "amount": "50", "reference": "web-1"},
            "fund": {"amount": "50"},
        }[path]

    def send(self, path: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        caller = self.staff if path == "fund" else self.caller
        return caller.post(self.url(path), raw, content_type=content_type, headers=headers)

    def refused(self, path: str, body: Any, status: int, code: str, field: str = "", **headers: str) -> Any:
        """Send it and see it refused for this reason, with everything as it was, even the key unused."""
        before = everything()
        answer = self.send(path, body, **{"Idempotency-Key": "bad-input", **headers})
        problem = problem_of(answer)
        told = (str(body)[:200], problem)
        assert (answer.status_code, problem["code"]) == (status, code), told
        assert not field or field in problem["errors"], told
        assert everything() == before, told
        return problem

    def changed(self, path: str, change: dict[str, Any]) -> dict[str, Any]:
        return {**self.good(path), **change}

    def placed(self, path: str = "orders", **headers: str) -> None:
        with mock.patch("commerce.services.dispatch.deliver_now"):
            assert self.send(path, self.good(path), **headers).status_code < 300


def by_key(key: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
    return client


def by_staff(role: str = "finance") -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(UserFactory(staff=role))
    return client


def make_world() -> World:
    game = BrandFactory(code="pubg123", name="PUBG Mobile")
    RecipientFieldFactory(brand=game)
    RecipientFieldFactory(brand=game, key="zone", kind="zone", label="Zone")
    operator = BrandFactory(code="tmobile", name="T-Mobile")
    NumberPrefixFactory(brand=operator, prefix="1415")
    RecipientFieldFactory(brand=operator, key="msisdn", kind="msisdn", label="Phone")
    airtime = sellable(brand=operator, ranged=True, name="Airtime")
    airtime.offers.update(cost=None)
    seller = ResellerFactory(funds=250)
    return World(
        seller=seller,
        pack=sellable(brand=game, name="UC Pack 500"),
        airtime=airtime,
        asleep=sellable(brand=game, name="Old Pack", active=False),
        withdrawn=sellable(brand=BrandFactory(code="gone", name="Gone", active=False), name="Gone Pack"),
        other_game=sellable(brand=BrandFactory(code="coc123", name="Clash"), name="Gems"),
        caller=by_key(key_for(seller)),
        staff=by_staff(),
    )
