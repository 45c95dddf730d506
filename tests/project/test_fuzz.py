"""Hostile requests to every operation of the API, made from its own schema, by everyone who may call it.

FUZZ_EXAMPLES sets how many requests each operation gets of each caller; few by default, so that it stays a test.
"""

import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework_simplejwt.tokens import AccessToken
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core import site_settings
from core.models import User
from project.wsgi import application
from tests.factories import UserFactory
from tests.factories_catalog import RecipientFieldFactory
from tests.factories_orders import Shop, make_shop
from tests.factories_parties import CustomerFactory, MembershipFactory, key_for
from tests.factories_support import ticket

# A case of Schemathesis, what it names in its path, and whether it is sent to something that is there.
type Request = tuple[Any, dict[str, Any], bool]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {AccessToken.for_user(user)}"}


CALLERS: dict[str, Callable[[Shop], dict[str, str]]] = {
    "nobody": lambda shop: {},
    "key": lambda shop: {"Authorization": f"Api-Key {key_for(shop.reseller)}"},
    "member": lambda shop: bearer(MembershipFactory(reseller=shop.reseller).user),
    "buyer": lambda shop: bearer(CustomerFactory().user),
    "staff": lambda shop: bearer(UserFactory(staff="super_admin")),
}


@pytest.fixture
def shop(db: None) -> Shop:
    shop = make_shop(funds=100_000)
    RecipientFieldFactory(brand=shop.product.brand)
    return shop


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """As Django's own test client does: the requests stay in the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("caller", CALLERS)
def test_no_operation_fails_or_answers_what_the_schema_does_not_say(caller: str, shop: Shop) -> None:
    headers = CALLERS[caller](shop)
    order = shop.delivered(recipient={"player_id": "123456"})
    real = {
        "order_id": str(order.pk),
        "product_id": shop.product.pk,
        "seller_id": shop.reseller.pk,
        "reseller_id": shop.reseller.pk,
        "transaction_id": str(order.pk),
        "user_id": CustomerFactory().pk,
        "ticket_id": ticket(reseller=shop.reseller).pk,
    }
    failures: list[str] = []
    for operation, requests in _operations():
        # What one wrote (closed the API, say) is no business of the next.
        before = transaction.savepoint()
        try:
            _attack(requests, headers, real)
        except Exception as error:
            failures.append(f"{operation.method} {operation.path}: {error}")
        transaction.savepoint_rollback(before)
        site_settings.forget()
    assert not failures, "\n\n".join(failures)


@cache
def _operations() -> list[tuple[Any, list[Request]]]:
    """Each with the requests to it, the same for every caller: they take longer to make than to answer."""
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
    operations = [found.ok() for found in schema.get_all_operations()]
    return [(operation, _requests(operation)) for operation in operations]


def _requests(operation: Any) -> list[Request]:
    made: list[Request] = []

    @given(case=operation.as_strategy(), at_something_real=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def make(case: Any, at_something_real: bool) -> None:
        made.append((case, dict(case.path_parameters or {}), at_something_real))

    make()
    return made


def _attack(requests: list[Request], headers: dict[str, str], real: dict[str, Any]) -> None:
    for case, named, at_something_real in requests:
        case.path_parameters = {
            name: real.get(name, value) if at_something_real else value for name, value in named.items()
        }
        case.validate_response(case.call(headers=headers), checks=CHECKS)
