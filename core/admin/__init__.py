from core.admin import events, groups, navigation, request_log, schedules, settings, sign_in, users  # noqa: F401
