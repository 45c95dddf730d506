"""What commerce plugs in; each import fills a registry."""

from commerce import (  # noqa: F401
    approval_settings,
    approvals,
    audiences,
    closing_approvals,
    closing_settings,
    credit_settings,
    document_settings,
    float_approvals,
    message_events,
    operations_settings,
    reactions,
    reconciliation_approvals,
    roles,
    settings_approvals,
    site_settings,
    terms_approvals,
)
from commerce.api import party  # noqa: F401
from commerce.gateways import manual as manual_gateway  # noqa: F401
from commerce.providers import manual, sandbox  # noqa: F401
from commerce.recipients import kinds  # noqa: F401
from commerce.services import ledger_proof, paper_mail, privacy_holders, reminder_papers, retention  # noqa: F401
