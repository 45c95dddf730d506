"""Whoever watches an object is told what others did to it.

Nobody waits for that: a sweep looks through what happened since the last one. It goes no further than the audit chain
knows that nothing can appear any more, so that no event is missed, however late its transaction ends.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.backoffice import objects
from core.backoffice.history import wording
from core.exceptions import Conflict
from core.messages.telling import tell
from core.messages.wording import known_language
from core.models import Event, User, Watch, WatchMark
from core.services import audit_chain
from core.services.subjects import Subject

log = logging.getLogger(__name__)
MOST_WATCHES, KEPT_SECONDS = 200, 300
# Of events looked at in one transaction, and of kinds of events named in one message.
AT_ONCE, MOST_NAMED = 10_000, 5
# More objects than this are told in one message.
SEVERAL, LONGEST_LINK = 3, 300
MOST_SECONDS = 20.0
UNTIL = """
SELECT max(id) FROM (
    SELECT id FROM core_event WHERE id > %(after)s AND id <= %(settled)s ORDER BY id LIMIT %(most)s
) next_ones
"""
# What one did oneself is not told.
NEWS = """
SELECT w.id, e.id FROM core_event e
JOIN core_watch w ON w.subject_kind = e.subject_kind AND w.subject_id = e.subject_id
WHERE e.id > %(after)s AND e.id <= %(until)s AND e.created_at >= w.created_at
  AND NOT (e.actor_kind = 'staff' AND e.actor_id = w.user_id::text)
ORDER BY w.id, e.id
"""


@dataclass(frozen=True, slots=True)
class News:
    """What happened to something, said in the language of whoever reads it, and who did it."""

    what: Callable[[], str]
    by: str


def of(user: Any) -> QuerySet[Watch]:
    """What somebody watches, the newest first."""
    return Watch.objects.filter(user=user.pk).order_by("-id")


def watches(user: Any, subject: Subject) -> bool:
    """Kept for some minutes, because the page of every object asks; only they themselves change it."""
    known = cache.get(_key(user))
    if known is None:
        known = list(of(user).values_list("subject_kind", "subject_id"))
        cache.set(_key(user), known, KEPT_SECONDS)
    return subject in {(kind, key) for kind, key in known}


def _changed(user: User) -> None:
    """Now for this request, and once more when others can read it."""
    cache.delete(_key(user))
    transaction.on_commit(lambda: cache.delete(_key(user)), robust=True)


def _key(user: Any) -> str:
    return f"watches:{user.pk}"


def start(*, user: User, subject: Subject) -> Watch:
    """Be told from now on; asked again it changes nothing. Raises Conflict: `too_many_watches`."""
    named: dict[str, Any] = {"subject_kind": subject[0], "subject_id": subject[1]}
    if of(user).count() >= MOST_WATCHES and not of(user).filter(**named).exists():
        raise Conflict(
            "too_many_watches",
            _("You watch %(most)s things. Stop watching one you no longer need.") % {"most": MOST_WATCHES},
        )
    mark()
    watch, _created = Watch.objects.get_or_create(user=user, **named)
    _changed(user)
    return watch


def stop(*, user: User, subject: Subject) -> None:
    of(user).filter(subject_kind=subject[0], subject_id=subject[1]).delete()
    _changed(user)


def tell_watchers(*, settled: int | None = None) -> int:
    """What the sweep does; how many messages were written.

    Args:
        settled: nothing appears any more up to this event.
    """
    until, told = time.monotonic() + MOST_SECONDS, 0
    settled = audit_chain.head().settled if settled is None else settled
    while (found := _step(settled)) is not None:
        told += found
        if time.monotonic() > until:
            break
    return told


@transaction.atomic
def _step(settled: int) -> int | None:
    """Tell what happened next; None where there is nothing new, or somebody else is at it."""
    mark()
    row = WatchMark.objects.select_for_update(skip_locked=True).filter(pk=1, event_id__lt=settled).first()
    if row is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(UNTIL, {"after": row.event_id, "settled": settled, "most": AT_ONCE})
        until = cursor.fetchone()[0] or settled
        cursor.execute(NEWS, {"after": row.event_id, "until": until})
        news: dict[int, list[int]] = defaultdict(list)
        for watch_id, event_id in cursor.fetchall():
            news[watch_id].append(event_id)
    row.event_id = until
    row.save(update_fields=["event_id"])
    return _tell_of(news, key=str(until))


def _tell_of(news: dict[int, list[int]], *, key: str) -> int:
    if not news:
        return 0
    events = Event.objects.in_bulk({number for numbers in news.values() for number in numbers})
    told = {watch: [_news(events[number]) for number in numbers] for watch, numbers in news.items()}
    rows = Watch.objects.filter(pk__in=news).select_related("user").order_by("pk")
    return tell_all(((watch, told[watch.pk]) for watch in rows), key=key)


def _news(event: Event) -> News:
    return News(lambda: wording.titled(event.kind)[0], event.who)


def tell_all(changed: Iterable[tuple[Watch, list[News]]], *, key: str) -> int:
    """Tell everybody what is new; one message for many objects of a kind that the same people changed.

    One that cannot be told does not keep the news from the others.

    Args:
        key: told again with the same key, it is not told again.
    """
    alike: dict[tuple[Any, ...], list[tuple[Watch, list[News]]]] = defaultdict(list)
    for watch, news in changed:
        by = tuple(sorted({one.by for one in news}))
        alike[watch.user_id, watch.subject_kind, by].append((watch, news))
    told = 0
    for group in alike.values():
        parts = [group] if len(group) > SEVERAL else [[one] for one in group]
        for part in parts:
            try:
                with transaction.atomic():
                    told += _say(part, key)
            except Exception:
                log.exception("a watcher was not told", extra={"watch": part[0][0].pk})
    return told


def _say(group: list[tuple[Watch, list[News]]], key: str) -> int:
    """One message to somebody, of those objects that they may still see."""
    first = group[0][0]
    user, kind = first.user, first.subject_kind
    news = {watch.subject_id: found for watch, found in group}
    if not (user.is_active and user.is_staff):
        return 0
    seen = objects.seen_many(objects.asking(user), kind, news)
    if not seen:
        return 0
    each = [one for key_, found in news.items() if key_ in seen for one in found]
    with translation.override(known_language(user.language)):
        values = {
            "what": _listed(one.what() for one in each),
            "object": _called(list(seen.values())),
            "by": _listed(one.by or _("somebody") for one in each),
        }
        about = (kind, next(iter(seen))) if len(seen) == 1 else None
        marked = f"watched:{first.pk}:{key}"
        return len(tell(user, "watched", values, about=about, link=_page(list(seen.values())), key=marked))


def _called(seen: list[Model]) -> str:
    """Many are counted: what stands in a message of several is found by no erasure of one."""
    options = seen[0]._meta
    if len(seen) == 1:
        return f"{capfirst(options.verbose_name)} {seen[0]}"
    return f"{len(seen)} {options.verbose_name_plural}"


def _page(seen: list[Model]) -> str:
    """Of one its page, of several the list with those alone, where an address can hold them."""
    if len(seen) == 1:
        return objects.page_of(seen[0])
    options = seen[0]._meta
    listed = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    wanted = f"{listed}?{options.pk.name}__in={','.join(str(one.pk) for one in seen)}"
    return wanted if len(wanted) <= LONGEST_LINK else listed


def _listed(words: Iterable[str]) -> str:
    """Each once, in its order, and no more than fit into a line."""
    each = [*dict.fromkeys(words)]
    more = [_("and more")] if len(each) > MOST_NAMED else []
    return ", ".join([*each[:MOST_NAMED], *more])


def mark() -> None:
    """The first who asks is told of nothing that was before."""
    if not WatchMark.objects.exists():
        WatchMark.objects.bulk_create([WatchMark(event_id=audit_chain.head().settled)], ignore_conflicts=True)
