"""Every route and method of the API, asked by everybody: each answers as `access_rows.TABLE` says.

Each request is made in a transaction that is rolled back, so that every caller finds the same world.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import Model
from django.urls import URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from commerce.models import (
    Account,
    Client,
    Customer,
    Delivery,
    Hold,
    Membership,
    Order,
    Payment,
    PhoneNumber,
    Product,
    Quote,
    Reseller,
    SupportTicket,
    TicketAttachment,
    TicketMessage,
    Transfer,
)
from commerce.services import api_keys, phone_numbers
from commerce.services.attachments import Upload
from core.models import Approval, IdempotencyKey, User
from tests.commerce.access_rows import ROWS, STAFF, Row
from tests.commerce.second_person import asked
from tests.factories import PASSWORD, UserFactory
from tests.factories_catalog import NumberPrefixFactory, OfferFactory, ProductFactory, RecipientFieldFactory
from tests.factories_fulfilment import buyer, place, place_for_customer, sandbox, shipped_order
from tests.factories_parties import (
    ClientFactory,
    CustomerFactory,
    MembershipFactory,
    ResellerFactory,
    key_for,
)
from tests.factories_support import says, ticket
from tests.fingerprints import fingerprints

DOCS = ("/api/schema/", "/api/docs/", "/api/redoc/")
PHONE, OWNERS_PHONE = "+14155552671", "+14155557431"
# What the two orders cost us.
COSTS = ("240.00", "38.87")
# Seconds of a time may look like an amount.
SECONDS = re.compile(r":\d\d\.\d+")
# Who may learn it, from the paths that show it to those.
SEES_COST = {"super_admin", "admin", "finance", "auditor"}
SHOWS_COST = ("/api/export/", "/api/dashboard/", "/api/analytics/")
# Who must not learn what is in a wallet that is not theirs.
BLIND = {"other", "buyer", "nobody", "ordering", "revoked", "no_role", "moderator"}
KEPT: tuple[type[Model], ...] = (
    *(Account, Client, Customer, Delivery, Hold, IdempotencyKey, Membership),
    *(Order, Payment, PhoneNumber, Quote, Reseller, Transfer, User),
    *(SupportTicket, TicketMessage, TicketAttachment),
)


@dataclass
class World:
    """An owner with one thing of every kind, a product on sale, and a stranger who can sign in."""

    owner: Reseller
    order: Order
    charge: Order
    number: PhoneNumber
    transfer: Transfer
    product: Product
    stranger: User
    file: TicketAttachment
    customer: Customer
    approval: Approval

    @cached_property
    def wallet(self) -> Account:
        return Account.objects.get(reseller=self.owner, kind=Account.Kind.WALLET, is_test=False)

    @property
    def money(self) -> list[str]:
        """What is in the wallet, and what is left of it for brief 2."""
        return [str(self.wallet.balance), str(self.wallet.balance - self.wallet.held)]

    @cached_property
    def marks(self) -> list[str]:
        """What an answer shows only if the owner's things are in it."""
        orders = [str(self.order.pk), str(self.charge.pk), str(self.order.total), str(self.charge.total)]
        return [self.owner.business_name, OWNERS_PHONE, "Owner's client", *self.money, *orders]

    def url(self, path: str) -> str:
        order = self.charge if "charge-transactions" in path else self.order
        ids = {"order_id": order.pk, "product_id": self.product.pk, "number_id": self.number.pk}
        party = {"seller_id": self.owner.pk, "reseller_id": self.owner.pk}
        asked = {"ticket_id": self.file.message.ticket_id, "file_id": self.file.pk}
        person = {"user_id": self.customer.pk}
        waits = {"approval_id": self.approval.pk}
        paid = {"transaction_id": self.order.pk, "transfer_id": self.transfer.pk}
        return path.format(**ids, **party, **asked, **person, **paid, **waits)

    def bodies(self) -> dict[str, dict[str, Any]]:
        """What is taken from those who may; a route without one is asked with nothing."""
        order = {"product": self.product.pk, "amount": "50", "recipient": {"msisdn": PHONE}}
        names = {"business_name": self.owner.business_name, "email": self.owner.email}
        topup = {
            "game_id": self.product.brand.code,
            "gamename": self.product.brand.name,
            "product_id": self.product.pk,
            "product_name": self.product.name,
            "product_price": "50",
            "user_email": "buyer@example.com",
            "recipient": {"msisdn": PHONE},
            "reference": "R-1",
        }
        return {
            **self._sign_in_bodies(),
            "PUT /api/profile/": {"full_name": "New Name", "email": "new@example.com"},
            "POST /api/recipients/validate/": {"product": self.product.pk, "recipient": {"msisdn": PHONE}},
            "POST /api/operators/lookup/": {"phone_number": PHONE},
            "POST /api/quotes/": {"product": self.product.pk, "amount": "50"},
            "POST /api/orders/": {**order, "reference": "R-1"},
            "POST /api/orders/bulk/": {"orders": [{**order, "reference": "R-1"}]},
            "PUT /api/orders/{order_id}/": {"notes": "Ring twice", "delivery_address": "2 Main Street"},
            "PATCH /api/orders/{order_id}/status/": {"status": "confirmed"},
            "POST /api/orders/{order_id}/assign-delivery/": {"courier": "Swift"},
            "POST /api/topup/": topup,
            "POST /api/payments/process/": {"order": str(self.order.pk), "gateway": "manual"},
            "POST /api/payment/webhook/": {"transaction_id": str(self.order.pk), "status": "success"},
            "POST /api/transactions/{transaction_id}/refund/": {"reason": "Late"},
            "POST /api/sellers/": {"name": "New Seller"},
            "PUT /api/sellers/{seller_id}/": {"name": self.owner.business_name, "city": "Elsewhere"},
            "POST /api/sellers/{seller_id}/increase_credit/": {"amount": "50"},
            "POST /api/sellers/{seller_id}/sell_charge/": {"phone_number": PHONE, "amount": "50"},
            "POST /api/phone-numbers/": {"number": PHONE, "seller": self.owner.pk},
            "PUT /api/phone-numbers/{number_id}/": {"number": OWNERS_PHONE, "label": "Changed"},
            "POST /api/tickets/": {"subject": "A question", "description": "Why?", "reseller": self.owner.pk},
            "POST /api/tickets/{ticket_id}/messages/": {"message": f"Asked by {self.owner}"},
            "POST /api/tickets/{ticket_id}/close/": {"reason": "Answered"},
            **self._desk_bodies(),
            "POST /api/resellers/": {"business_name": "New", "email": "new@reseller.example"},
            "PUT /api/resellers/{reseller_id}/": names,
            "PATCH /api/settings/": {"branding": {"tagline": "Fast"}},
            "PATCH /api/resellers/{reseller_id}/": {"city": "Elsewhere"},
            "PATCH /api/resellers/{reseller_id}/status/": {"status": "suspended", "reason": "Asked"},
        }

    def _desk_bodies(self) -> dict[str, dict[str, Any]]:
        question = {"subject": "Asked", "description": "Why?", "reseller": self.owner.pk}
        return {
            "POST /api/support/tickets/": question,
            "PUT /api/users/{user_id}/": {"full_name": f"{self.owner}", "email": self.customer.email},
            "PATCH /api/users/{user_id}/status/": {"status": "blocked", "reason": "Asked"},
            "POST /api/profile/consents/": {"purpose": "offers_email", "agreed": True},
            "POST /api/users/{user_id}/consents/": {"purpose": "terms", "agreed": True, "how": "By phone"},
            "PUT /api/support/tickets/{ticket_id}/": {"priority": "urgent"},
            "PATCH /api/support/tickets/{ticket_id}/assign/": {"assigned_to": None},
            "POST /api/support/tickets/{ticket_id}/reply/": {"message": f"To {self.owner}"},
        }

    def _sign_in_bodies(self) -> dict[str, dict[str, Any]]:
        """The stranger's: these paths answer whoever knows the secret, whoever asks."""
        secret = {"username": self.stranger.username, "password": PASSWORD}
        refresh = RefreshToken.for_user(self.stranger)
        return {
            "POST /api/token/": secret,
            "POST /api/auth/login/": secret,
            "POST /api/token/refresh/": {"refresh": str(refresh)},
            "POST /api/auth/token/refresh/": {"refresh": str(refresh)},
            "POST /api/auth/logout/": {"refresh": str(refresh)},
            "POST /api/token/verify/": {"token": str(refresh.access_token)},
            "POST /api/auth/password/reset/": {"email": "nobody@example.com"},
            "POST /api/register/": {"username": "newcomer", "email": "n@example.com", "password": PASSWORD},
        }


@pytest.fixture
def world(db: None, private: Path) -> World:
    owner = ResellerFactory(business_name="The Owner & Sons", funds=Decimal("7613.57"))
    ClientFactory(reseller=owner, name="Owner's client")
    provider = sandbox()
    product = ProductFactory(ranged=True, name="Airtime", step=Decimal("0.01"))
    OfferFactory(product=product, provider=provider, cost=None)
    NumberPrefixFactory(brand=product.brand, prefix="1415")
    RecipientFieldFactory(brand=product.brand, key="msisdn", kind="msisdn", label="Phone")
    charged = {
        "recipient": {"msisdn": OWNERS_PHONE},
        "amount": Decimal("43.19"),
        "channel": Order.Channel.CHARGE,
    }
    order, _delivery = shipped_order(by=buyer(owner), quantity=3)
    return World(
        owner=owner,
        order=order,
        charge=place(product=product, by=buyer(owner), **charged),
        number=phone_numbers.save_number(owner=owner, number=OWNERS_PHONE, label="Shop"),
        transfer=Transfer.objects.get(credit_account__reseller=owner),
        product=product,
        stranger=UserFactory(),
        file=asked_with_a_file(owner),
        customer=CustomerFactory(full_name=f"{owner} in person", status="active"),
        approval=asked(UserFactory(staff="finance"), owner),
    )


def asked_with_a_file(owner: Reseller) -> TicketAttachment:
    """A ticket of the owner's, whose every part names the owner."""
    about = ticket(reseller=owner, subject=f"Of {owner.business_name}")
    file = Upload("what.txt", f"Written by {owner.business_name}".encode())
    said = says("reseller", about, f"As {owner.business_name} said", files=[file])
    return TicketAttachment.objects.get(message=said)


@pytest.fixture(autouse=True)
def _no_provider_is_called() -> Iterator[None]:
    with mock.patch("commerce.services.dispatch.deliver_now"):
        yield


def with_key(key: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
    return client


def with_token(user: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(user)}")
    return client


def with_session(user: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_login(user)
    return client


def member(world: World, role: Membership.Role) -> APIClient:
    return with_token(MembershipFactory(reseller=world.owner, role=role).user)


def suspended(world: World) -> APIClient:
    Reseller.objects.filter(pk=world.owner.pk).update(status=Reseller.Status.SUSPENDED)
    return with_key(key_for(world.owner))


def revoked(world: World) -> APIClient:
    key, secret = api_keys.issue(reseller=world.owner, name="Old server")
    api_keys.revoke(key=key, reason="Leaked")
    return with_key(secret)


def staff(role: str) -> Callable[[World], APIClient]:
    return lambda world: with_token(UserFactory(staff=role))


# Two callers share a column where the way they sign in makes no difference.
CALLERS: dict[str, Callable[[World], APIClient]] = {
    "key": lambda world: with_key(key_for(world.owner)),
    "member": lambda world: member(world, Membership.Role.OWNER),
    "viewer": lambda world: member(world, Membership.Role.VIEWER),
    "other": lambda world: with_key(key_for(ResellerFactory(funds=500))),
    "buyer": lambda world: with_token(CustomerFactory(country="US").user),
    "nobody": lambda world: APIClient(raise_request_exception=False),
    "suspended": suspended,
    "reading": lambda world: with_key(key_for(world.owner, scopes=["read"])),
    "ordering": lambda world: with_key(key_for(world.owner, scopes=["order"])),
    "revoked": revoked,
    "no_role": lambda world: with_token(UserFactory(is_staff=True)),
    **{role: staff(role) for role in STAFF if role != "no_role"},
    "super_admin, session": lambda world: with_session(UserFactory(staff="super_admin")),
}


def routes() -> set[tuple[str, str]]:
    """Every method of every path under /api/, as Django would find it."""
    return {(method, path) for path, view in _views(get_resolver()) for method in _methods(view)}


def _views(resolver: URLResolver, before: str = "/") -> Iterator[tuple[str, Any]]:
    for found in resolver.url_patterns:
        path = before + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(found.pattern))
        if isinstance(found, URLResolver):
            yield from _views(found, path)
        elif path.startswith("/api/"):
            yield path, found.callback


def _methods(view: Any) -> set[str]:
    """HEAD is answered by GET's method, OPTIONS by the framework."""
    made_of = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if made_of is None:
        return {"GET"}
    named = getattr(view, "actions", None) or {m for m in made_of.http_method_names if hasattr(made_of, m)}
    return {method.upper() for method in named} - {"HEAD", "OPTIONS"}


def described() -> set[tuple[str, str]]:
    """Every operation of the OpenAPI schema."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def kept() -> dict[str, str]:
    """What a refused request must leave as it was."""
    return fingerprints(model._meta.db_table for model in KEPT)


@dataclass
class Walk:
    """One caller on the way through all rows, and what there was before."""

    world: World
    client: APIClient
    column: str

    def __post_init__(self) -> None:
        self.bodies, self.before = self.world.bodies(), kept()

    def wrong(self, row: Row) -> str:
        """What is wrong with the answer to this row; an empty text where nothing is."""
        ask, name = getattr(self.client, row.method.lower()), f"{row.method} {row.path}"
        with transaction.atomic():
            answer = ask(self.world.url(row.path), self.bodies.get(name), format="json")
            # Also of an answer that is sent while it is read.
            text = b"".join(answer).decode()
            refused = row.method != "GET" and answer.status_code >= 400
            changed = refused and kept() != self.before
            transaction.set_rollback(True)
        expected = row.cells[self.column]
        if got := _differs(expected, answer.status_code, any(mark in text for mark in self.world.marks)):
            return f"{name} is {expected}, got {got}: {text[:200]}"
        if self._tells_too_much(row.path, text):
            return f"{name} tells what is not this caller's to know: {text[:200]}"
        return f"{name} was refused and changed something" if changed else ""

    def _tells_too_much(self, path: str, text: str) -> bool:
        may = self.column in SEES_COST and path.startswith(SHOWS_COST)
        secrets = (*(() if may else COSTS), *(self.world.money if self.column in BLIND else ()))
        told = SECONDS.sub("", text)
        return any(secret in told for secret in secrets)


def _differs(expected: str, status: int, shows_the_owners: bool) -> str:
    got = str(status) if status >= 400 else "see" if shows_the_owners else "ok"
    return "" if got == expected else f"{got} ({status})"


def test_every_route_and_method_has_its_row() -> None:
    missing = routes() - {row.name for row in ROWS}
    assert not missing, f"Add a row to tests/commerce/access_rows.py for each of: {sorted(missing)}"


def test_every_row_has_its_route_and_no_other_row() -> None:
    names = [row.name for row in ROWS]
    gone = set(names) - routes()
    assert not gone, f"Take these rows out of tests/commerce/access_rows.py: {sorted(gone)}"
    assert len(names) == len(set(names)), "A route and method has one row"


def test_the_schema_describes_every_route_but_its_own_pages() -> None:
    assert described() == {(method, path) for method, path in routes() if not path.startswith(DOCS)}


@pytest.mark.parametrize("caller", CALLERS)
def test_everybody_may_do_what_the_table_says_and_no_more(caller: str, world: World) -> None:
    walk = Walk(world, CALLERS[caller](world), caller.partition(",")[0])
    failures = [found for row in ROWS if (found := walk.wrong(row))]
    assert not failures, f"As {caller}:\n" + "\n".join(failures)


def test_a_buyers_order_is_found_by_that_buyer_and_by_staff_alone(world: World) -> None:
    order, _payment = place_for_customer()
    assert order.customer is not None
    url = f"/api/orders/{UUID(str(order.pk))}/"
    assert with_token(order.customer.user).get(url).status_code == 200
    cells = next(row.cells for row in ROWS if row.name == ("GET", "/api/orders/{order_id}/"))
    for caller, cell in cells.items():
        status = CALLERS[caller](world).get(url).status_code
        theirs = cell if cell in ("401", "403") else "200" if cell == "see" and caller in STAFF else "404"
        assert str(status) == theirs, caller
