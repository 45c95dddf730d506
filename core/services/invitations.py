"""Inviting somebody to work here: a message with a link under which they set their password, once and for a time.

Nobody but they ever knows the password: there is none in the message, and none before they set it.
"""

import logging
import re
from functools import partial

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from core.events import record
from core.exceptions import Conflict
from core.messages import tell
from core.messages.wording import known_language
from core.models import User
from core.services import users
from core.services.passwords import uid_of

LONGEST_NAME = 140
log = logging.getLogger(__name__)


@transaction.atomic
def invite(*, email: str, by: User, site: str, role: str = "", **profile: str) -> User:
    """Add a person without a password and have the message sent.

    Args:
        site: scheme and host under which we were asked; the link leads back there.

    Raises:
        NotAllowed: `not_above_own_rights`. InvalidInput: naming the field.
    """
    user = users.create_user(username=free_name(email), email=email, by=by, role=role, **profile)
    _send(user, by, site)
    return user


@transaction.atomic
def invite_again(*, user: User, by: User, site: str) -> None:
    """Send another message; the link of the one before stops working.

    Raises:
        NotAllowed: `not_above_own_rights`. Conflict: `already_joined`, `deactivated`.
    """
    users.require_manageable(by=by, user=user)
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.has_usable_password():
        raise Conflict("already_joined", _("They have set a password already."))
    if not user.is_active:
        raise Conflict("deactivated", _("Activate them first."))
    # Another unusable password: the link before was made from the old one.
    user.set_unusable_password()
    user.save(update_fields=["password", "updated_at"])
    _send(user, by, site)


def is_invited(user: User) -> bool:
    """Whether somebody has yet to follow their link."""
    return user.is_active and not user.has_usable_password()


def free_name(email: str) -> str:
    """A user name from an address: what stands before the @, with a number where that is taken."""
    base = re.sub(r"[^\w.+-]", "", email.strip().lower().partition("@")[0])[:LONGEST_NAME] or "person"
    like = User.objects.filter(username__istartswith=base).values_list("username", flat=True)
    taken = {name.lower() for name in like}
    return next(
        name for name in (base, *(f"{base}{n}" for n in range(2, len(taken) + 3))) if name not in taken
    )


def _send(user: User, by: User, site: str) -> None:
    record("user.invited", subject=user, data={"email": user.email, "role": user.role})
    transaction.on_commit(partial(_hint, user.pk, str(by), site))


def _hint(user_id: int, by: str, site: str) -> None:
    from core.tasks import send_invitation

    try:
        send_invitation.delay(user_id, by, site)
    except Exception:
        log.warning("broker does not answer, the invitation is sent here")
        send(user_id=user_id, by=by, site=site)


def send(*, user_id: int, by: str, site: str) -> bool:
    """Send the message, unless they joined or were deactivated meanwhile."""
    user = User.objects.filter(pk=user_id).first()
    if user is None or not is_invited(user):
        return False
    link = site + reverse(
        "admin:password-reset-new", args=[uid_of(user), default_token_generator.make_token(user)]
    )
    days = settings.PASSWORD_RESET_TIMEOUT // 86_400
    with override(known_language(user.language)):
        once = ngettext(
            "The link works once, for one day.", "The link works once, for %(days)s days.", days
        ) % {"days": days}
        values = {
            "by": by,
            "role": user.get_role_display(),
            "username": user.username,
            "link": link,
            "works_for": once,
        }
    tell(user, "invitation", values, by=["email"], about=user, now=True)
    return True
