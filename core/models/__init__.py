from core.models.events import Event
from core.models.idempotency import IdempotencyKey
from core.models.request_log import ApiRequest
from core.models.site_settings import SiteSettings
from core.models.users import User

__all__ = ["ApiRequest", "Event", "IdempotencyKey", "SiteSettings", "User"]
