"""Variables that fix a field of a settings page: where one is set, staff see its value and cannot change it."""

SETTINGS_FROM_ENVIRONMENT: dict[str, str] = {}
