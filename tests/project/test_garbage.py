import gc

import pytest

from project.garbage import THRESHOLDS, settle


@pytest.fixture(autouse=True)
def _as_it_was():
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_what_is_loaded_when_a_server_starts_is_never_walked_again():
    settle()
    assert gc.get_freeze_count() > 100_000
    assert len(gc.get_objects()) < gc.get_freeze_count() / 10


def test_garbage_in_cycles_is_still_found():
    settle()
    assert gc.isenabled()
    assert gc.get_threshold() == THRESHOLDS
    made: list[object] = []
    made.append(made)
    del made
    assert gc.collect() >= 1
