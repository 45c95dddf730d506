"""Text that a spreadsheet would compute is made plain text."""

import re

# What makes a cell a formula in one of the spreadsheets, their full-width twins included.
STARTS = frozenset("=+-@＝＋－＠")
BREAKS = frozenset("\t\r\n")
# Blanks that `str.strip` leaves and spreadsheets skip.
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u200e\u200f"
# Nothing but a sign and digits: computing it gives itself, and an apostrophe would spoil it for every reader.
PHONE = re.compile(r"\+[0-9]{4,15}\Z")
# XML has no place for these, and no reader of a CSV file expects them.
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might compute it: the first character that counts decides."""
    if not text or PHONE.match(text):
        return False
    if text[0] in BREAKS:
        return True
    bare = text.strip().strip(INVISIBLE).strip()
    return bare[:1] in STARTS if bare else False


def neutral(text: str) -> str:
    """The text without control characters, led by an apostrophe where it might be computed."""
    if text.isprintable() and text[:1].isalnum():
        return text  # nearly all there is
    clean = CONTROLS.sub("", text)
    return f"'{clean}" if is_formula(clean) else clean
