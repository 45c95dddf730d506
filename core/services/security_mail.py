"""Tells a person what happened to their account: if it was not they, they learn of it in time."""

import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy, override

from core.messages import tell
from core.messages.wording import known_language
from core.models import User
from core.request_context import client_ip

WHAT: dict[str, Any] = {
    "email_changed": gettext_lazy("The e-mail address of your account was changed to another one."),
    "password_changed": gettext_lazy("The password of your account was changed."),
    "second_factor_set_up": gettext_lazy("A phone was set up as the second factor of your account."),
    "second_factor_removed": gettext_lazy("The second factor of your account was turned off."),
    "second_factor_reset": gettext_lazy(
        "Your second factor was reset. Set up your phone again when you next sign in."
    ),
    "second_factor_recovery_used": gettext_lazy("Somebody signed in to your account with a recovery code."),
}
log = logging.getLogger(__name__)


def send(user: User, kind: str, *, to: str = "") -> None:
    """Have the message sent by a worker, once this is committed.

    Args:
        to: another address than the person's present one.
    """
    transaction.on_commit(partial(_hint, user.pk, kind, client_ip() or "", to or user.email), robust=True)


def _hint(user_id: int, kind: str, address: str, to: str) -> None:
    from core.tasks import send_security_mail

    try:
        send_security_mail.delay(user_id, kind, address, to)
    except Exception:
        log.warning("broker does not answer, the message is sent here")
        deliver(user_id=user_id, kind=kind, address=address, to=to)


def deliver(*, user_id: int, kind: str, address: str, to: str) -> bool:
    """Send it, to somebody who has an e-mail address."""
    user = User.objects.filter(pk=user_id).first()
    if user is None or not to or kind not in WHAT:
        return False
    with override(known_language(user.language)):
        values = {"what": str(WHAT[kind]), "address": address}
    tell(
        to,
        "account_security",
        values,
        name=str(user),
        language=user.language,
        about=user,
        by=["email"],
        now=True,
    )
    return True
