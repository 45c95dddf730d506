"""What the core keeps of people: their sign-in, the log of requests, failed tasks, files of imports, and events."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.db import connection
from django.db.models import Q
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from core.backoffice.history.reading import has_history
from core.events import record
from core.models import ApiRequest, Event, Message, MessagePreference, SecondFactor, User
from core.services import audit_chain, audit_history, sign_in_sessions, users
from core.services.audit_chain import PERSONAL
from core.services.audit_proof import digest_of
from core.services.privacy import (
    SHORTEST_NAME,
    Column,
    Holder,
    Person,
    execute,
    holders,
    patterns,
    row_of,
    rows_of,
)

ERASED = "privacy.erased"
# Read by its owner: not how the password is kept, nor what staff are.
# What staff say in their own words of something that is a person's.
SAID = ("reason", "note", "evidence", "text", "message")
OURS = ("password", "is_superuser", "is_staff", "role", "groups", "user_permissions")
FOUND = f"""
WITH theirs AS (SELECT * FROM unnest(%(kinds)s::text[], %(ids)s::text[]))
SELECT e.id FROM core_event e
WHERE e.kind <> ALL(%(kept)s::text[]) AND NOT EXISTS (SELECT 1 FROM core_erasedevent x WHERE x.event_id = e.id) AND (
    (e.subject_kind = ANY(%(whole)s::text[]) AND (e.subject_kind, e.subject_id) IN (SELECT * FROM theirs))
    OR (e.actor_kind IN ('customer', 'reseller') AND e.actor_id = %(user)s)
    OR ((e.subject_kind, e.subject_id) IN (SELECT * FROM theirs)
        AND (e.data::text ILIKE ANY(%(words)s::text[]) OR e.actor_label ILIKE ANY(%(words)s::text[])
             OR jsonb_exists_any(e.data, %(said)s::text[])))
    OR {Column.any_of("e.data", "e.actor_label")}
) ORDER BY e.id
"""  # noqa: S608  # nosec B608
KEEP = f"""
INSERT INTO core_erasedevent (event_id, digest, erasure_id)
SELECT e.id, {PERSONAL}, %(erasure)s FROM core_event e WHERE e.id = ANY(%(ids)s)
"""  # noqa: S608  # nosec B608
EMPTY = """
UPDATE core_event SET data = '{"erased": true}', actor_label = '', address = NULL WHERE id = ANY(%(ids)s)
"""


@holders.register("sign_in")
class SignInHolder(Holder):
    """The account by which somebody signs in, and from where they did."""

    def told(self, person: Person) -> Any:
        if person.user is None:
            return None
        names = _sign_in_names(person.user)
        return {
            "account": row_of(person.user, *OURS),
            "signed_in": list(
                AccessLog.objects.filter(username__in=names).values(
                    "attempt_time", "ip_address", "user_agent"
                )
            ),
        }

    def erase(self, person: Person) -> None:
        user = person.user
        if user is None:
            return
        names = _sign_in_names(user)
        for log in (AccessLog, AccessAttempt, AccessFailureLog):
            log.objects.filter(username__in=names).delete()
        users.sign_out(user)
        sign_in_sessions.end_all(user)
        SecondFactor.objects.filter(user=user).delete()
        OutstandingToken.objects.filter(user=user).delete()
        empty = {
            "username": f"erased-{user.pk}",
            "email": f"erased-{user.pk}@erased.invalid",
            "first_name": "",
            "last_name": "",
            "phone_number": "",
            "is_active": False,
        }
        User.objects.filter(pk=user.pk).update(**empty, password="!", timezone="", language="")  # noqa: S106  # nosec B106
        kept: Any = User.history  # type: ignore[attr-defined]
        kept.filter(id=user.pk).update(**empty, history_change_reason="", history_address=None)
        for model in apps.get_models():
            if has_history(model) and not model._meta.proxy:
                rows: Any = model.history  # type: ignore[attr-defined]
                rows.filter(history_user=user).update(history_address=None)


@holders.register("messages")
class MessageHolder(Holder):
    """What was written to them, by whatever way."""

    def told(self, person: Person) -> Any:
        written = self._written(person).filter(is_secret=False).order_by("id")
        return list(written.values("created_at", "event", "channel", "address", "subject", "body", "status"))

    def erase(self, person: Person) -> None:
        self._written(person).delete()
        MessagePreference.objects.filter(user=person.user).delete()
        # What was written to others and names them.
        execute(
            "UPDATE core_message SET subject = '', body = '', sealed = '', address = ''"  # noqa: S608  # nosec B608
            f" WHERE status <> 'queued' AND ({Column.any_of('subject', 'body', 'address')})",
            {"patterns": patterns(person.names)},
        )

    def _written(self, person: Person) -> Any:
        theirs = Q(address__in=[name for name in person.names if len(name) >= SHORTEST_NAME])
        return Message.objects.filter(theirs | Q(user=person.user) if person.user else theirs)


@holders.register("requests")
class RequestHolder(Holder):
    """The log of what they asked of the API, and what failed in the background with their names in it."""

    def told(self, person: Person) -> Any:
        if person.user is None:
            return []
        asked = ApiRequest.objects.filter(caller__startswith=f"customer {person.user.pk} ")
        return rows_of(asked.order_by("id"), "caller")

    def erase(self, person: Person) -> None:
        given = {"patterns": patterns(person.names)}
        if person.user is not None:
            ApiRequest.objects.filter(caller__startswith=f"customer {person.user.pk} ").delete()
        execute(
            f"DELETE FROM core_apirequest WHERE {Column.any_of('path', 'query', 'caller', 'body')}",  # noqa: S608  # nosec B608
            given,
        )
        execute(
            "UPDATE core_failedtask SET arguments = '{}', is_whole = false, message = '', traceback = ''"  # noqa: S608  # nosec B608
            f" WHERE {Column.any_of('arguments', 'message', 'traceback')}",
            given,
        )
        # A file holds many people's rows: it is dropped whole, the counts of what it did stay.
        execute(
            "UPDATE core_importrun SET content = '', result = '{}', file_name = ''"  # noqa: S608  # nosec B608
            f" WHERE finished_at IS NOT NULL AND ({Column.any_of('result', 'file_name')}"
            " OR resource = %(resource)s)",
            given | {"resource": person.subject_kind},
        )
        # One that waits to be confirmed, or is on its way, is stopped: whoever goes on with it finds a later start.
        execute(
            "UPDATE core_importrun SET content = '', result = '{}', file_name = '', status = 'discarded',"  # noqa: S608  # nosec B608
            " generation = generation + 1, finished_at = now() WHERE finished_at IS NULL"
            f" AND ({Column.any_of('result', 'file_name')} OR resource = %(resource)s)",
            given | {"resource": person.subject_kind},
        )


@holders.register("events")
class EventHolder(Holder):
    """What happened by them or to them."""

    def told(self, person: Person) -> Any:
        wanted = Q()
        for kind, ids in person.things.items():
            wanted |= Q(subject_kind=kind, subject_id__in=ids)
        happened = Event.objects.filter(wanted).order_by("id") if wanted else Event.objects.none()
        return list(happened.values("created_at", "kind", "subject_kind", "subject_id", "source"))

    def erase(self, person: Person) -> None:
        """Empty what they say of the person; the digests stay, so that the chain of hashes still holds."""
        pairs = [(kind, one) for kind, ids in person.things.items() for one in ids]
        ids = _ids(
            {
                "kept": [ERASED, audit_history.ERASED],
                "whole": list(person.whole),
                "kinds": [kind for kind, _one in pairs],
                "ids": [one for _kind, one in pairs],
                "user": str(person.user.pk) if person.user else "-",
                "said": list(SAID),
                "words": patterns(person.words | person.names),
                "patterns": patterns(person.names),
            }
        )
        erasure = record(
            ERASED, subject=person.subject, data={"events": str(len(ids)), "digest": digest_of(ids)}
        )
        salt = audit_chain.salt_of(audit_chain.head())
        execute(KEEP, {"ids": ids, "salt": salt, "erasure": erasure.pk})
        execute(EMPTY, {"ids": ids})


def _ids(given: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        # Reads every event once: an erasure is rare, and worth it.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(FOUND, given)
        return [number for (number,) in cursor.fetchall()]


def _sign_in_names(user: User) -> list[str]:
    return [user.username, user.email, user.username.lower(), user.email.lower()]
