"""Whatever the product writes into its history has a name that the translators know."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from core.backoffice.history import members, wording

RECORDERS = {"record", "record_event"}


@cache
def recorded() -> dict[str, str]:
    """Members of the data of every event that our code records, each with one place that does."""
    found: dict[str, str] = {}
    for app in ("core", "commerce", "analytics"):
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            if not {"migrations", "demo"} & set(path.parts):
                found |= {name: f"{path.name}:{line}" for name, line in _members(path)}
    return found


def _members(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            data = [given.value for given in _data_of_calls(node)]
            named = {one.id for given in data for one in ast.walk(given) if isinstance(one, ast.Name)}
            for given in [*data, *_assigned(node, named)]:
                yield from _keys(given)


def _data_of_calls(function: ast.FunctionDef) -> Iterator[ast.keyword]:
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in RECORDERS:
            yield from (given for given in call.keywords if given.arg == "data")


def _assigned(function: ast.FunctionDef, named: set[str]) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and {getattr(one, "id", "") for one in node.targets} & named:
            yield node.value


def _keys(given: ast.expr) -> Iterator[tuple[str, int]]:
    # What stands inside a list or another dictionary is told as it is.
    for one in given.keys if isinstance(given, ast.Dict) else []:
        if isinstance(one, ast.Constant):
            yield str(one.value), one.lineno


def test_the_code_is_read() -> None:
    assert {"amount", "filters", "username", "evidence"} <= recorded().keys()


@pytest.mark.parametrize("name", sorted(recorded()))
def test_a_member_of_an_events_data_has_a_name_in_every_language(name: str) -> None:
    assert members.known(name) or name in wording.UNTOLD | wording.NEVER_TOLD, recorded()[name]
