"""The statement that goes with a payment reminder: what the wallet has moved since the oldest debit that is unpaid."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from commerce.models import Account, Document
from commerce.services import documents, paper_files, statement_papers
from commerce.services.ageing import Debt
from commerce.services.closing import company_zone
from commerce.services.documents import Wish
from core.documents import pdf
from core.exceptions import DomainError
from core.messages.enclosures import Enclosure, enclosures
from core.models import Message

log = logging.getLogger(__name__)
# The mail it goes with.
REMINDER = "payment_reminder"


def issue(account: Account, debt: Debt, language: str) -> Document | None:
    """The wallet's statement up to now; None where there is none, as of too many movements: the mail goes without.

    Args:
        language: of the mail, and so of the paper.
    """
    zone = company_zone()

    def day(moment: datetime) -> datetime:
        return moment.astimezone(zone)

    period = statement_papers.days(day(debt.oldest).date(), day(timezone.now()).date(), zone.key)
    try:
        with transaction.atomic():
            return statement_papers.issue(account=account, period=period, wish=Wish(language=language))
    except DomainError as error:
        log.warning("a reminder goes without statement", extra={"account": account.pk, "why": error.code})
        return None


def words(document: Document | None) -> dict[str, str]:
    """What the mail says of it."""
    if document is None:
        return {}
    return {"statement": document.number, "link": documents.whole_url(document)}


@enclosures.register(REMINDER)
def statement(message: Message) -> list[Enclosure]:
    """As PDF and Excel; as Excel alone where this system draws no PDF: a reminder waits for nothing."""
    if message.subject_kind != Document._meta.label_lower:
        return []
    document = Document.objects.select_related("letterhead").filter(pk=message.subject_id).first()
    if document is None:
        return []
    kinds = (paper_files.PDF, paper_files.EXCEL) if pdf.is_available() else (paper_files.EXCEL,)
    files = [paper_files.file_of(document, kind) for kind in kinds]
    return [Enclosure(file.name, file.content_type, file.content) for file in files]
