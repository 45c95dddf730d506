from core.models.check_runs import CheckRun
from core.models.events import Event
from core.models.failed_tasks import FailedTask
from core.models.idempotency import IdempotencyKey
from core.models.imports import ImportRun
from core.models.request_log import ApiRequest
from core.models.site_settings import SiteSettings
from core.models.users import User

__all__ = [
    "ApiRequest",
    "CheckRun",
    "Event",
    "FailedTask",
    "IdempotencyKey",
    "ImportRun",
    "SiteSettings",
    "User",
]
