"""Whom a broadcast may go to; each app registers its own people."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.models import User
from core.registry import Registry


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody by their row's id; a user of ours, or addresses by channel."""

    pk: int
    name: str = ""
    language: str = ""
    user: User | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)


class Audience(ABC):
    title: ClassVar[Any]
    explain: ClassVar[Any] = ""

    @abstractmethod
    def rows(self) -> QuerySet[Any]:
        """All of them; their ids tell how far a broadcast has come."""

    @abstractmethod
    def recipient(self, row: Any) -> Recipient: ...

    def count(self) -> int:
        return self.rows().order_by().count()

    def after(self, pk: int, most: int) -> list[Recipient]:
        """The next of them, by id."""
        return [self.recipient(row) for row in self.rows().filter(pk__gt=pk).order_by("pk")[:most]]


audiences: Registry[Audience] = Registry("audiences of broadcasts")


class Staff(Audience):
    title = _("Staff")
    explain = _("Everybody who works here and can sign in")

    def rows(self) -> QuerySet[Any]:
        return User.objects.filter(is_staff=True, is_active=True)

    def recipient(self, row: Any) -> Recipient:
        return Recipient(row.pk, name=str(row), language=row.language, user=row)


audiences.add("staff", Staff())
