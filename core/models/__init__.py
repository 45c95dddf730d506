from core.models.approvals import Approval
from core.models.audit import AuditHead, AuditSeal, ErasedEvent
from core.models.audit_history import ChangedHistory, HistoryColumns, KeptHistory
from core.models.check_runs import CheckRun
from core.models.events import Event
from core.models.failed_tasks import FailedTask
from core.models.front_page import Announcement, QuickLink
from core.models.idempotency import IdempotencyKey
from core.models.imports import ImportRun
from core.models.messages import Broadcast, Message, MessagePreference, MessageTemplate
from core.models.notes import Note
from core.models.request_log import ApiRequest
from core.models.saved_views import FirstView, SavedView
from core.models.second_factors import RecoveryCode, SecondFactor
from core.models.sign_in_sessions import SignInSession
from core.models.site_settings import SiteSettings
from core.models.users import User
from core.models.watches import Watch, WatchMark

__all__ = [
    "Announcement",
    "ApiRequest",
    "Approval",
    "AuditHead",
    "AuditSeal",
    "Broadcast",
    "ChangedHistory",
    "CheckRun",
    "ErasedEvent",
    "Event",
    "FailedTask",
    "FirstView",
    "HistoryColumns",
    "IdempotencyKey",
    "ImportRun",
    "KeptHistory",
    "Message",
    "MessagePreference",
    "MessageTemplate",
    "Note",
    "QuickLink",
    "RecoveryCode",
    "SavedView",
    "SecondFactor",
    "SignInSession",
    "SiteSettings",
    "User",
    "Watch",
    "WatchMark",
]
