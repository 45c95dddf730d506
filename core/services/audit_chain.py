"""Sealing what happened: every event is hashed with the one before it, a few seconds after it was written. So is what
was kept of the rows that history pages show (`core.services.audit_history`), whose numbers are from the same sequence.

An entry is sha256(hash before · sha256(what the event says)). What it says of people (names, address, data) goes in by
a digest of its own, which stays when the rest is erased. Events are sealed by a task of their own: whoever records one
waits for nothing.
"""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from core.models import AuditHead, AuditSeal

log = logging.getLogger(__name__)
SIZE = hashlib.sha256().digest_size
MOST_EVENTS = 5_000
# One run of the task; the next one goes on.
MOST_SECONDS = 20.0
# PostgreSQL's own text of a jsonb array: nothing can be moved from one member to the next unseen.
PERSONAL = (
    "sha256(%(salt)s || convert_to("
    "jsonb_build_array(e.id, e.actor_label, e.address::text, e.data)::text, 'UTF8'))"
)
DIGEST = f"""
sha256(convert_to(jsonb_build_array(
    e.id, e.kind, e.subject_kind, e.subject_id, e.actor_kind, e.actor_id, e.request_id, e.source,
    extract(epoch FROM e.created_at), encode(coalesce(x.digest, {PERSONAL}), 'hex')
)::text, 'UTF8'))
"""
# Of what people do not read all is told: its digests have salts of their own.
KEPT_DIGEST = """
sha256(convert_to(jsonb_build_array(
    k.id, 'history', k.table_name, c.columns, encode(sha256(convert_to(k.ids::text, 'UTF8')), 'hex'),
    encode(sha256(k.digests), 'hex'), k.last_id, extract(epoch FROM k.created_at)
)::text, 'UTF8'))
"""
READ = f"""
SELECT e.id, {DIGEST}, false FROM core_event e LEFT JOIN core_erasedevent x ON x.event_id = e.id
WHERE e.id = ANY(%(ids)s)
UNION ALL
SELECT k.id, {KEPT_DIGEST}, true FROM core_kepthistory k LEFT JOIN core_historycolumns c ON c.id = k.columns_id
WHERE k.id = ANY(%(ids)s)
ORDER BY 1
"""  # noqa: S608  # nosec B608
# The numbers that are sealed already come as constants, which PostgreSQL looks up by hashes as it walks along the keys:
# a join would read all that wait for each part of them.
TAKE = """
SELECT w.id FROM (SELECT id FROM core_event UNION ALL SELECT id FROM core_kepthistory) w
WHERE w.id > %(after)s AND w.id <> ALL(%(sealed)s::bigint[]) ORDER BY w.id LIMIT %(most)s
"""
NEWEST = "SELECT greatest((SELECT max(id) FROM core_event), (SELECT max(id) FROM core_kepthistory))"
SEALED = """
SELECT n.id FROM core_auditseal s, unnest(s.ids) AS n(id) WHERE s.last_id > %(after)s AND n.id > %(after)s
"""
# Whether a transaction that was there before this one is still open in this database: those of others, of which a
# snapshot's xmin knows as well, cannot bring an event of ours.
WRITING = """
SELECT EXISTS (
    SELECT FROM (
        SELECT s.datid, s.backend_xid FROM pg_stat_get_activity(NULL) AS s
        UNION ALL SELECT d.oid, p.transaction FROM pg_prepared_xacts p JOIN pg_database d ON d.datname = p.database
    ) AS open (database, transaction)
    WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND age(transaction) > age(%s::text::xid8::xid)
)
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """The end of the chain as somebody noted it elsewhere: a later chain must still contain it."""

    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"


def begun(number: int, before: bytes, sealed_at: datetime) -> bytes:
    """What a seal's first entry follows: its number and time are chained, too."""
    at = sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(before + f"seal {number} {at}".encode()).digest()


def linked(before: bytes, digest: bytes) -> bytes:
    return hashlib.sha256(before + digest).digest()


class Said(NamedTuple):
    """What an entry says now. Attributes: is_history: what was kept of history, no event."""

    digest: bytes
    is_history: bool


def read_digests(ids: Sequence[int], salt: bytes) -> dict[int, Said]:
    """What entries say now, by their ids in order; those that are gone are missing."""
    with connection.cursor() as cursor:
        cursor.execute(READ, {"ids": list(ids), "salt": salt})
        return {number: Said(bytes(digest), kept) for number, digest, kept in cursor.fetchall()}


def salt_of(head: AuditHead) -> bytes:
    return bytes.fromhex(head.salt)


def macs(head: AuditHead) -> list[bytes]:
    """The head's MAC by each of the product's keys, the newest first."""
    told = f"{head.number} {head.events} {head.settled} {bytes(head.hash).hex()}".encode()
    keys = [
        hmac.digest(key.encode(), b"topline: end of the audit chain", "sha256")
        for key in settings.FIELD_ENCRYPTION_KEYS
    ]
    return [hmac.digest(key, told, "sha256") for key in keys]


def is_ours(head: AuditHead) -> bool:
    return any(hmac.compare_digest(bytes(head.mac), mac) for mac in macs(head))


def head() -> AuditHead:
    """The end of the chain; the chain begins with the first who asks."""
    found = AuditHead.objects.filter(pk=1).first()
    if found is not None:
        return found
    new = AuditHead(salt=secrets.token_hex(SIZE), hash=bytes(SIZE))
    new.mac = macs(new)[0]
    AuditHead.objects.bulk_create([new], ignore_conflicts=True)
    return AuditHead.objects.get(pk=1)


def run(*, seconds: float = MOST_SECONDS) -> int:
    """Seal what waits, one seal after another, until nothing does or the time is over; returns how many events."""
    until = time.monotonic() + seconds
    _watch()
    settled = _settled(head())
    sealed = after = 0
    while True:
        ids = seal(after=after, settled=settled)
        sealed += len(ids)
        if len(ids) < MOST_EVENTS or time.monotonic() > until:
            break
        after = ids[-1]
    return sealed


@transaction.atomic
def seal(*, after: int = 0, settled: int | None = None, most: int = MOST_EVENTS) -> list[int]:
    """Seal the next events that nobody sealed; their ids. Nothing where somebody else is at it.

    Args:
        after: begin behind this event; those up to it were just sealed, without a gap.
        settled: nothing appears any more up to this event, as was asked before the first of these seals.
    """
    head()
    end = AuditHead.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if end is None:
        return []
    settled = _settled(end) if settled is None else settled
    ids = _append(end, max(after, end.settled), most)
    # All up to the last one are sealed, and where fewer were left than asked for, all there are.
    reached = min(settled, ids[-1]) if len(ids) == most else settled
    if reached > end.settled:
        end.settled = reached
        if end.watched is not None and end.watched <= reached:
            end.watched = end.horizon = None
    elif not ids:
        return []
    end.mac = macs(end)[0]
    end.save()
    return ids


def _append(end: AuditHead, after: int, most: int) -> list[int]:
    """Seal the next ones; their ids in order."""
    with connection.cursor() as cursor:
        cursor.execute(SEALED, {"after": after})
        sealed = [number for (number,) in cursor.fetchall()]
        cursor.execute(TAKE, {"after": after, "sealed": sealed, "most": most})
        said = read_digests([number for (number,) in cursor.fetchall()], salt_of(end))
    if not said:
        return []
    ids, now = list(said), timezone.now()
    link = begun(end.number + 1, bytes(end.hash), now)
    hashes = bytearray()
    for one in said.values():
        link = linked(link, one.digest)
        hashes += link
    AuditSeal.objects.create(
        number=end.number + 1, ids=ids, hashes=bytes(hashes), last_id=ids[-1], sealed_at=now
    )
    end.number, end.hash, end.sealed_at = end.number + 1, link, now
    end.events += len(ids)
    # Whoever keeps the logs elsewhere keeps the chain's ends with them; see `check_audit --head`.
    log.info("audit sealed", extra={"head": str(Noted(end.number, link)), "events": len(ids)})
    return ids


@transaction.atomic
def _watch() -> None:
    """Note up to where events will be settled: first the newest event, a run later who is still writing then.

    Two steps, because a number may be taken a moment before its transaction has one of its own.
    """
    head()
    end = AuditHead.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if end is None or end.horizon is not None:
        return
    if end.watched is None:
        newest = _asked(NEWEST) or 0
        end.watched = newest if newest > end.settled else None
    else:
        # Our own transaction is younger than any that has such a number.
        end.horizon = _asked("SELECT pg_current_xact_id()::text::bigint")
    end.save(update_fields=["watched", "horizon"])


def _settled(end: AuditHead) -> int:
    """Up to which event nothing can appear any more, asked before events are read."""
    if end.watched is None or end.horizon is None:
        return end.settled
    # What is known of the other sessions is kept for the length of a transaction.
    _asked("SELECT pg_stat_clear_snapshot()")
    return end.settled if _asked(WRITING, end.horizon) else end.watched


def _asked(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None
