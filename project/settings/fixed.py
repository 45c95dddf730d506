"""Variables that fix a field of a settings page: where one is set, staff see its value and cannot change it."""

from project.settings.base import env

SETTINGS_FROM_ENVIRONMENT: dict[str, str] = {
    name: value
    for name, value in {
        "API_RATE_CALLER": env.str("API_RATE_CALLER", default=""),
        "API_RATE_ADDRESS": env.str("API_RATE_ADDRESS", default=""),
        "API_RATE_SIGN_IN": env.str("API_RATE_SIGN_IN", default=""),
        "API_RATE_WRITING": env.str("API_RATE_WRITING", default=""),
        "PAYMENT_WEBHOOK_SECRET": env.str("PAYMENT_WEBHOOK_SECRET", default=""),
        "DEFAULT_LANGUAGE": env.str("DEFAULT_LANGUAGE", default=""),
        "DEFAULT_TIME_ZONE": env.str("DEFAULT_TIME_ZONE", default=""),
        "DEFAULT_FROM_EMAIL": env.str("DEFAULT_FROM_EMAIL", default=""),
        "MAINTENANCE": env.str("MAINTENANCE", default=""),
        "SECOND_FACTOR_ROLES": env.str("SECOND_FACTOR_ROLES", default=""),
        "SESSION_HOURS": env.str("SESSION_HOURS", default=""),
        "REMEMBER_DAYS": env.str("REMEMBER_DAYS", default=""),
        "PASSWORD_MIN_LENGTH": env.str("PASSWORD_MIN_LENGTH", default=""),
    }.items()
    if value
}
