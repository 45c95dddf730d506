"""Proving that what happened still is what was sealed; see `core.services.audit_chain`."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import AuditHead, AuditSeal
from core.services import audit_chain, audit_history_proof, audit_notes
from core.services.audit_chain import SIZE, Noted, Said
from core.services.audit_notes import KIND, NOTE, ends_at
from core.services.check_runs import Outcome, Proof, Result, proofs

READING = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
SHOWN = 50
# Longer than a worker is away for a restart.
SEALED_WITHIN = timedelta(hours=1)
TITLES = {
    "entries": _("Each sealed event says what it said when it was sealed"),
    "gone": _("No sealed event was removed"),
    "chain": _("The seals follow one another, each with its place and time"),
    "head": _("The chain ends where its key says, and contains the end noted before"),
    "added": _("No event was put between those that were sealed"),
    "erased": _("What was erased of people is empty, and an erasure says so"),
    "waiting": _("Events are sealed soon after they happen"),
    **audit_history_proof.TITLES,
}
ERASED = """
SELECT x.event_id FROM core_erasedevent x JOIN core_event e ON e.id = x.event_id
WHERE e.data <> '{"erased": true}' OR e.actor_label <> '' OR e.address IS NOT NULL ORDER BY 1
"""
ERASURES = """
SELECT x.erasure_id, count(*), encode(sha256(convert_to(string_agg(x.event_id::text, ',' ORDER BY x.event_id), 'UTF8')),
       'hex'), min(e.data->>'events'), min(e.data->>'digest')
FROM core_erasedevent x LEFT JOIN core_event e ON e.id = x.erasure_id GROUP BY x.erasure_id ORDER BY 1
"""
ENTRIES = "(SELECT id, created_at FROM core_event UNION ALL SELECT id, created_at FROM core_kepthistory) e"
COUNTED = """
SELECT (SELECT count(*) FROM core_event WHERE id <= %(settled)s)
     + (SELECT count(*) FROM core_kepthistory WHERE id <= %(settled)s)
"""
# An event and what was kept of history never have the same number.
ADDED = f"""
SELECT e.id FROM {ENTRIES} WHERE e.id <= %(settled)s AND NOT EXISTS (
    SELECT 1 FROM (SELECT unnest(ids) AS id FROM core_auditseal) s WHERE s.id = e.id)
UNION SELECT e.id FROM core_event e JOIN core_kepthistory k ON k.id = e.id ORDER BY 1
"""  # noqa: S608  # nosec B608
LATE = (
    f"SELECT id, created_at FROM {ENTRIES} WHERE id > %(after)s AND created_at < %(late)s ORDER BY id LIMIT 1"  # noqa: S608  # nosec B608
)


@dataclass(slots=True)
class Findings:
    """What one question found: how much, and the first of it as (subject, expected, found)."""

    count: int = 0
    first: list[tuple[str, str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, subject: object, expected: object, found: object) -> None:
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append((str(subject), str(expected), str(found)))


class Walk:
    """One walk along the whole chain."""

    def __init__(self, noted: Sequence[Noted]) -> None:
        # What is missing so far, by the number of its seal.
        self.missing = list(noted)
        self.found: dict[str, Findings] = defaultdict(Findings)
        self.end = AuditHead.objects.filter(pk=1).first()
        # Of the events that are counted some are records of history, which keep so many changes.
        self.seals = self.events = self.settled_events = self.records = self.changes = 0
        self.link = bytes(SIZE)

    def along(self) -> None:
        began = time.perf_counter()
        self.changes = audit_history_proof.compare(
            lambda name, subject, expected, found: self.found[name].add(subject, expected, found)
        )
        self.found["history"].seconds = time.perf_counter() - began
        if self.end is None:
            if AuditSeal.objects.exists() or self.missing:
                self.found["head"].add(_("End of the chain"), _("one row"), _("none"))
            self._waiting(0)
            return
        began = time.perf_counter()
        self._seals(audit_chain.salt_of(self.end))
        self._head(self.end)
        self.found["entries"].seconds = time.perf_counter() - began
        self._added(self.end)
        self._erased()
        self._waiting(self.end.settled)

    def _seals(self, salt: bytes) -> None:
        for seals in _batches():
            wanted = [number for seal in seals for number in seal.ids]
            now = audit_chain.read_digests(wanted, salt)
            self.settled_events += sum(1 for number in now if self.end and number <= self.end.settled)
            for seal in seals:
                self._seal(seal, now)

    def _seal(self, seal: AuditSeal, now: dict[int, Said]) -> None:
        hashes = bytes(seal.hashes)
        self.seals += 1
        self.events += len(seal.ids)
        if seal.number != self.seals:
            self.found["chain"].add(_("Seal %d") % seal.number, self.seals, seal.number)
            self.seals = seal.number
        if len(hashes) != SIZE * len(seal.ids) or not seal.ids or seal.last_id != max(seal.ids):
            self.found["chain"].add(_("Seal %d") % seal.number, len(seal.ids), len(hashes) / SIZE)
        link = audit_chain.begun(seal.number, self.link, seal.sealed_at)
        for place, number in enumerate(seal.ids):
            stored = hashes[place * SIZE : (place + 1) * SIZE]
            said = now.get(number)
            self.records += said is not None and said.is_history
            if said is None:
                self.found["gone"].add(_("Event %d") % number, stored.hex()[:16], _("gone"))
            elif (link := audit_chain.linked(link, said.digest)) != stored:
                name = _("Record of history %d") if said.is_history else _("Event %d")
                self.found["entries"].add(name % number, stored.hex()[:16], link.hex()[:16])
            link = stored
        self.link = link
        self.missing = [one for one in self.missing if (one.number, one.hash) != (seal.number, link)]

    def _head(self, end: AuditHead) -> None:
        if not audit_chain.is_ours(end):
            self.found["head"].add(_("End of the chain"), _("a MAC by our key"), _("another one"))
        if (end.number, bytes(end.hash)) != (self.seals, self.link):
            told = Noted(end.number, bytes(end.hash)), Noted(self.seals, self.link)
            self.found["head"].add(_("End of the chain"), *told)
        if end.events != self.events:
            self.found["head"].add(_("Events sealed"), end.events, self.events)
        for noted in self.missing:
            self.found["head"].add(_("The end noted before"), noted, _("not in the chain"))

    def _added(self, end: AuditHead) -> None:
        began = time.perf_counter()
        settled = {"settled": end.settled}
        [(there,)] = _rows(COUNTED, settled)
        # Asking which ones is dear, and hardly ever needed.
        if there != self.settled_events:
            for (number,) in _rows(ADDED, settled):
                self.found["added"].add(_("Event %d") % number, _("a seal"), _("none"))
        self.found["added"].seconds = time.perf_counter() - began

    def _erased(self) -> None:
        began = time.perf_counter()
        for (number,) in _rows(ERASED):
            self.found["erased"].add(_("Event %d") % number, _("nothing"), _("something"))
        for erasure, count, digest, told_count, told_digest in _rows(ERASURES):
            if (str(count), digest) != (told_count, told_digest):
                told = told_count or _("no erasure")
                self.found["erased"].add(_("Erasure %d") % erasure, told, count)
        self.found["erased"].seconds = time.perf_counter() - began

    def _waiting(self, settled: int) -> None:
        last = self.end.sealed_at if self.end else None
        late = timezone.now() - SEALED_WITHIN
        if last is not None and last >= late:
            return
        newest = AuditSeal.objects.order_by("-last_id").values_list("last_id").first()
        after = max(settled, newest[0] if newest else 0)
        for number, created_at in _rows(LATE, {"after": after, "late": late}):
            self.found["waiting"].add(_("Event %d") % number, _("a seal"), _("none since %s") % created_at)


def prove(*, noted: Sequence[Noted] = ()) -> Outcome:
    """Walk the whole chain on one snapshot of the database; nothing is changed.

    Args:
        noted: ends of the chain that were noted elsewhere; they must still be in it.
    """
    return _walked(noted)[0]


def _walked(noted: Sequence[Noted]) -> tuple[Outcome, list[Noted]]:
    """What was found, and which of the noted ends are missing."""
    alone = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if alone:
            cursor.execute(READING)
        cursor.execute("SET LOCAL statement_timeout = 0")
        walk = Walk(noted)
        walk.along()
    results = [
        Result(name, str(title), one.count, one.seconds, one.first)
        for name, title in TITLES.items()
        for one in [walk.found[name]]
    ]
    figures = {"events": walk.events - walk.records, "changes": walk.changes, "seals": walk.seals}
    return Outcome(results, figures), walk.missing


@proofs.register(KIND)
class AuditProof(Proof):
    title = _("Proof of what happened")
    explain = _(
        "Every event, and every change that history pages show, is hashed with the one before it: one that was"
        " changed, removed, added or moved since is found."
    )
    permission = "core.view_checkrun"

    def run(self) -> Outcome:
        end = ends_at()
        done, missing = _walked(audit_notes.before())
        note = max(missing, key=lambda one: one.number) if missing else end
        if note is None:
            return done
        # Kept with the run, so that the next one finds a chain that was cut or begun anew, and finds it again.
        results = [_with_note(one, note) if one.name == "head" else one for one in done.results]
        return Outcome(results, done.figures)

    def title_of(self, name: str) -> str:
        return str(TITLES.get(name, ""))


def _with_note(result: Result, end: Noted) -> Result:
    return Result(
        result.name,
        result.title,
        result.count,
        result.seconds,
        [*result.findings, (NOTE, str(end), str(end))],
    )


def _batches() -> Iterator[list[AuditSeal]]:
    """Seals in order, so many at once that their events are one query of some thousand."""
    batch: list[AuditSeal] = []
    size = 0
    for seal in AuditSeal.objects.order_by("number").iterator(chunk_size=500):
        batch.append(seal)
        size += len(seal.ids)
        if size >= audit_chain.MOST_EVENTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _rows(statement: str, parameters: dict[str, Any] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def digest_of(ids: list[int]) -> str:
    """How an erasure names its events."""
    return hashlib.sha256(",".join(map(str, sorted(ids))).encode()).hexdigest()
