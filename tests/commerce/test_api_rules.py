"""The API & webhooks page: open or closed, test keys, rates, and whose webhooks are believed."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from standardwebhooks.webhooks import Webhook

from commerce.models import ApiKey
from core import site_settings
from core.api_settings import ApiPage, api_rules
from core.ids import uuid7
from core.site_settings import save
from tests.factories import UserFactory
from tests.factories_fulfilment import place_for_customer, refreshed
from tests.factories_parties import ResellerFactory, key_for

pytestmark = pytest.mark.django_db
PAGE = "/admin/settings/api/"
SECRET = "whsec_" + base64.b64encode(b"typed on the page, 32 bytes long").decode()
SENT = {
    "api_open": "on",
    "sandbox": "on",
    "rate_caller": "300000",
    "rate_address": "300",
    "rate_sign_in": "30",
    "rate_writing": "30",
    "webhook_kilobytes": "64",
}


def staff(role: str = "admin") -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role), backend="core.authentication.EmailOrUsernameBackend")
    return client


def caller(**options: Any) -> Client:
    return Client(headers={"authorization": f"Api-Key {key_for(ResellerFactory(), **options)}"})


def webhook(body: dict[str, str], *, secret: str = SECRET) -> Any:
    raw, message_id, at = json.dumps(body), f"msg_{uuid7()}", datetime.now(UTC)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, raw),
    }
    return Client().post("/api/payment/webhook/", raw, content_type="application/json", headers=headers)


def test_a_closed_api_says_so_to_everybody_and_opens_again() -> None:
    client, asking = staff(), caller()
    assert asking.get("/api/products/").status_code == 200
    closed = {name: value for name, value in SENT.items() if name != "api_open"}
    assert client.post(PAGE, closed | {"closed_message": "From Monday on."}).status_code == 302
    answer = asking.get("/api/products/")
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (
        503,
        "api_closed",
        "From Monday on.",
    )
    assert int(answer["Retry-After"]) > 0
    assert Client().get("/api/settings/").json()["api"]["api_open"] is False
    assert "The API is closed." in client.get("/admin/").content.decode()
    assert client.post(PAGE, SENT).status_code == 302
    assert asking.get("/api/products/").status_code == 200


def test_test_keys_work_as_long_as_the_settings_say() -> None:
    trying, selling = caller(mode=ApiKey.Mode.TEST), caller()
    assert trying.get("/api/products/").status_code == 200
    save(ApiPage, {"sandbox": False}, user=None)
    answer = trying.get("/api/products/")
    assert (answer.status_code, answer.json()["code"]) == (401, "sandbox_closed")
    assert selling.get("/api/products/").status_code == 200


@pytest.mark.parametrize(("rate", "statuses"), [(2, [200, 200, 429]), (0, [200, 200, 200])])
def test_callers_are_slowed_down_by_the_rates_of_the_page(rate: int, statuses: list[int]) -> None:
    save(ApiPage, {"rate_caller": rate}, user=None)
    asking = caller()
    assert [asking.get("/api/products/").status_code for _request in statuses] == statuses


def test_a_rate_of_the_environment_is_in_force_and_shown(settings: Any) -> None:
    settings.SETTINGS_FROM_ENVIRONMENT = {"API_RATE_CALLER": "1"}
    site_settings.forget()
    assert "Set by API_RATE_CALLER" in staff().get(PAGE).content.decode()
    asking = caller()
    assert [asking.get("/api/products/").status_code for _request in range(2)] == [200, 429]


def test_a_secret_typed_on_the_page_signs_webhooks_and_is_never_seen_again() -> None:
    order, payment = place_for_customer()
    body = {"transaction_id": str(payment.pk), "status": "success"}
    assert webhook(body).status_code == 401
    client = staff()
    assert client.post(PAGE, SENT | {"payment_webhook_secret": SECRET}).status_code == 302
    assert SECRET not in client.get(PAGE).content.decode()
    assert webhook(body).status_code == 200
    assert refreshed(order).payment_status == "held"
    client.post(PAGE, SENT | {"remove_payment_webhook_secret": "on"})
    assert webhook(body).status_code == 401


def test_an_old_secret_goes_on_beside_a_new_one() -> None:
    _order, payment = place_for_customer()
    another = "whsec_" + base64.b64encode(b"the new one, also 32 bytes long!").decode()
    staff().post(PAGE, SENT | {"payment_webhook_secret": f"{another}, {SECRET}"})
    body = {"transaction_id": str(payment.pk), "status": "success"}
    assert webhook(body).status_code == webhook(body, secret=another).status_code == 200


@pytest.mark.parametrize("secret", ["hello", "whsec_short", "whsec_ÿÿÿÿ", "whsec_" + "!" * 40])
def test_what_is_no_secret_is_refused(secret: str) -> None:
    answer = staff().post(PAGE, SENT | {"payment_webhook_secret": secret})
    assert "at least 24 bytes in base64" in answer.content.decode()
    assert not api_rules().payment_webhook_secret


def test_a_secret_of_a_key_that_is_gone_is_no_secret(settings: Any) -> None:
    from cryptography.fernet import Fernet

    save(ApiPage, {"payment_webhook_secret": SECRET}, user=None)
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert webhook({"transaction_id": str(uuid7()), "status": "success"}).status_code == 401
    assert staff().get(PAGE).status_code == 200


def test_webhooks_are_as_large_as_the_page_allows() -> None:
    save(ApiPage, {"webhook_kilobytes": 1}, user=None)
    answer = webhook({"transaction_id": "x" * 2000, "status": "success"})
    assert answer.status_code == 413
    assert "at most 1 KB" in answer.json()["detail"]
