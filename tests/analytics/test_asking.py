from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics.services.asking import Asked, Span, span_days

BERLIN = ZoneInfo("Europe/Berlin")
# A Wednesday; half an hour later than in UTC it is Thursday in Kiritimati.
NOW = datetime(2025, 3, 5, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (Span.TODAY, date(2025, 3, 5), date(2025, 3, 5)),
        (Span.YESTERDAY, date(2025, 3, 4), date(2025, 3, 4)),
        (Span.LAST_7, date(2025, 2, 27), date(2025, 3, 5)),
        (Span.LAST_30, date(2025, 2, 4), date(2025, 3, 5)),
        (Span.THIS_WEEK, date(2025, 3, 3), date(2025, 3, 5)),
        (Span.LAST_WEEK, date(2025, 2, 24), date(2025, 3, 2)),
        (Span.THIS_MONTH, date(2025, 3, 1), date(2025, 3, 5)),
        (Span.LAST_MONTH, date(2025, 2, 1), date(2025, 2, 28)),
        (Span.THIS_YEAR, date(2025, 1, 1), date(2025, 3, 5)),
        (Span.LAST_YEAR, date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_span_is_told_by_the_day_it_is(span: Span, first: date, last: date) -> None:
    assert span_days(span, zone=ZoneInfo("UTC"), now=NOW) == (first, last)


def test_which_day_it_is_depends_on_the_zone() -> None:
    assert span_days(Span.TODAY, zone=BERLIN, now=NOW)[0] == date(2025, 3, 6)


def test_a_day_on_which_clocks_change_has_23_or_25_hours() -> None:
    spring = Asked(date(2025, 3, 30), date(2025, 3, 30), BERLIN)
    autumn = Asked(date(2025, 10, 26), date(2025, 10, 26), BERLIN)
    assert spring.end.astimezone(UTC) - spring.begin.astimezone(UTC) == timedelta(hours=23)
    assert autumn.end.astimezone(UTC) - autumn.begin.astimezone(UTC) == timedelta(hours=25)
