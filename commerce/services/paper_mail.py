"""Papers by mail: the message is written now, and the file is drawn from what was frozen when it is sent."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Document
from commerce.services import documents, paper_files, paper_words
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.messages import tell
from core.messages.enclosures import Enclosure, enclosures
from core.models import Message

EVENT = "document"
LONGEST_NOTE = 1_000
AN_HOUR = timedelta(hours=1)
MOST_AN_HOUR = 10


def address_of(document: Document) -> str:
    """The party's address as it is now: the one on the paper may be out of use."""
    return getattr(document.owner, "email", "") or ""


@transaction.atomic
def send(*, document: Document, to: str = "", note: str = "", site: str = "") -> Message:
    """Mail a paper as PDF; a statement's Excel goes with it.

    Args:
        to: else the party's address. site: as of `documents.verify_url`; without any the mail has no link.

    Raises:
        InvalidInput: `invalid_email`, `too_long`. Conflict: `no_address`, `too_many_messages`.
    """
    address = to.strip() or address_of(document)
    if not address:
        raise Conflict("no_address", _("No e-mail address is known: type one."))
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidInput("invalid_email", _("Enter a valid e-mail address."), field="to") from error
    if len(note) > LONGEST_NOTE:
        text = _("At most %(most)d characters.") % {"most": LONGEST_NOTE}
        raise InvalidInput("too_long", text, field="note")
    documents.lock(f"mail:{document.pk}")
    sent = Message.objects.filter(
        subject_kind=Document._meta.label_lower, subject_id=str(document.pk), event=EVENT,
        created_at__gt=timezone.now() - AN_HOUR,
    )  # fmt: skip
    if sent.count() >= MOST_AN_HOUR:
        raise Conflict(
            "too_many_messages",
            _("At most %(most)d an hour go out of one document. Try again later.") % {"most": MOST_AN_HOUR},
            status=429,
        )
    with paper_words.spoken(document):
        values = {
            "kind": paper_words.title(document),
            "number": document.number,
            "amount": paper_words.money(document.amount, document),
            "period": paper_words.period(document),
            "note": note.strip(),
            "link": documents.whole_url(document, site),
        }
        name = paper_words.party_name(document)
    [message] = tell(
        address, EVENT, values, about=document, name=name, language=document.language, by=["email"]
    )
    record("document.sent", subject=document, data={"message": message.pk})
    return message


@enclosures.register(EVENT)
def papers(message: Message) -> list[Enclosure]:
    """The files of a message, as they would print on any day."""
    if message.subject_kind != Document._meta.label_lower or not message.subject_id:
        return []
    document = Document.objects.select_related("letterhead").filter(pk=message.subject_id).first()
    if document is None:
        return []
    kinds = [kind for kind in paper_files.formats_of(document) if kind != paper_files.CSV]
    files = [paper_files.file_of(document, kind) for kind in kinds]
    return [Enclosure(file.name, file.content_type, file.content) for file in files]
