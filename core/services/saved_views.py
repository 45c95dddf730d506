"""Views of lists that people save for themselves, and share with groups where they may."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.events import record
from core.exceptions import Conflict, InvalidInput, NotAllowed, NotFound
from core.models import FirstView, SavedView, User

SHARE = "core.share_views"
MOST_VIEWS = 30


# Of which lists somebody sees views is kept, because every list asks; saving, sharing or removing one ends all that.
KEPT, KEPT_SECONDS = "saved-views", 300


@dataclass(frozen=True, slots=True)
class Setup:
    """What a view is made of; see `SavedView`. `groups` is None where sharing stays as it is."""

    title: str
    columns: Sequence[str] = ()
    filters: dict[str, list[str]] = field(default_factory=dict)
    ordering: Sequence[str] = ()
    page_size: int = 0
    days_from: date | None = None
    groups: Sequence[Group] | None = None


def may_change(*, user: Any, view: SavedView) -> bool:
    """One's own; and what is shared, for those who share: its owner may have left."""
    return view.owner_id == user.pk or (view.is_shared and user.has_perm(SHARE))


def seen_of(*, user: User, list_name: str, most: int) -> list[SavedView]:
    """The views of a list that somebody sees; it costs a query only where there are any."""
    if list_name not in _lists_with_views(user):
        return []
    return list(SavedView.objects.seen_by(user).filter(list_name=list_name)[:most])


def _lists_with_views(user: User) -> list[str]:
    # Another role sees what is shared with others.
    key = f"{KEPT}:{user.pk}:{user.role}"
    kept = cache.get_many([KEPT, key])
    state = kept.get(KEPT) or _forget_kept()
    found, known = kept.get(key, ("", []))
    if found != state:
        views = SavedView.objects.seen_by(user).order_by().values_list("list_name", flat=True)
        known = list(views.distinct())
        cache.set(key, (state, known), KEPT_SECONDS)
    return list(known)


def _forget_kept() -> str:
    """What is kept belongs to another state from now on; the new one."""
    state = secrets.token_hex(8)
    cache.set(KEPT, state, None)
    return state


def _changed() -> None:
    """Now for this request, and once more when others can read it."""
    _forget_kept()
    transaction.on_commit(_forget_kept)


@transaction.atomic
def save(*, user: User, list_name: str, setup: Setup) -> SavedView:
    """A new view of a list.

    Raises:
        Conflict: `too_many_views`. InvalidInput: `name_taken`. NotAllowed: `sharing_not_allowed`.
    """
    if SavedView.objects.filter(owner=user, list_name=list_name).count() >= MOST_VIEWS:
        raise Conflict(
            "too_many_views",
            _("You have %(most)s views of this list. Remove one that you no longer need.")
            % {"most": MOST_VIEWS},
        )
    view = _written(SavedView(owner=user, list_name=list_name), setup)
    _share(user, view, setup)
    record("view.saved", subject=view, data=_told(view))
    return view


@transaction.atomic
def change(*, user: User, view: SavedView, setup: Setup) -> SavedView:
    """Another name, other columns, filters, order or groups of a view.

    Raises:
        InvalidInput: `name_taken`. NotAllowed: `not_yours`, `sharing_not_allowed`.
    """
    _require_change(user, view)
    view = _written(view, setup)
    _share(user, view, setup)
    record("view.changed", subject=view, data=_told(view))
    return view


@transaction.atomic
def remove(*, user: User, view: SavedView) -> None:
    """For everybody it is shared with, too. Raises NotAllowed: `not_yours`."""
    _require_change(user, view)
    record("view.removed", subject=view, data=_told(view))
    view.delete()
    _changed()


def open_first(*, user: User, list_name: str, view: SavedView | None) -> None:
    """The view that the list opens with for this person; None for the list as it comes.

    Raises:
        NotFound: `unknown_view`, where it is of another list or not theirs to see.
    """
    if view is None:
        FirstView.objects.filter(user=user, list_name=list_name).delete()
        return
    if not SavedView.objects.seen_by(user).filter(pk=view.pk, list_name=list_name).exists():
        raise NotFound("unknown_view", _("There is no such view of this list."))
    FirstView.objects.update_or_create(user=user, list_name=list_name, defaults={"view": view})


def _require_change(user: User, view: SavedView) -> None:
    if not may_change(user=user, view=view):
        raise NotAllowed("not_yours", _("This view is somebody else's. Save it under a name of your own."))


def _written(view: SavedView, setup: Setup) -> SavedView:
    view.title, view.page_size, view.days_from = setup.title, setup.page_size, setup.days_from
    view.columns, view.ordering = list(setup.columns), list(setup.ordering)
    view.filters = dict(setup.filters)
    try:
        with transaction.atomic():
            view.save()
        _changed()
    except IntegrityError as error:
        message = _("There is a view of this name on this list already. Choose another name.")
        raise InvalidInput("name_taken", message, field="title") from error
    return view


def _share(user: User, view: SavedView, setup: Setup) -> None:
    if setup.groups is None:
        return
    wanted = {group.pk for group in setup.groups}
    if wanted == set(view.groups.values_list("pk", flat=True)):
        return
    if not user.has_perm(SHARE):
        raise NotAllowed(
            "sharing_not_allowed", _("You may save views for yourself; ask an admin to share one.")
        )
    view.groups.set(setup.groups)
    _changed()


def _told(view: SavedView) -> dict[str, Any]:
    return {
        "list": view.list_name,
        "title": view.title,
        "groups": sorted(view.groups.values_list("name", flat=True)),
    }
