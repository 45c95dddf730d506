"""What the beat runs of analytics; see `core.schedules`."""

from typing import Any

from core.schedules import Periodic, make

PERIODIC = (
    Periodic("Dashboards: take over the days whose orders changed", "analytics.refresh_rollups", 60),
    Periodic("Dashboards: check the last days against the orders", "analytics.check_rollups", 86_400),
)


def make_schedules(**_kwargs: Any) -> None:
    make(PERIODIC)
