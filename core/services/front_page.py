"""What a person puts away on the first page."""

from core.models import Announcement, User


def dismiss(*, announcement: Announcement, user: User) -> None:
    """Not shown to them again; one that must be seen stays."""
    if announcement.can_be_dismissed:
        announcement.dismissed_by.add(user)
