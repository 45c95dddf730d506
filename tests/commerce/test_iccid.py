"""A SIM's serial number is read as printed, and a wrong one is told what is wrong with it."""

import pytest

from commerce.recipients.iccid import IccidError, check_digit, read

RIGHT = "8988211000000123458"


@pytest.mark.parametrize("text", [RIGHT, " 8988 2110 0000 0123 458 ", "8988-2110-0000-0123-458"])
def test_an_iccid_is_read_as_printed(text):
    assert read(text) == RIGHT


@pytest.mark.parametrize("length", [18, 19, 20, 22])
def test_operators_use_18_to_22_digits(length):
    digits = ("8949" + "0123456789" * 2)[: length - 1]
    assert read(digits + check_digit(digits)) == digits + check_digit(digits)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("89882110O0000123458", "Character 9, “O”, is no digit"),
        ("７988211000000123458", "Character 1"),
        ("7988211000000123458", "begins with “79”"),
        ("8988211000", "this has 10"),
        ("89882110000001234581234", "this has 23"),
        ("8988211000000123459", "the last digit is 9, and the digits before it ask for 8"),
        ("8988211000000124358", "two are swapped"),
        ("", "begins with 89"),
    ],
)
def test_a_wrong_one_is_told_what_is_wrong(text, told):
    with pytest.raises(IccidError, match=told):
        read(text)
