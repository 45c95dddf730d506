"""What the beat runs of analytics; see `core.schedules`."""

from typing import Any

from core.schedules import Periodic, make

PERIODIC = (
    Periodic("Dashboards: take over the days whose orders changed", "analytics.refresh_rollups", 60),
    Periodic("Dashboards: check the last days against the orders", "analytics.check_rollups", 86_400),
    Periodic("Reports: find runs whose worker was lost", "analytics.sweep_reports", 15),
    Periodic("Reports: delete files that are kept no longer", "analytics.expire_reports", 1_800),
    Periodic("Reports: run schedules that are due", "analytics.sweep_schedules", 20),
)


def make_schedules(**_kwargs: Any) -> None:
    make(PERIODIC)
