"""Times as whole milliseconds since 1970 UTC, and as PostgreSQL reads them."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
_CLOCK = [f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}" for second in range(86_400)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def millis(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


@lru_cache(maxsize=2048)
def _date(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def stamp(ms: int) -> str:
    """`2026-03-01 09:30:00.125+00`, as COPY reads a timestamptz; called some twenty times for each order."""
    day, rest = divmod(ms, DAY)
    return f"{_date(day)} {_CLOCK[rest // 1000]}.{rest % 1000:03d}+00"
