from datetime import datetime
from decimal import Decimal

import pytest
from django.utils.formats import date_format
from django.utils.translation import override

from core.exceptions import InvalidInput
from core.money import EXPONENTS, format_money, parse_amount, quantize


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        ("10", "10"),
        ("10.5", "10.5"),
        ("0.01", "0.01"),
        (12, "12"),
        (Decimal("3.99"), "3.99"),
        ("9999999999.99", "9999999999.99"),
    ],
)
def test_plain_amounts_are_read_exactly(given, amount):
    assert parse_amount(given, currency="USD", field="amount") == Decimal(amount)


@pytest.mark.parametrize(
    "given",
    [
        "", " 5 ", "5 ", "+5", "-5", "1e2", "1E2", "NaN", "Infinity", "1_000", "1,000", "٣", "５", "0x10",
        "5.", ".5",
        "1.999", "0.000000001", "10000000000", "5\n", "0", "0.00", None, True, False, 1.5, [], {}, b"5",
        Decimal("NaN"), Decimal("Infinity"), Decimal("1E+2"), Decimal("-1"), Decimal("0.001"), -1, 0, 10**12,
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_names_the_field(given):
    with pytest.raises(InvalidInput) as refused:
        parse_amount(given, currency="USD", field="price")
    assert refused.value.code == "invalid_amount"
    assert list(refused.value.errors) == ["price"]


def test_a_currency_without_coins_takes_no_fractions():
    assert parse_amount("500000", currency="IRR", field="amount") == Decimal(500000)
    with pytest.raises(InvalidInput):
        parse_amount("500000.50", currency="IRR", field="amount")


def test_halves_round_away_from_zero():
    assert quantize(Decimal("0.125"), "USD") == Decimal("0.13")
    assert quantize(Decimal("-0.125"), "USD") == Decimal("-0.13")
    assert quantize(Decimal("10.5"), "JPY") == Decimal("11")


def test_amounts_are_grouped_for_people_and_a_minus_is_a_minus():
    assert format_money(Decimal("1234567.5"), "USD") == "$1,234,567.50"
    assert format_money(Decimal("-3"), "PKR") == "−3.00 PKR"
    assert format_money(Decimal("1200"), "IRR") == "1,200 IRR"


def test_no_currency_needs_more_decimals_than_columns_keep():
    assert max(EXPONENTS.values()) <= 2


@pytest.mark.parametrize("language", ["fa", "ar", "ur"])
def test_an_amount_reads_alike_in_languages_from_right_to_left_and_stays_in_one_piece(language):
    """Isolated: between Persian words “$1” would be shown as “1$”."""
    with override(language):
        assert format_money(Decimal("1611.76"), "USD") == "\u2066$1,611.76\u2069"


@pytest.mark.parametrize("language", ["fa", "ar", "ur", "fr", "es"])
def test_a_moment_is_short_enough_for_a_column_in_every_language(language):
    with override(language):
        said = date_format(datetime(2026, 11, 21, 20, 5), "DATETIME_FORMAT")
    assert said.startswith("21 ") and said.endswith(" 20:05") and len(said) <= 22
