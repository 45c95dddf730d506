"""A person's inbox: messages of the channel of that name."""

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils import timezone

from core.models import Message, User

KEPT_SECONDS = 20
MOST_COUNTED = 100


def messages_of(user: User) -> QuerySet[Message]:
    return Message.objects.filter(user=user, channel="inbox").order_by("-id")


def unread_count(user: User) -> int:
    """How many are new, up to a hundred; kept for some seconds, because every page shows it."""
    known = cache.get(_key(user.pk))
    if known is None:
        unread = Message.objects.filter(user=user, channel="inbox", read_at=None).order_by()
        known = unread[:MOST_COUNTED].count()
        cache.set(_key(user.pk), known, KEPT_SECONDS)
    return int(known)


def mark_read(message: Message) -> None:
    if message.read_at is None:
        Message.objects.filter(pk=message.pk, read_at=None).update(read_at=timezone.now())
        forget(message.user_id)


def mark_all_read(*, user: User) -> int:
    count = messages_of(user).filter(read_at=None).update(read_at=timezone.now())
    forget(user.pk)
    return count


def forget(user_id: int | None) -> None:
    """Count again at the next page."""
    cache.delete(_key(user_id))


def _key(user_id: int | None) -> str:
    return f"inbox-unread:{user_id}"
