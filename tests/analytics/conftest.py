"""What all tests of analytics share."""

import pytest

from analytics.services import pulse


@pytest.fixture(autouse=True)
def no_pulse_where_nothing_is_committed(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pulse's connection sees nothing of a test's transaction, and would take the run for cancelled: on a busy
    machine, where a run lasts longer than the first beat."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        monkeypatch.setattr(pulse, "EVERY_SECONDS", 3600.0)
