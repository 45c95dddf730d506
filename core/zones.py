"""Whose clock: a person's own zone, else that of the General settings page."""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Places people live in, without the old aliases."""
    places = (
        name
        for name in available_timezones()
        if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))
    )
    return (settings.TIME_ZONE, *sorted(name for name in places if name != settings.TIME_ZONE))


def zone_named(name: str) -> ZoneInfo:
    """The zone of a person who chose `name`; the default one where they chose none, or one there is not."""
    from core.general_settings import general

    for wanted in (name, general().time_zone):
        try:
            if wanted:
                return ZoneInfo(wanted)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return ZoneInfo(settings.TIME_ZONE)
