"""E-mail, by whatever backend Django's settings name."""

import smtplib
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from core.branding_settings import BrandingPage
from core.messages.channels.base import Channel, Letter, NotDelivered, channels, is_final
from core.models import User
from core.site_settings import load, settings_pages

# Of answers by a mail server: 5xx is a refusal for good.
REFUSED = 500


def sender() -> str:
    """Our name and address: of the Notifications settings where they name them, else our name at the server's."""
    name, address = load(BrandingPage).name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    if "notifications" in settings_pages:
        chosen = load(settings_pages.get("notifications"))
        name = getattr(chosen, "sender_name", "") or name
        address = getattr(chosen, "sender_address", "") or address
    return formataddr((name, address))


def _headers(letter: Letter, sender: str) -> dict[str, str]:
    """One Message-ID for all tries (RFC 5322, 3.6.4): a mail that comes twice, because its server could not say that it
    had it, is shown once."""
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return {"Message-ID": f"<{letter.identity}@{domain or 'localhost'}>"} if letter.identity else {}


def _of_service(error: Exception) -> Exception:
    """What an API of mails answered, in a word; any other error as it is. Anymail is an extra: without it there are
    no such errors.
    """
    try:
        from anymail.exceptions import AnymailError, AnymailRecipientsRefused
    except ImportError:
        return error
    if isinstance(error, AnymailRecipientsRefused):
        return NotDelivered("address_refused", final=True)
    if isinstance(error, AnymailError) and error.status_code:
        return NotDelivered(f"mail_service_{error.status_code}", final=is_final(error.status_code))
    return error


class Email(Channel):
    key = "email"
    title = _("E-mail")
    icon = "mail"
    longest = 100_000

    def address_of(self, user: User) -> str:
        return user.email

    def takes(self, address: str) -> bool:
        try:
            validate_email(address)
        except ValidationError:
            return False
        return True

    def send(self, letter: Letter) -> str:
        ours = sender()
        mail = EmailMessage(
            letter.subject, letter.body, ours, [letter.address], headers=_headers(letter, ours)
        )
        for file in letter.files:
            mail.attach(file.name, file.content, file.content_type)
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            final = all(code >= REFUSED for code, _said in error.recipients.values())
            raise NotDelivered("address_refused", final=final) from error
        except Exception as error:
            raise _of_service(error) from error
        # Services' backends (anymail) say what they call it.
        return str(getattr(getattr(mail, "anymail_status", None), "message_id", "") or "")


channels.add("email", Email())
