"""Everything bad a caller can send to the paths that take money: refused by name, and nothing is changed."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient
from standardwebhooks.webhooks import Webhook

from commerce.models import ApiKey, Reseller
from commerce.services import api_keys, phone_numbers
from core.ids import uuid7
from tests.factories_fulfilment import place_for_customer
from tests.factories_orders import make_shop
from tests.factories_parties import ResellerFactory
from tests.hostile_bodies import (
    AMOUNT_FIELDS,
    LONGEST,
    MEMBERS,
    NO_AMOUNTS,
    NO_NUMBERS,
    ORDERS,
    RANGES,
    UNREADABLE,
    Change,
    recipient,
)
from tests.hostile_caller import (
    ABSENT,
    BY_KEY,
    PATHS,
    PHONE,
    World,
    by_key,
    by_staff,
    everything,
    make_world,
    problem_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


# What cannot even be read, on every path.


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_body_that_cannot_be_read_is_refused_quickly_on_every_path(world: World, case: str) -> None:
    for path in PATHS:
        began = time.process_time()
        world.refused(path, *UNREADABLE[case])
        assert time.process_time() - began < 2, path


@pytest.mark.parametrize("path", PATHS)
def test_only_json_is_taken(world: World, path: str) -> None:
    body = json.dumps(world.good(path)).encode()
    for other in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "?"):
        world.refused(path, body, 415, "unsupported_media_type", content_type=other)


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_body_lacks_its_fields(world: World, path: str) -> None:
    field = {"bulk": "orders", "topup": "game_id", "sell": "phone_number", "fund": "amount"}.get(
        path, "product"
    )
    world.refused(path, b"", 400, "invalid_type" if path == "bulk" else "required", field)


# Amounts, as the JSON they stand in.


def with_raw(world: World, path: str, field: str, raw: str) -> bytes:
    body = world.changed(path, {field: "@"})
    if path == "orders" and field == "amount":
        body |= {"product": world.airtime.pk, "recipient": {"msisdn": PHONE}}
    return json.dumps(body).replace('"@"', raw).encode()


@pytest.mark.parametrize(("path", "field"), AMOUNT_FIELDS)
def test_what_is_no_amount_is_named(world: World, path: str, field: str) -> None:
    for raw in NO_AMOUNTS:
        world.refused(path, with_raw(world, path, field, raw), 400, "invalid_amount", field)


@pytest.mark.parametrize(("path", "field"), AMOUNT_FIELDS)
def test_a_number_that_is_not_plain_digits_is_no_json(world: World, path: str, field: str) -> None:
    for raw in NO_NUMBERS:
        world.refused(path, with_raw(world, path, field, raw), 400, "invalid_request")


# Members of the wrong type or size.


@pytest.mark.parametrize(("path", "member", "values"), MEMBERS)
def test_a_member_of_the_wrong_type_is_named(world: World, path: str, member: str, values: list[Any]) -> None:
    for value in values:
        world.refused(path, world.changed(path, {member: value}), 400, "invalid_type", member)


@pytest.mark.parametrize(("path", "member"), RANGES)
def test_a_whole_number_out_of_range_is_named(world: World, path: str, member: str) -> None:
    for value in (0, -1, 2**63, 10**30):
        world.refused(path, world.changed(path, {member: value}), 400, "out_of_range", member)


@pytest.mark.parametrize(("path", "member", "most"), LONGEST)
def test_a_text_that_is_too_long_is_named(world: World, path: str, member: str, most: int) -> None:
    world.refused(path, world.changed(path, {member: "x" * (most + 1)}), 400, "too_long", member)


@pytest.mark.parametrize("path", ["topup", "sell", "fund", "quotes", "orders"])
def test_each_member_that_is_needed_is_named_when_it_is_null(world: World, path: str) -> None:
    needed = {"orders": ["product"], "quotes": ["product"], "fund": ["amount"]}.get(path) or [
        member for member in world.good(path) if member not in ("recipient", "reference")
    ]
    for member in needed:
        world.refused(path, world.changed(path, {member: None}), 400, "required", member)


# What the catalogue, the wallet or the party's own things do not allow. Single orders and bulk lines alike.


@pytest.mark.parametrize("case", ORDERS)
def test_a_bad_order_is_refused_alone_and_in_bulk(world: World, case: str) -> None:
    change, *expected = ORDERS[case]
    body = world.changed("orders", change(world))

    world.refused("orders", body, *expected)

    assert refused_line(world, body)["code"] == expected[1]


def refused_line(world: World, *lines: Any) -> dict[str, Any]:
    """The answer of the last of these lines, all of which are refused."""
    before = everything()
    answer = world.send("bulk", {"orders": list(lines)})
    assert (answer.status_code, answer.json()["placed"]) == (200, 0), answer.content
    assert everything() == before
    line: dict[str, Any] = answer.json()["results"][-1]
    return line


# The brief's top-up, where game, name, id and price must all be the product's; and brief 2's charge.

TOPUPS: dict[str, tuple[Change, str, str, str]] = {
    "unknown game": (lambda w: {"game_id": "nothing"}, "unknown_game", "game_id", "no game"),
    "inactive game": (lambda w: {"game_id": "gone"}, "game_inactive", "game_id", "not active"),
    "another game's name": (lambda w: {"gamename": "Clash"}, "game_mismatch", "gamename", "PUBG Mobile"),
    "another game's id": (lambda w: {"game_id": "coc123"}, "game_mismatch", "gamename", "Clash"),
    "unknown product": (lambda w: {"product_id": ABSENT}, "unknown_product", "product_id", "no product"),
    "another game's product": (
        lambda w: {"product_id": w.other_game.pk},
        *("unknown_product", "product_id", "no product"),
    ),
    "another product's name": (
        lambda w: {"product_name": "Gems"},
        *("product_mismatch", "product_name", "UC Pack 500"),
    ),
    "inactive product": (
        lambda w: {"product_id": w.asleep.pk, "product_name": "Old Pack"},
        *("product_unavailable", "product_id", "cannot be ordered"),
    ),
    "too low a price": (lambda w: {"product_price": "99.99"}, "price_mismatch", "product_price", "100.00"),
    "too high a price": (lambda w: {"product_price": 101}, "price_mismatch", "product_price", "100.00"),
    "below the range": (lambda w: ranged(w, 5), "amount_out_of_range", "product_price", "10.00"),
    "off the step": (lambda w: ranged(w, 52), "amount_off_step", "product_price", "5.00"),
    "a bad phone": (
        lambda w: {**ranged(w, 50), "recipient": {"msisdn": "12"}},
        *("invalid_recipient", "recipient.msisdn", "phone number"),
    ),
    "no zone": (
        lambda w: {"recipient": {"player_id": "1"}},
        *("invalid_recipient", "recipient.zone", "required"),
    ),
    "an extra field": (recipient(shoe_size="9"), "invalid_recipient", "recipient.shoe_size", "no such field"),
    "no e-mail": (lambda w: {"user_email": "nobody"}, "invalid_email", "user_email", "e-mail"),
    "a status of its own": (
        lambda w: {"payment_status": "paid"},
        "invalid_choice",
        "payment_status",
        "pending",
    ),
    "a list of statuses": (lambda w: {"payment_status": []}, "invalid_choice", "payment_status", "pending"),
}


def ranged(world: World, price: int) -> dict[str, Any]:
    product = {"product_id": world.airtime.pk, "product_name": "Airtime", "product_price": price}
    return {"game_id": "tmobile", "gamename": "T-Mobile", **product, "recipient": {"msisdn": PHONE}}


@pytest.mark.parametrize("case", TOPUPS)
def test_a_bad_topup_is_refused_with_what_would_be_right(world: World, case: str) -> None:
    change, code, field, told = TOPUPS[case]
    problem = world.refused("topup", world.changed("topup", change(world)), 400, code, field)
    assert told in problem["errors"][field][0]


def test_a_buyers_bad_topup_opens_no_payment(world: World) -> None:
    world.caller = APIClient(raise_request_exception=False)
    order, _payment = place_for_customer()
    world.caller.force_authenticate(order.customer.user)
    world.refused(
        "topup", world.changed("topup", {"product_price": 1}), 400, "price_mismatch", "product_price"
    )


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"phone_number": "12"}, "invalid_phone", "phone_number"),
        ({"phone_number": "+١٤١٥٥٥٥٢٦٧١"}, "invalid_phone", "phone_number"),
        ({"phone_number": "  "}, "required", "phone_number"),
        ({"phone_number": "+442079460000"}, "unknown_operator", "phone_number"),
        ({"amount": "9.99"}, "amount_out_of_range", "amount"),
        ({"amount": 505}, "amount_out_of_range", "amount"),
        ({"amount": 52}, "amount_off_step", "amount"),
        ({"amount": 300}, "insufficient_credit", ""),
    ],
)
def test_a_bad_charge_is_refused(world: World, change: dict[str, Any], code: str, field: str) -> None:
    world.refused("sell", world.changed("sell", change), 400, code, field)


@pytest.mark.parametrize("case", ["unknown product", "inactive product", "below the range", "off the step"])
def test_a_bad_question_for_a_price_is_refused(world: World, case: str) -> None:
    change, *expected = ORDERS[case]
    world.refused("quotes", world.changed("quotes", change(world)), *expected)


# The same again, and many at once.


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("orders", {"quantity": 2}),
        ("bulk", {"atomic": True}),
        ("topup", {"user_email": "q@example.com"}),
        ("sell", {"amount": "55"}),
        ("fund", {"amount": "55"}),
    ],
)
def test_a_used_key_is_good_for_no_other_body(world: World, path: str, change: dict[str, Any]) -> None:
    world.placed(path, **{"Idempotency-Key": "bad-input"})
    world.refused(path, world.changed(path, {"reference": "web-2", **change}), 422, "idempotency_mismatch")


@pytest.mark.parametrize(("path", "status"), [("orders", 409), ("topup", 409), ("sell", 400)])
def test_a_reference_is_good_once(world: World, path: str, status: int) -> None:
    world.placed()
    world.refused(path, world.good(path), status, "duplicate_reference", "reference")
    assert refused_line(world, world.good("orders"))["code"] == "duplicate_reference"


@pytest.mark.parametrize("path", ["orders", "topup", "bulk", "sell", "fund"])
@pytest.mark.parametrize("key", ["x" * 256, "ключ", "a\tb"])
def test_a_key_that_is_no_key_is_named(world: World, path: str, key: str) -> None:
    headers = {"Idempotency-Key": key}
    world.refused(path, world.good(path), 400, "invalid_idempotency_key", "Idempotency-Key", **headers)


@pytest.mark.parametrize("path", ["orders", "bulk"])
def test_an_order_without_key_or_reference_is_refused(world: World, path: str) -> None:
    nameless = {**world.good("orders"), "reference": ""}
    body = {"orders": [world.good("orders"), nameless]} if path == "bulk" else nameless
    field = "orders" if path == "bulk" else "reference"
    world.refused(path, body, 400, "idempotency_key_required", field, **{"Idempotency-Key": ""})


@pytest.mark.parametrize("lines", [0, 1001, 200_000])
def test_a_bulk_has_one_to_a_thousand_lines(world: World, lines: int) -> None:
    began = time.process_time()
    world.refused("bulk", {"orders": [{}] * lines}, 400, "too_many_lines", "orders")
    assert time.process_time() - began < 2


@pytest.mark.parametrize("line", [None, 5, "x", [], [{}]])
def test_a_line_that_is_no_order_is_refused_alone(world: World, line: Any) -> None:
    assert refused_line(world, line)["code"] == "invalid_body"


def test_a_reference_twice_in_one_bulk_is_refused_the_second_time(world: World) -> None:
    order = world.good("orders")
    answer = world.send("bulk", {"orders": [order, order]})
    assert [line.get("code") for line in answer.json()["results"]] == [None, "duplicate_reference"]


def test_a_bulk_of_all_or_none_with_a_bad_line_changes_nothing(world: World) -> None:
    before = everything()
    answer = world.send("bulk", {"orders": [world.good("orders"), {}], "atomic": True})
    assert (answer.status_code, answer.json()["placed"]) == (400, 0)
    assert everything() == before


# Who calls.


def key_of(world: World, **columns: Any) -> APIClient:
    row, text = api_keys.issue(reseller=world.seller, name="Server")
    ApiKey.objects.filter(pk=row.pk).update(**columns)
    return by_key(text)


CALLERS: dict[str, tuple[Callable[[World], APIClient], int, str]] = {
    "nobody": (lambda w: APIClient(), 401, "not_authenticated"),
    "an invented key": (lambda w: by_key("tl_live_invented"), 401, "invalid_api_key"),
    "an endless key": (lambda w: by_key("x" * 5000), 401, "invalid_api_key"),
    "half a header": (lambda w: by_key(""), 401, "invalid_api_key"),
    "a revoked key": (lambda w: key_of(w, revoked_at=timezone.now()), 401, "invalid_api_key"),
    "an expired key": (lambda w: key_of(w, expires_at=timezone.now()), 401, "invalid_api_key"),
    "from elsewhere": (lambda w: key_of(w, allowed_ips=["203.0.113.0/24"]), 401, "invalid_api_key"),
    "a reading key": (lambda w: key_of(w, scopes=["read"]), 403, "missing_scope"),
    "a suspended reseller": (lambda w: become(w, "suspended"), 403, "reseller_not_active"),
    "a pending reseller": (lambda w: become(w, "pending"), 403, "reseller_not_active"),
    "a closed reseller": (lambda w: become(w, "closed"), 401, "invalid_api_key"),
}


def become(world: World, status: str) -> APIClient:
    Reseller.objects.filter(pk=world.seller.pk).update(status=status)
    return world.caller


@pytest.mark.parametrize("case", CALLERS)
def test_who_may_not_order_changes_nothing(world: World, case: str) -> None:
    make, *expected = CALLERS[case]
    world.caller = make(world)
    for path in BY_KEY:
        world.refused(path, world.good(path), *expected)


def test_credit_is_given_by_staff_who_may_only(world: World) -> None:
    for caller, code in ((by_staff("support"), "permission_denied"), (world.caller, "permission_denied")):
        world.staff = caller
        world.refused("fund", world.good("fund"), 403, code)


@pytest.mark.parametrize("kind", ["orders", "phone-numbers", "sellers"])
def test_somebody_elses_thing_is_told_as_none_at_all(world: World, kind: str) -> None:
    other = ResellerFactory()
    number = phone_numbers.save_number(owner=other, number="+14155552672")
    ids = {"orders": (make_shop().order().pk, uuid7()), "phone-numbers": (number.pk, ABSENT)}
    before = everything()
    told = []
    for pk in ids.get(kind, (other.pk, 10**30)):
        ways = {"orders": ["cancel/"], "sellers": ["sell_charge/", "increase_credit/"]}.get(kind, [])
        answers = [
            world.caller.get(f"/api/{kind}/{pk}/"),
            world.caller.put(f"/api/{kind}/{pk}/", {}, format="json"),
        ]
        answers += [
            world.caller.post(f"/api/{kind}/{pk}/{way}", world.good("sell"), format="json") for way in ways
        ]
        told.append([{**problem_of(answer), "request_id": ""} for answer in answers])
    assert {problem["status"] for problem in told[0]} == {404}
    assert told[0] == told[1]
    assert everything() == before


# What a gateway tells.

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes!").decode()
FORGERIES: dict[str, dict[str, Any]] = {
    "unsigned": {"signature": ""},
    "signed by another": {"secret": "whsec_" + base64.b64encode(b"somebody else's secret").decode()},
    "signed for another body": {"signed": b"{}"},
    "stale": {"age": timedelta(minutes=6)},
    "from the future": {"age": timedelta(minutes=-6)},
    "garbled": {"signature": "v1,====="},
}


@pytest.mark.parametrize("case", FORGERIES)
def test_a_webhook_that_is_not_the_gateways_pays_nothing(world: World, settings: Any, case: str) -> None:
    settings.PAYMENT_WEBHOOK_SECRETS = [SECRET]
    forgery = {"secret": SECRET, "age": timedelta(0), **FORGERIES[case]}
    _order, payment = place_for_customer()
    raw = json.dumps({"transaction_id": str(payment.pk), "status": "success"}).encode()
    at, before = datetime.now(UTC) - forgery["age"], everything()
    signature = Webhook(forgery["secret"]).sign("msg_1", at, forgery.get("signed", raw).decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp()))}
    headers["webhook-signature"] = forgery.get("signature", signature)

    answer = APIClient().post("/api/payment/webhook/", raw, content_type="application/json", headers=headers)

    assert (answer.status_code, problem_of(answer)["code"]) == (401, "invalid_signature")
    assert everything() == before
