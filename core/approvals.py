"""What waits for a second person: the kinds of change that do, and what a service says of one.

A service that changes something of a registered kind says so by `core.services.approvals.require(wish)`, at the place
where it has checked everything and changed nothing yet. Either it may go on, or `ApprovalNeeded` leaves the service:
all that was done in the transaction is undone, and whoever called writes the wish down (`approvals.ask`) and tells
the person. Approving runs the same service with the same values once more.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _

from core.exceptions import DomainError
from core.models import Approval
from core.money import format_money
from core.registry import Registry

type Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """From when on a second person is needed, and who that may be.

    Attributes:
        limit: what the wish's measure may be at most without one; None where none is ever needed.
        shown: the limit in words.
        hours: until a wish expires.
        roles: of those who decide.
    """

    limit: Decimal | None
    shown: str
    hours: int
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """One change that a service is about to make.

    Attributes:
        subject: label and id of what is changed.
        label: how people call it; no personal data, for it stays for ever.
        payload: what the kind's `execute` calls the service with. JSON-able; secrets are not compared but encrypted
            in `secret`.
        state: what must still be so when it is approved. JSON-able.
        before, after: what people are shown, by the kind's field names.
        measure: what is compared with the limit: money in `currency`, or per cent where there is no currency. What
            was done before in small parts is in it.
        amount: the money of this change alone.
        at: when the service looked.
    """

    kind: str
    subject: tuple[str, str]
    label: str
    payload: Facts
    state: Facts
    before: Facts
    after: Facts
    measure: Decimal
    amount: Decimal | None = None
    currency: str = ""
    reason: str = ""
    secret: Facts = field(default_factory=dict)
    at: datetime = field(default_factory=timezone.now)

    @property
    def fingerprint(self) -> str:
        """Equal for equal wishes."""
        text = json.dumps([self.kind, self.subject, self.payload], sort_keys=True, cls=DjangoJSONEncoder)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Change:
    """A line of what would change, as people read it."""

    label: Any
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


class Operation:
    """A kind of change that may need a second person. Subclasses are registered with their key.

    Attributes:
        permission: what asking needs, and deciding too.
        labels: names of the fields of `before` and `after`, and of `state`.
        money: which of them are amounts in the wish's currency.
        told: what else of `payload` people read, by its names.
    """

    key: ClassVar[str]
    title: ClassVar[Any]
    icon: ClassVar[str] = "approval"
    permission: ClassVar[str]
    labels: ClassVar[dict[str, Any]] = {}
    money: ClassVar[tuple[str, ...]] = ()
    told: ClassVar[dict[str, Any]] = {}

    def terms(self, currency: str) -> Terms:
        """In force now."""
        raise NotImplementedError

    def execute(self, approval: Approval) -> None:
        """Call the service with what was asked for. Raises DomainError."""
        raise NotImplementedError

    def link(self, approval: Approval) -> str:
        """The page of what is changed."""
        return ""

    def shown(self, name: str, value: Any, currency: str) -> str:
        if value in (None, ""):
            return "–"
        return format_money(Decimal(str(value)), currency) if name in self.money else str(value)

    def changes(self, approval: Approval) -> list[Change]:
        known = {**approval.before, **approval.after}
        # In the order of the labels: the database keeps none.
        names = [name for name in self.labels if name in known]
        return [
            Change(
                self.labels.get(name, name),
                self.shown(name, approval.before.get(name), approval.currency),
                self.shown(name, approval.after.get(name), approval.currency),
            )
            for name in names
        ]

    def details(self, approval: Approval) -> list[tuple[Any, str]]:
        """The rest of what was asked for, as labels and texts."""
        given = approval.payload
        return [(label, str(given[name])) for name, label in self.told.items() if given.get(name)]


class Operations(Registry[Operation]):
    def register_kind(self, kind: type[Operation]) -> type[Operation]:
        self.add(kind.key, kind())
        return kind


operations = Operations("approvable operations")


class ApprovalNeeded(DomainError):
    """Nothing was changed: a second person has to approve it. Whoever cannot ask for it shows this as a refusal."""

    status = 202

    def __init__(self, wish: Wish, limit: str, *, always: bool = False) -> None:
        text = _("Above %(limit)s a second person has to approve this; ask for it on its own page.")
        if always:
            text = _("A second person has to approve this; ask for it on its own page.")
        super().__init__("approval_required", text % {"limit": limit})
        self.wish, self.limit, self.always = wish, limit, always
