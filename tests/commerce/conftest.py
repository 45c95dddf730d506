from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def private(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """People's files go to a folder of this test's own."""
    kept = {**settings.STORAGES["private"]}
    kept["OPTIONS"] = {**kept["OPTIONS"], "location": str(tmp_path)}
    settings.STORAGES = {**settings.STORAGES, "private": kept}
    yield tmp_path
