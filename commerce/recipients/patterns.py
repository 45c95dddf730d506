"""Patterns that staff write for recipient fields, kept from taking long: answers are short, so is the search.

At worst a backtracking matcher tries every way to share a text among a pattern's repeats. Their number
is bounded here when the pattern is saved; nested repeats such as `(a+)+` have an astronomical one: refused.
"""

import re
import re._constants as ops  # type: ignore[import-untyped]
import re._parser as parser  # type: ignore[import-untyped]
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MAX_PATTERN = 200
# The longest answer to a recipient field; patterns never see more.
MAX_ANSWER = 128
# Two free repeats and some fixed structure: under a tenth of a second on the longest answer.
MAX_WAYS = MAX_ANSWER**2 * 64


class TooCostlyError(Exception):
    """The pattern could take long, or uses what cannot be bounded."""


def validate_pattern(pattern: str) -> None:
    """Refuse a pattern that does not compile or could take long.

    Raises:
        ValidationError: `pattern_too_long`, `pattern_invalid` or `pattern_too_costly`.
    """
    if len(pattern) > MAX_PATTERN:
        raise ValidationError(
            _("A pattern has at most %(most)d characters."),
            code="pattern_too_long",
            params={"most": MAX_PATTERN},
        )
    try:
        re.compile(pattern, re.ASCII)
        ways(parser.parse(pattern, re.ASCII))
    except (re.error, OverflowError, RecursionError) as error:
        raise ValidationError(
            _("This is not a regular expression: %(error)s"),
            code="pattern_invalid",
            params={"error": str(error)},
        ) from error
    except TooCostlyError as error:
        raise ValidationError(
            _("This pattern could take too long. Avoid repeats within repeats, and use fewer of + and *."),
            code="pattern_too_costly",
        ) from error


def ways(sequence: Any) -> int:
    """An upper bound of the ways in which the parts of a parsed pattern can share the longest answer.

    Raises:
        TooCostlyError: above `MAX_WAYS`, or with back-references and look-around.
    """
    product = 1
    for operator, argument in sequence:
        product *= _ways_of(operator, argument)
        if product > MAX_WAYS:
            raise TooCostlyError
    return product


def _ways_of(operator: Any, argument: Any) -> int:
    if operator in (ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN, ops.AT):
        return 1
    if operator is ops.SUBPATTERN:
        return ways(argument[-1])
    if operator is ops.ATOMIC_GROUP:
        return ways(argument)
    if operator is ops.BRANCH:
        return sum(ways(branch) for branch in argument[1])
    if operator in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
        least, most, repeated = argument
        return _ways_of_repeat(least, min(int(most), MAX_ANSWER), ways(repeated))
    raise TooCostlyError


def _ways_of_repeat(least: int, most: int, inner: int) -> int:
    counts = max(most - least, 0) + 1
    return counts if inner == 1 else min(counts * inner ** min(most, MAX_ANSWER), MAX_WAYS + 1)
