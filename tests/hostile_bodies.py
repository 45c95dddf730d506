"""What hostile callers send: bodies that cannot be read, amounts that are none, members of the wrong kind, orders
that cannot be."""

from collections.abc import Callable
from typing import Any

from commerce.models import Client
from commerce.services import quotes
from core.ids import uuid7
from tests.factories_fulfilment import buyer
from tests.factories_parties import ClientFactory
from tests.hostile_caller import ABSENT, PHONE, PLAYER, World

# By name: the body, and the status, code and field it is refused with.
UNREADABLE = {
    "no JSON": (b"not json", 400, "invalid_request", ""),
    "half a JSON": (b'{"product": ', 400, "invalid_request", ""),
    "invalid UTF-8": (b'{"reference": "\xff\xfe"}', 400, "invalid_request", ""),
    "a surrogate in UTF-8": (b'{"reference": "\xed\xa0\x80"}', 400, "invalid_request", ""),
    "a byte order mark": (b"\xef\xbb\xbf{}", 400, "invalid_request", ""),
    "a raw NUL": (b'{"reference": "\x00"}', 400, "invalid_request", ""),
    "NaN": (b'{"amount": NaN}', 400, "invalid_request", ""),
    "41 digits": (b'{"amount": ' + b"9" * 41 + b"}", 400, "invalid_request", ""),
    "an array": (b"[]", 400, "invalid_body", ""),
    "a string": (b'"order"', 400, "invalid_body", ""),
    "a number": (b"7", 400, "invalid_body", ""),
    "null": (b"null", 400, "invalid_body", ""),
    "an escaped NUL": (b'{"reference": "a\\u0000"}', 400, "invalid_text", "reference"),
    "a lone surrogate": (b'{"reference": "\\ud800"}', 400, "invalid_text", "reference"),
    "a name with a NUL": (b'{"recipient": {"\\u0000": "1"}}', 400, "invalid_text", "recipient"),
    "a nested NUL": (b'{"recipient": {"zone": ["\\u0000"]}}', 400, "invalid_text", "recipient.zone"),
    "deep nesting": (b'{"recipient": ' + b"[" * 30 + b"]" * 30 + b"}", 400, "invalid_body", "recipient"),
    "endless nesting": (b"[" * 100_000, 400, "invalid_request", ""),
    "endless objects": (b'{"a":' * 100_000, 400, "invalid_request", ""),
    "10 MB": (b'{"notes": "' + b"x" * 10_000_000 + b'"}', 413, "body_too_large", ""),
    "10 MB of nothing": (b" " * 10_000_000, 413, "body_too_large", ""),
}

# As the JSON they stand in.
AMOUNT_FIELDS = [
    *(("orders", "amount"), ("orders", "max_price"), ("topup", "product_price")),
    *(("quotes", "amount"), ("sell", "amount"), ("fund", "amount")),
]
NO_AMOUNTS = [
    *("0", '"0"', '"0.00"', "-1", '"-1"', "-0", '"+1"', "true", "false", "[]", "{}", '["5"]', '""', '"ten"'),
    *('"1e2"', '"1E2"', '"NaN"', '"Infinity"', '"-Infinity"', '"0x10"', '"1_000"', '"1,000"', '"10,5"'),
    *('"٣"', '"٣٩٩"', '"５"', '"³"', '" 5 "', '"5\\n"', '"$5"', '"5.123456789"', "5.123456789", '"50.001"'),
    *("0.000000001", '".5"', '"5."', "9" * 11, "9" * 30, f'"{"9" * 5000}"'),
]
NO_NUMBERS = ["1e2", "1E2", "1e-9", "1e999999", "NaN", "Infinity", "-Infinity", "9" * 41, "05", "1_000", "٣"]

TEXTS: list[Any] = [5, 1.5, True, ["x"], {"a": "b"}]
WHOLE: list[Any] = ["1", "x", 1.5, True, [1], {}]
OBJECTS: list[Any] = ["x", 5, True, [], [PLAYER]]
MEMBERS = [
    *(("orders", member, WHOLE) for member in ("product", "quantity", "client")),
    *(
        ("orders", member, TEXTS)
        for member in ("reference", "notes", "delivery_address", "user_email", "quote")
    ),
    *(
        ("topup", member, TEXTS)
        for member in ("game_id", "gamename", "product_name", "user_email", "reference")
    ),
    *(("orders", "recipient", OBJECTS), ("topup", "recipient", OBJECTS), ("topup", "product_id", WHOLE)),
    *(("quotes", "product", WHOLE), ("quotes", "quantity", WHOLE)),
    *(("sell", "phone_number", TEXTS), ("sell", "reference", TEXTS)),
    *(("bulk", "orders", [None, "x", 5, True, {}]), ("bulk", "atomic", [None, "true", 1, [], {}])),
]
RANGES = [
    *(("orders", "product"), ("orders", "quantity"), ("orders", "client"), ("topup", "product_id")),
    *(("quotes", "product"), ("quotes", "quantity")),
]
LONGEST = [
    *(("orders", "reference", 64), ("orders", "notes", 1000), ("orders", "delivery_address", 500)),
    *(("orders", "user_email", 254), ("orders", "quote", 36), ("topup", "reference", 64)),
    *(("topup", "game_id", 60), ("topup", "gamename", 120), ("topup", "product_name", 120)),
    *(("topup", "user_email", 254), ("sell", "phone_number", 32), ("sell", "reference", 64)),
]

type Change = Callable[[World], dict[str, Any]]


def refill(**values: Any) -> Change:
    return lambda w: {"product": w.airtime.pk, "recipient": {"msisdn": PHONE}, "amount": "50", **values}


def recipient(**values: Any) -> Change:
    return lambda w: {"recipient": {**PLAYER, **values}}


ORDERS: dict[str, tuple[Change, int, str, str]] = {
    "unknown product": (lambda w: {"product": ABSENT}, 400, "unknown_product", "product"),
    "inactive product": (lambda w: {"product": w.asleep.pk}, 400, "product_unavailable", "product"),
    "inactive brand": (lambda w: {"product": w.withdrawn.pk}, 400, "product_unavailable", "product"),
    "no recipient": (lambda w: {"recipient": None}, 400, "invalid_recipient", "recipient.player_id"),
    "no zone": (lambda w: {"recipient": {"player_id": "1"}}, 400, "invalid_recipient", "recipient.zone"),
    "blank zone": (recipient(zone="  "), 400, "invalid_recipient", "recipient.zone"),
    "a number for a zone": (recipient(zone=2001), 400, "invalid_recipient", "recipient.zone"),
    "a list for a zone": (recipient(zone=["1"]), 400, "invalid_recipient", "recipient.zone"),
    "a long zone": (recipient(zone="1" * 41), 400, "invalid_recipient", "recipient.zone"),
    "an Arabic player": (recipient(player_id="٣"), 400, "invalid_recipient", "recipient.player_id"),
    "an extra field": (recipient(shoe_size="9"), 400, "invalid_recipient", "recipient.shoe_size"),
    "a short phone": (refill(recipient={"msisdn": "12"}), 400, "invalid_recipient", "recipient.msisdn"),
    "no such phone": (refill(recipient={"msisdn": "+1999"}), 400, "invalid_recipient", "recipient.msisdn"),
    "Arabic phone": (refill(recipient={"msisdn": "+١٤١٥"}), 400, "invalid_recipient", "recipient.msisdn"),
    "an amount of a fixed product": (lambda w: {"amount": "100"}, 400, "invalid_amount", "amount"),
    "no amount of a range": (refill(amount=None), 400, "invalid_amount", "amount"),
    "below the range": (refill(amount="9.99"), 400, "amount_out_of_range", "amount"),
    "above the range": (refill(amount="505"), 400, "amount_out_of_range", "amount"),
    "off the step": (refill(amount="52"), 400, "amount_off_step", "amount"),
    "too many": (lambda w: {"quantity": 11}, 400, "invalid_quantity", "quantity"),
    "above the highest price": (lambda w: {"max_price": "99.99"}, 400, "price_above_max", "max_price"),
    "no e-mail": (lambda w: {"user_email": "nobody"}, 400, "invalid_email", "user_email"),
    "no quote": (lambda w: {"quote": str(uuid7())}, 400, "unknown_quote", "quote"),
    "foreign quote": (lambda w: {"quote": foreign_quote(w)}, 400, "unknown_quote", "quote"),
    "no client": (lambda w: {"client": ABSENT}, 400, "unknown_client", "client"),
    "foreign client": (lambda w: {"client": ClientFactory().pk}, 400, "unknown_client", "client"),
    "suspended client": (lambda w: {"client": suspended_client(w)}, 403, "client_not_active", "client"),
    "insufficient credit": (lambda w: {"quantity": 3}, 400, "insufficient_credit", ""),
}


def foreign_quote(world: World) -> str:
    return str(quotes.create_quote(buyer=buyer(), product_id=world.pack.pk).pk)


def suspended_client(world: World) -> int:
    return ClientFactory(reseller=world.seller, status=Client.Status.SUSPENDED).pk
