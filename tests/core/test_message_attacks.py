"""Texts made to be slow to look at: refused in bounded time, whatever stands in them. No row is asked for or kept."""

import time

import pytest

from core.exceptions import InvalidInput
from core.messages import wording

SECONDS = 1.0
HALF = 50 * 1024
SLOW = {
    "open braces": "{" * 2 * HALF,
    "closing braces": "}" * 2 * HALF,
    "braces far apart": "{ " * HALF,
    "a brace and nothing but space": "{" + " " * (2 * HALF - 1),
    "tags that never end": "{%" * HALF,
    "shells that never end": "${" * HALF,
    "names that never end": ("{" + "a" * 40) * (HALF // 40),
    "nested": "{name" * (2 * HALF // 5),
    "a format's width": "{name:>1000000000}",
    "a format's width within": "{name:{name}}",
    "attributes": "{name" + ".__class__" * 10_000 + "}",
    "words without an end, then a brace": "x" * (2 * HALF - 1) + "{",
    "lines": "\n{" * HALF,
    "controls": "\x00" * 2 * HALF,
    "half a pair": "\ud800" * 10_000,
    "a hundred megabytes": "{" * (100 * 1024 * 1024),
}


@pytest.mark.parametrize("attack", SLOW)
def test_it_is_refused_in_bounded_time(attack: str) -> None:
    began = time.process_time()
    with pytest.raises(InvalidInput) as refused:
        wording.check(event="welcome_user", channel="email", subject="Welcome", body=SLOW[attack])
    assert time.process_time() - began < SECONDS
    assert set(refused.value.errors) == {"body"}
    assert len(refused.value.errors["body"][0]) < 400


def test_what_is_filled_in_stays_as_it_is_and_does_not_grow() -> None:
    """A value that looks like a placeholder is not read again, so texts do not double with each round."""
    began = time.process_time()
    text = "{name}\n" * wording.MOST_PLACEHOLDERS
    filled = wording.fill(text, wording.clean({"name": "{name}" * 10_000}))
    assert time.process_time() - began < SECONDS
    assert len(filled) <= wording.MOST_PLACEHOLDERS * (wording.LONGEST_VALUE + 1)
    assert "{name}{name}" in filled
