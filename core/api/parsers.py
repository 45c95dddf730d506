"""Reading JSON strictly: numbers stay exact, and what PostgreSQL could not store is refused by name."""

import json
from decimal import Decimal
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from core.exceptions import InvalidInput

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 20
MAX_NUMBER_LENGTH = 40


def _number(text: str) -> Decimal:
    if len(text) > MAX_NUMBER_LENGTH or "e" in text or "E" in text:
        raise ValueError(_("Write numbers as plain digits, without an exponent."))
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER_LENGTH:
        raise ValueError(_("This number is too long."))
    return int(text)


def _constant(text: str) -> None:
    raise ValueError(_("%(text)s is not a number of JSON.") % {"text": text})


_decoder = json.JSONDecoder(parse_float=_number, parse_int=_integer, parse_constant=_constant)


class StrictJSONParser(JSONParser):
    """Decimals instead of floats; no exponents, NaN, NUL bytes, lone surrogates, or bodies past 2 MB."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            raw = stream.read(MAX_BYTES + 1)
            if len(raw) > MAX_BYTES:
                raise RequestDataTooBig
            if parser_context and "request" in parser_context:
                # The idempotency hash is of what was sent, not of what was understood.
                parser_context["request"]._request.raw_json = raw
            text = raw.decode("utf-8")
            data = _decoder.decode(text)
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON: %(error)s") % {"error": error}) from error
        _check_depth(data)
        # Only what is escaped can be harmful, so most bodies are not walked.
        if "\\u" in text or "\x00" in text:
            _check(data, "")
        return data


def _check_depth(data: Any) -> None:
    if not _is_deeper(data, MAX_DEPTH):
        return
    fields = data.items() if isinstance(data, dict) else ()
    deep = next((str(name) for name, inner in fields if _is_deeper(inner, MAX_DEPTH - 1)), "body")
    raise InvalidInput("invalid_body", _("The body is nested too deeply."), field=deep)


def _is_deeper(data: Any, most: int) -> bool:
    """Level by level, so that a thousand lines of a bulk call cost next to nothing."""
    level = [data]
    for _depth in range(most + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _check(value: Any, where: str) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise InvalidInput(
                "invalid_text", _("This text has a character that cannot be stored."), field=where or "body"
            )
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check(key, where)
            _check(inner, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, where)
