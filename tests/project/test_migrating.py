"""All migrations at once, faster than by Django's own command; that what comes out is right, every other test shows."""

import gc
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.migrations.state import ProjectState

from project import migrating


@pytest.mark.django_db
def test_nothing_is_left_to_be_migrated_and_django_goes_on_in_its_own_way() -> None:
    usual, pace, said = ProjectState._find_reload_model, gc.get_threshold(), StringIO()

    migrating.migrate_all()

    call_command("migrate", check_unapplied=True, plan=True, stdout=said)
    assert "No planned migration operations" in said.getvalue()
    assert (ProjectState._find_reload_model, gc.get_threshold()) == (usual, pace)


def test_a_migration_that_fails_leaves_django_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    usual, pace = ProjectState._find_reload_model, gc.get_threshold()

    def fails(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("no such column")

    monkeypatch.setattr(migrating, "call_command", fails)
    with pytest.raises(RuntimeError):
        migrating.migrate_all()

    assert (ProjectState._find_reload_model, gc.get_threshold()) == (usual, pace)
