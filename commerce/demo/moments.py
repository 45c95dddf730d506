"""Times as whole milliseconds since 1970 UTC, and as PostgreSQL reads them."""

from datetime import UTC, datetime, timedelta

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK = [f" {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}" for second in range(86_400)]
_REST = [f".{thousandth:03d}+00" for thousandth in range(1000)]


class _Dates(dict[int, str]):
    def __missing__(self, day: int) -> str:
        self[day] = text = (_EPOCH + timedelta(days=day)).date().isoformat()
        return text


_DATES = _Dates()


def millis(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def stamp(ms: int) -> str:
    """`2026-03-01 09:30:00.125+00`, as COPY reads a timestamptz; called a dozen times for each order."""
    second = ms // 1000
    return _DATES[second // 86_400] + _CLOCK[second % 86_400] + _REST[ms % 1000]
