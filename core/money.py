"""Amounts: Decimal with a currency, read strictly and rounded in one way."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import formats
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from core.exceptions import InvalidInput

# ISO 4217, with the number of decimals each is paid in. Columns keep two; a currency with three is not
# supported.
EXPONENTS = {
    "USD": 2, "EUR": 2, "GBP": 2, "AED": 2, "SAR": 2, "TRY": 2, "PKR": 2, "INR": 2, "NGN": 2, "KES": 2,
    "GHS": 2, "ZAR": 2, "PHP": 2, "IDR": 2, "BRL": 2, "MXN": 2, "IRR": 0, "JPY": 0, "KRW": 0, "VND": 0,
}  # fmt: skip
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "NGN": "₦", "JPY": "¥", "TRY": "₺"}
MAX_DIGITS, DECIMALS = 16, 2
_AMOUNTS = {
    0: re.compile(r"\d{1,10}(\.0{1,2})?\Z", re.ASCII),
    2: re.compile(r"\d{1,10}(\.\d{1,2})?\Z", re.ASCII),
}
_UNITS = {0: Decimal(1), 2: Decimal("0.01")}


class MoneyField(models.DecimalField):
    """An amount in the currency its row names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = MAX_DIGITS, DECIMALS
        super().__init__(*args, **kwargs)


def currency_choices() -> list[tuple[str, str]]:
    return [(code, code) for code in EXPONENTS]


def default_currency() -> str:
    return settings.BASE_CURRENCY


def exponent(currency: str) -> int:
    """How many decimals the currency is paid in."""
    return EXPONENTS.get(currency, DECIMALS)


def quantize(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole units of its smallest coin, half up as invoices are."""
    return amount.quantize(_UNITS[exponent(currency)], ROUND_HALF_UP)


def parse_amount(value: Any, *, currency: str, field: str) -> Decimal:
    """An amount from a request: plain ASCII digits with the currency's decimals, as text or as a JSON number.

    Raises:
        InvalidInput: `invalid_amount`, naming the field. Refuses signs, exponents, NaN, spaces, underscores,
        other scripts' digits, more decimals than the currency has, and anything that is no number.
    """
    places = exponent(currency)
    text = str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value
    if isinstance(text, str) and _AMOUNTS[places].match(text):
        amount = Decimal(text)
        if amount > 0:
            return amount
    raise InvalidInput(
        "invalid_amount",
        _("Give an amount above zero such as 10.50: digits, at most %(places)d decimals.")
        % {"places": places},
        field=field,
    )


class MoneyText(str):
    """An amount as people read it, that remembers what it is: a list's Excel file has the number."""

    __slots__ = ("amount", "currency")
    amount: Decimal
    currency: str


def format_money(amount: Decimal, currency: str) -> MoneyText:
    """For people: the sign before or the code behind, thousands grouped, in the language of the reader."""
    number = formats.number_format(
        abs(amount), decimal_pos=exponent(currency), use_l10n=True, force_grouping=True
    )
    minus = "−" if amount < 0 else ""
    sign = SIGNS.get(currency)
    said = f"{minus}{sign}{number}" if sign else f"{minus}{number} {currency}"
    if get_language_bidi():
        # In a sentence from right to left its sign would go to the other end.
        said = f"\N{LEFT-TO-RIGHT ISOLATE}{said}\N{POP DIRECTIONAL ISOLATE}"
    text = MoneyText(said)
    text.amount, text.currency = amount, currency
    return text
