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
def _operations() -> list[tuple[Any, Any]]:
    """Each with what makes requests to it, which takes longer to build than they take."""
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
    operations = [found.ok() for found in schema.get_all_operations()]
    return [(operation, operation.as_strategy()) for operation in operations]


def _attack(requests: Any, headers: dict[str, str], real: dict[str, Any]) -> None:
    @given(case=requests, at_something_real=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def hostile(case: Any, at_something_real: bool) -> None:
        if at_something_real:
            for name in set(case.path_parameters or {}) & set(real):
                case.path_parameters[name] = real[name]
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    hostile()
