from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError

from core.api.filters import DayField, IdFilter, MomentField


def test_moments_are_read_in_any_offset_and_kept_in_utc():
    assert MomentField().clean("2025-05-14T13:00:00+03:30") == datetime(2025, 5, 14, 9, 30, tzinfo=UTC)
    assert MomentField().clean("2025-05-14T13:00:00-18:31").utcoffset().total_seconds() == 0
    assert MomentField(required=False).clean("") is None


@pytest.mark.parametrize(
    "text",
    [
        "0686-05-14T13:27:06-18:31",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1969-12-31T00:00:00Z",
        "yesterday",
        "2025-13-01T00:00:00Z",
        "٢٠٢٥-٠١-٠١",
    ],
)
def test_moments_that_the_database_could_not_hold_are_refused(text):
    with pytest.raises(ValidationError):
        MomentField().clean(text)


def test_a_day_is_read_in_one_way():
    assert DayField().clean(" 2025-01-31 ") == date(2025, 1, 31)
    assert DayField(required=False).clean("") is None


@pytest.mark.parametrize(
    "text", ["01/31/2025", "20250131", "2025-W05-5", "2025-02-30", "0001-01-01", "2200-01-01", "٢٠٢٥-٠١-٠١"]
)
def test_what_is_no_such_day_is_refused(text):
    with pytest.raises(ValidationError):
        DayField().clean(text)


@pytest.mark.parametrize("text", ["1.5", "0", "-1", "x", "1e3", "NaN", str(2**63)])
def test_what_is_no_id_is_refused(text):
    with pytest.raises(ValidationError):
        IdFilter().field.clean(text)


def test_the_largest_id_is_one():
    assert IdFilter().field.clean(str(2**63 - 1)) == 2**63 - 1
