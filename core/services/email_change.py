"""Another e-mail address of one's own: in force once the message sent there was followed."""

import logging
from functools import partial

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.messages import tell
from core.models import User
from core.services import security_mail, users

SALT = "core.email_change"
log = logging.getLogger(__name__)


@transaction.atomic
def ask(*, user: User, email: str, site: str) -> None:
    """Have a message sent to the new address; nothing changes until its link is followed.

    Raises:
        InvalidInput: naming `email`.
    """
    email = email.strip().lower()
    _check(email)
    if email == user.email:
        raise InvalidInput("same_email", _("This is your address already."), field="email")
    if User.objects.filter(email__iexact=email).exists():
        raise InvalidInput("duplicate", _("This e-mail address is in use."), field="email")
    record("user.email_asked", subject=user)
    transaction.on_commit(partial(_hint, user.pk, email, site))


def _check(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput("invalid", error.messages[0], field="email") from error


def _hint(user_id: int, email: str, site: str) -> None:
    from core.tasks import send_email_change

    try:
        send_email_change.delay(user_id, email, site)
    except Exception:
        log.warning("broker does not answer, the message is sent here")
        send(user_id=user_id, email=email, site=site)


def send(*, user_id: int, email: str, site: str) -> bool:
    """The message to the new address."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return False
    link = site + reverse("admin:account-email-new", args=[token_for(user, email)])
    tell(
        email, "email_change", {"link": link}, name=str(user), language=user.language, about=user, by=["email"],
        now=True,
    )  # fmt: skip
    return True


def token_for(user: User, email: str) -> str:
    """What the link carries: good for this person, from their present address, for three days."""
    return signing.dumps({"user": user.pk, "from": user.email, "to": email}, salt=SALT)


def wanted(*, user: User, token: str) -> str:
    """The address a link stands for.

    Raises:
        InvalidInput: `invalid_link`: too old, used, or somebody else's.
    """
    try:
        given = signing.loads(token, salt=SALT, max_age=settings.PASSWORD_RESET_TIMEOUT)
    except signing.BadSignature:
        given = {}
    if given.get("user") != user.pk or given.get("from") != user.email:
        raise InvalidInput("invalid_link", _("This link is not valid any more. Ask for a new one."))
    return str(given["to"])


@transaction.atomic
def confirm(*, user: User, token: str) -> User:
    """The address is theirs: from now on messages go there, and they may sign in with it. The old one is told.

    Raises:
        InvalidInput: `invalid_link`. Conflict: `duplicate`.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    email, before = wanted(user=user, token=token), user.email
    if User.objects.filter(email__iexact=email).exists():
        raise Conflict("duplicate", _("This e-mail address is in use."))
    changed = users.change_profile(user=user, by=user, email=email)
    security_mail.send(changed, "email_changed", to=before)
    return changed
