"""What core itself plugs in."""

from core import (
    approval_messages,  # noqa: F401
)
from core.api import schema  # noqa: F401
from core.messages import builtin, privacy  # noqa: F401
from core.messages.channels import email, inbox, sms  # noqa: F401
from core.services import audit_proof, privacy_holders, retention  # noqa: F401
