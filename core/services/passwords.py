"""Forgotten passwords: a message with a token that works once and for a limited time."""

import logging
from functools import partial

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from core.actors import acting_as, actor_for_user
from core.events import record
from core.exceptions import InvalidInput
from core.messages import tell
from core.models import User
from core.services import security_mail, users

LARGEST_ID = 2**63
log = logging.getLogger(__name__)


def ask_for_reset(*, email: str, site: str) -> None:
    """Have the message sent by a worker, whether the address is known or not, so that the time taken tells
    nothing.

    Args:
        site: scheme and host under which we were asked; the message's link leads back there.
    """
    from core.tasks import send_password_reset

    transaction.on_commit(partial(_hint, send_password_reset, email, site))


def _hint(task: object, email: str, site: str) -> None:
    try:
        task.delay(email, site)  # type: ignore[attr-defined]
    except Exception:
        # Without a broker the person who waits for the message matters more than the time it takes.
        log.warning("broker does not answer, the message is sent here")
        send_reset(email=email, site=site)


def send_reset(*, email: str, site: str) -> int:
    """Send the message to whoever has this address, a first password not set yet included; the number of
    messages.
    """
    people = list(User.objects.filter(email__iexact=email, is_active=True))
    for user in people:
        uid, token = uid_of(user), default_token_generator.make_token(user)
        link = site + reverse("admin:password-reset-new", args=[uid, token])
        # Written by the worker and never by the request: what the request does takes the same time for any address.
        values = {"link": link, "uid": uid, "token": token}
        tell(user, "password_reset", values, by=["email"], about=user, now=True)
    return len(people)


def uid_of(user: User) -> str:
    """How the message names the user."""
    return urlsafe_base64_encode(force_bytes(user.pk))


@transaction.atomic
def reset(*, uid: str, token: str, password: str) -> User:
    """Set a password with what the message said.

    Raises:
        InvalidInput: `invalid_reset_link`; `invalid_password` naming `new_password`.
    """
    user = user_of(uid)
    if user is not None:
        # Of two with the same token the second waits here, and finds it used.
        user = User.objects.select_for_update().get(pk=user.pk)
    if user is None or not default_token_generator.check_token(user, token):
        raise InvalidInput(
            "invalid_reset_link", _("This link is not valid any more. Ask for a new one."), field="token"
        )
    try:
        with acting_as(actor_for_user(user)):
            return users.set_password(user=user, password=password, by=user)
    except InvalidInput as error:
        raise InvalidInput(error.code, error.message, errors={"new_password": [error.message]}) from error


@transaction.atomic
def changed_by_oneself(*, user: User, session: int | None) -> None:
    """After somebody changed theirs in the admin: every other browser and token of theirs ends.

    Args:
        session: the row of the browser they sit at.
    """
    users.sign_out_everywhere(user, but=session)
    record("user.password_set", subject=user)
    security_mail.send(user, "password_changed")


def user_of(uid: str) -> User | None:
    """Whom the message names; nobody, where the account is closed."""
    try:
        number = int(urlsafe_base64_decode(uid).decode("ascii"))
    except ValueError:
        return None
    return User.objects.filter(pk=number, is_active=True).first() if number < LARGEST_ID else None
