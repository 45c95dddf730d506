"""Recipient fields: what each kind makes of an answer, and that one definition agrees in all its uses."""

import re
from time import perf_counter
from typing import Any

import jsonschema
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from commerce.recipients.builder import json_schema, mask_recipient, recipient_form, validate_recipient
from commerce.recipients.iccid import luhn_valid
from commerce.recipients.kinds import field_kinds
from commerce.recipients.patterns import MAX_ANSWER, validate_pattern
from core.exceptions import InvalidInput
from tests.factories_catalog import field_def

GAME = (field_def(), field_def("zone", "zone", position=1))
EVERY_KIND = tuple(
    field_def(kind.replace(" ", "_"), kind, choices=("Asia", "Europe"), required=False)
    for kind in field_kinds
)


def refusal(fields: Any, data: Any, **options: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        validate_recipient(fields, data, **{"country": "", **options})
    return caught.value


@pytest.mark.parametrize(
    ("kind", "answer", "kept"),
    [
        ("text", "  Jane Roe ", "Jane Roe"),
        ("text", "سارا", "سارا"),
        ("player_id", "#2PP", "#2PP"),
        ("zone", " (2001) ", "2001"),
        ("msisdn", "0912 123 4567", "+989121234567"),
        ("msisdn", "+1 (415) 555-0100", "+14155550100"),
        ("msisdn", "00989121234567", "+989121234567"),
        ("meter", "0410-1234 567", "04101234567"),
        ("account_number", "ab 12/7", "AB12/7"),
        ("iccid", "8944 5000 0000 0000 019", None),
        ("iccid", "89445000000000000002", None),
        (
            "wallet_address",
            "0xAbC0000000000000000000000000000000000000",
            "0xAbC0000000000000000000000000000000000000",
        ),
        ("wallet_address", "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"),
        ("email", "Jane@Example.COM", "Jane@example.com"),
        ("choice", "Asia", "Asia"),
    ],
)
def test_an_answer_is_normalised(kind: str, answer: str, kept: str | None) -> None:
    fields = (field_def("it", kind, choices=("Asia", "Europe")),)
    if kept is None:
        assert not luhn_valid(re.sub(r"\D", "", answer)) or validate_recipient(
            fields, {"it": answer}, country=""
        )
        return
    assert validate_recipient(fields, {"it": answer}, country="IR").values == {"it": kept}


def test_an_iccid_needs_its_check_digit() -> None:
    fields = (field_def("iccid", "iccid"),)
    digits = "898600000000000000"
    right = next(f"{digits}{last}" for last in range(10) if luhn_valid(f"{digits}{last}"))
    wrong = digits + str((int(right[-1]) + 1) % 10)
    assert validate_recipient(fields, {"iccid": right}, country="").key == right
    assert "check digit" in refusal(fields, {"iccid": wrong}).message


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("player_id", "1234 5678"),
        ("player_id", "<script>"),
        ("player_id", "٣٤٥"),
        ("zone", "()"),
        ("msisdn", "12345"),
        ("msisdn", "0912123456"),
        ("msisdn", "۰۹۱۲۱۲۳۴۵۶۷"),
        ("msisdn", "1-800-FLOWERS"),
        ("msisdn", "+999123456789"),
        ("meter", "12"),
        ("iccid", "12345678901234567890"),
        ("wallet_address", "0x12"),
        ("wallet_address", "0xZZ00000000000000000000000000000000000000"),
        ("email", "jane@"),
        ("choice", "asia"),
        ("text", "a\x00b"),
        ("text", "a\nb"),
        ("text", "x" * 129),
        ("text", 5),
        ("text", None),
        ("text", ["a"]),
        ("text", {"a": 1}),
        ("text", True),
        ("text", ""),
        ("text", "   "),
    ],
)
def test_what_is_no_answer_is_refused_by_field(kind: str, answer: Any) -> None:
    error = refusal((field_def("it", kind, choices=("Asia", "Europe")),), {"it": answer}, country="IR")
    assert error.code == "invalid_recipient"
    assert list(error.errors) == ["recipient.it"]
    assert error.message.startswith("It: ")


def test_all_errors_come_at_once_and_unknown_keys_by_name() -> None:
    error = refusal(GAME, {"player_id": "", "server": "1"})
    assert set(error.errors) == {"recipient.player_id", "recipient.zone", "recipient.server"}
    assert "player_id, zone" in error.errors["recipient.server"][0]


def test_many_unknown_keys_are_not_all_repeated() -> None:
    assert len(refusal((), {f"k{n}": "v" for n in range(1000)}).errors) == 10


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_a_recipient_is_an_object(data: Any) -> None:
    assert list(refusal(GAME, data).errors) == ["recipient"]


def test_a_brand_may_ask_nothing() -> None:
    recipient = validate_recipient((), {}, country="")
    assert (recipient.values, recipient.key) == ({}, "")


def test_the_key_is_the_first_required_answer_in_lower_case_where_case_does_not_matter() -> None:
    fields = (
        field_def("note", "text", required=False),
        field_def("email", "email"),
        field_def("zone", "zone"),
    )
    answers = {"note": "Hello", "email": "Jane@Example.com", "zone": "1"}
    assert validate_recipient(fields, answers, country="").key == "jane@example.com"
    wallet = (field_def("address", "wallet_address"),)
    assert validate_recipient(wallet, {"address": "0x" + "AB" * 20}, country="").key == "0x" + "ab" * 20


def test_an_optional_answer_may_be_missing_or_empty() -> None:
    fields = (field_def(), field_def("zone", "zone", required=False))
    for data in ({"player_id": "5"}, {"player_id": "5", "zone": " "}):
        assert validate_recipient(fields, data, country="").values == {"player_id": "5"}


def test_a_pattern_must_match_the_whole_answer() -> None:
    fields = (field_def("it", "text", pattern=re.compile(r"\d{4}"), help_text="Four digits."),)
    assert validate_recipient(fields, {"it": "1234"}, country="").key == "1234"
    assert "Four digits." in refusal(fields, {"it": "12345"}).message


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b",
        r"(a|a)*b",
        r"(a*)*",
        r"([a-z]+\d?)+x",
        r"(?:a{1,60}){1,60}b",
        r"\d*\d*\d*\d*x",
        r"(a)\1+",
        r"(",
        r"a{99999999999}",
        "x" * 201,
        "(" * 100 + ")" * 100 + "+",
    ],
)
def test_a_costly_or_broken_pattern_is_refused_when_saved(pattern: str) -> None:
    with pytest.raises(ValidationError):
        validate_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d{6,12}",
        r"[A-Z]{2}\d+",
        r"(?:foo|bar)-\d{3}",
        r"T[1-9A-HJ-NP-Za-km-z]{33}",
        r"(?:\d{3}-){2}\d{4}",
        r"\w+@\w+",
    ],
)
def test_usual_patterns_may_be_saved(pattern: str) -> None:
    validate_pattern(pattern)


def test_the_costliest_pattern_allowed_is_still_fast() -> None:
    pattern = r"[ab]*[ab]*(?:a|b){0,1}[ab]{0,30}x"
    validate_pattern(pattern)
    compiled, started = re.compile(pattern), perf_counter()
    assert not compiled.fullmatch("a" * MAX_ANSWER)
    assert perf_counter() - started < 1


@given(
    st.dictionaries(st.sampled_from([field.key for field in EVERY_KIND] + ["other"]), st.text(max_size=150))
)
def test_what_is_accepted_fits_the_published_schema(data: dict[str, str]) -> None:
    try:
        validate_recipient(EVERY_KIND, data, country="IR")
    except InvalidInput as error:
        assert all(field.startswith("recipient.") for field in error.errors)
        return
    answered = {key: value for key, value in data.items() if value.strip()}
    jsonschema.validate(answered, json_schema(EVERY_KIND))


@given(st.text(max_size=150))
def test_a_kept_answer_is_kept_as_it_is_when_sent_again(text: str) -> None:
    for field in EVERY_KIND:
        try:
            kept = validate_recipient((field,), {field.key: text}, country="IR").values
        except InvalidInput:
            continue
        assert validate_recipient((field,), kept, country="IR").values == kept
        assert all(len(value) <= MAX_ANSWER and value.isprintable() for value in kept.values())


def test_the_schema_names_what_is_required_and_nothing_else_is_allowed() -> None:
    schema = json_schema(
        (field_def(), field_def("server", "choice", choices=("EU", "US"), required=False)), title="Game"
    )
    assert schema["required"] == ["player_id"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["server"]["enum"] == ["EU", "US"]
    jsonschema.Draft202012Validator.check_schema(schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"player_id": "5", "x": "1"}, schema)


def test_the_form_asks_the_same_and_reads_the_country() -> None:
    form_class = recipient_form(
        (field_def("phone", "msisdn"), field_def("server", "choice", choices=("EU", "US")))
    )
    form = form_class({"phone": "09121234567", "server": "EU"}, country="IR")
    assert form.is_valid(), form.errors
    assert form.recipient is not None
    assert form.recipient.values == {"phone": "+989121234567", "server": "EU"}
    wrong = form_class({"phone": "5", "server": "EU"}, country="IR")
    assert list(wrong.errors) == ["phone"]


def test_sensitive_answers_are_masked_for_those_who_need_not_see_them() -> None:
    fields = (field_def(), field_def("secret", "text", sensitive=True))
    values = {"player_id": "12345678", "secret": "topsecret", "gone": "1234567"}
    assert mask_recipient(fields, values) == {
        "player_id": "12345678",
        "secret": "•••••••et",
        "gone": "•••••67",
    }
    assert mask_recipient(fields, {"secret": "abcd"}) == {"secret": "••••"}
