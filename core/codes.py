"""Codes that people read off a phone or a paper and type in."""

import re


def typed_code(text: str) -> str:
    """What was typed, without the spaces and dashes between groups, in the digits that codes are made of.

    A Persian or Arabic keyboard writes digits of its own for the same numbers.
    """
    close = re.sub(r"[\s-]", "", text)
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in close)
