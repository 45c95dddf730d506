from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.models import User
from tests.factories import UserFactory


@pytest.fixture
def private(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """People's files go to a folder of this test's own."""
    kept = {**settings.STORAGES["private"]}
    kept["OPTIONS"] = {**kept["OPTIONS"], "location": str(tmp_path)}
    settings.STORAGES = {**settings.STORAGES, "private": kept}
    yield tmp_path


@pytest.fixture
def ann(request: pytest.FixtureRequest) -> User:
    """Who asks; of finance, or of the module's ROLE."""
    return UserFactory(staff=_role(request), first_name="Ann", last_name="Lee")


@pytest.fixture
def bob(request: pytest.FixtureRequest) -> User:
    """The second person, with the same rights."""
    return UserFactory(staff=_role(request), first_name="Bob", last_name="Ray")


def _role(request: pytest.FixtureRequest) -> str:
    return str(getattr(request.module, "ROLE", "finance"))
