"""What core itself plugs in."""

from core import (  # noqa: F401
    api_settings,
    approval_messages,
    branding_settings,
    general_settings,
    history,
    notification_settings,
    retention_settings,
    security_settings,
    settings_checks,
)
from core.api import schema  # noqa: F401
from core.messages import builtin, privacy  # noqa: F401
from core.messages.channels import email, inbox, sms  # noqa: F401
from core.services import audit_proof, notes, privacy_holders, privacy_words, retention  # noqa: F401
