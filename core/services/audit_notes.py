"""Where the chain ended, noted outside of its tables: an older end that somebody put back still has a right MAC.

It is noted with each proof, and after each sealing in the cache, which is another server than the database. A note
that the chain no longer contains is never overwritten: it is a finding until a person accepts the end (`check_audit
--accept`, after a backup was restored), which is an event itself.
"""

import hashlib
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _

from core.events import record
from core.exceptions import InvalidInput
from core.models import AuditHead, AuditSeal, CheckRun, Event
from core.services.audit_chain import SIZE, Noted, salt_of

KIND = "audit"
# Under this name a run keeps where the chain ended.
NOTE = "noted"
ACCEPTED = "audit.end_accepted"


def ends_at() -> Noted | None:
    """Where the chain ends now, to be noted elsewhere."""
    end = AuditHead.objects.filter(pk=1).first()
    return Noted(end.number, bytes(end.hash)) if end and end.number else None


def parse(text: str) -> Noted:
    """An end as `check_audit` prints it. Raises ValueError."""
    number, _colon, digest = text.strip().partition(":")
    found = Noted(int(number), bytes.fromhex(digest))
    if len(found.hash) != SIZE:
        raise ValueError(text)
    return found


def before() -> list[Noted]:
    """All ends that were noted: a chain that nobody cut contains each."""
    return [one for one in dict.fromkeys((_by_proof(), _in_cache())) if one is not None]


def keep() -> None:
    """Note the end in the cache, unless what is noted there is missing."""
    end, noted = ends_at(), _in_cache()
    if end is not None and noted != end and (noted is None or _contains(noted)):
        cache.set(_key(), str(end), None)


def accept(reason: str) -> Noted | None:
    """Let the chain go on from where it ends now, though what was noted is not in it. Raises InvalidInput."""
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    end = ends_at()
    if end is None:
        return None
    told = [str(one) for one in before() if not _contains(one)]
    head = AuditHead.objects.get(pk=1)
    record(ACCEPTED, subject=head, data={"end": str(end), "instead_of": told, "reason": reason.strip()})
    cache.set(_key(), str(end), None)
    return end


def _by_proof() -> Noted | None:
    """The end that the latest finished proof noted, or a person accepted since."""
    runs = CheckRun.objects.filter(kind=KIND, state__in=[CheckRun.State.RIGHT, CheckRun.State.WRONG])
    latest = runs.order_by("-id").first()
    accepted = Event.objects.filter(kind=ACCEPTED).order_by("-id").first()
    if accepted and (latest is None or latest.asked_at < accepted.created_at):
        return parse(str(accepted.data["end"]))
    results: Any = latest.results if latest else []
    for result in results:
        for subject, text, _found in result["findings"] if result["name"] == "head" else []:
            if subject == NOTE:
                return parse(text)
    return None


def _in_cache() -> Noted | None:
    try:
        return parse(cache.get(_key()) or "")
    except ValueError:
        return None


def _key() -> str:
    """Of this chain: another database may have the same cache."""
    end = AuditHead.objects.filter(pk=1).first()
    salt = salt_of(end) if end else b""
    return f"audit-end:{hashlib.sha256(b'end of ' + salt).hexdigest()[:32]}"


def _contains(noted: Noted) -> bool:
    seal = AuditSeal.objects.filter(number=noted.number).first()
    return seal is not None and bytes(seal.hashes)[-SIZE:] == noted.hash
