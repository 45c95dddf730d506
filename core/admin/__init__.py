from core.admin import (  # noqa: F401
    events,
    failed_tasks,
    groups,
    health,
    history,
    navigation,
    operations,
    request_log,
    schedules,
    settings,
    sign_in,
    users,
)
