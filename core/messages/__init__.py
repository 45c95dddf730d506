"""Telling people what happened: by e-mail, by text message, in the inbox of the admin.

    from core.messages import tell, tell_staff
    tell(user, "approval_waiting", {"what": "…"}, about=approval, link=…)

An app adds its events to `core.messages.events.events`, their words to templates/emails/<event>.txt; a channel is one
file in `channels/`. Staff change the words in the admin, people choose what they are told and how.
"""

from core.messages.telling import tell, tell_staff

__all__ = ["tell", "tell_staff"]
