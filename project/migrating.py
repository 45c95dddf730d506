"""Every migration from the first on, as on a new database, at less than half of what Django's own pace costs.

Django remakes each changed model's Python class together with those of all models it is connected with, some 10,000
classes. Where neither the model's name nor its relations have changed the others are the same as before, and what is
run by Python has Django make all of them anew anyhow. The database that comes out is the same,
in its tables, its functions and its rows.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db.migrations.state import ProjectState


def migrate_all() -> None:
    """For databases of demos and tests; where money is, Django's own command stays."""
    with _changed_models_alone(), _seldom_collected():
        call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def _changed_models_alone() -> Iterator[None]:
    usual = ProjectState._find_reload_model  # type: ignore[attr-defined]

    def alone(state: Any, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
        if not delay:
            return set(usual(state, app_label, model_name))
        state.is_delayed = True
        return {(app_label, model_name)}

    ProjectState._find_reload_model = alone  # type: ignore[attr-defined]
    try:
        yield
    finally:
        ProjectState._find_reload_model = usual  # type: ignore[attr-defined]


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """So many classes are rubbish in cycles, each looked through again and again."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
