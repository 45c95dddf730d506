"""What can be run: standard reports, reports people composed, lists. Each says who may, and reads itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from analytics.models import Format, ReportRun
from analytics.packs.base import Pack, Section, packs
from analytics.services.asking import Asked
from core.exceptions import InvalidInput, NotFound
from core.models import User
from core.registry import Registry


class Source(ABC):
    """Something a run is of.

    Attributes:
        needs_cost: whether what it holds is for those alone who may see costs.
        has_days: whether days are chosen.
    """

    title: str
    description: str = ""
    needs_cost: bool = False
    has_days: bool = True

    @abstractmethod
    def is_for(self, user: User) -> bool:
        """Whether this person may run it now, and take what it made."""

    @abstractmethod
    def sections(self, asked: Asked, user: User, format: str) -> list[Section]:
        """Read it, inside the snapshot."""

    def facts(self, asked: Asked) -> list[tuple[str, str]]:
        """What was asked for beside the days, as (what, how)."""
        return []


# By the kind of run: from its key and what was asked.
type Finder = Callable[[str, Mapping[str, Any]], Source]
finders: Registry[Finder] = Registry("kinds of runs")


class PackSource(Source):
    def __init__(self, pack: Pack, values: Mapping[str, Any]) -> None:
        self.pack = pack
        self.title, self.description = str(pack.title), str(pack.description)
        self.needs_cost = pack.needs_cost
        # What is not answered at all stands as the form offers it; a box that was cleared is answered with no.
        offered = {
            name: field.initial for name, field in pack.form().fields.items() if field.initial is not None
        }
        self.values = offered | dict(values)

    def is_for(self, user: User) -> bool:
        return self.pack.is_for(user)

    def sections(self, asked: Asked, user: User, format: str) -> list[Section]:
        return self.pack.sections(asked)

    def facts(self, asked: Asked) -> list[tuple[str, str]]:
        form = self.pack.form(dict(self.values))
        return [
            (str(field.label or ""), _shown(field.field, form.cleaned_data.get(field.name)))
            for field in form
            if form.is_valid() and form.cleaned_data.get(field.name) not in (None, "", [])
        ]


@finders.register(ReportRun.Kind.PACK)
def pack_source(key: str, asked: Mapping[str, Any]) -> Source:
    if key not in packs:
        raise NotFound("not_found", _("There is no such report any more."))
    return PackSource(packs.get(key), asked.get("values") or {})


def source_of(kind: str, key: str, asked: Mapping[str, Any]) -> Source:
    """Raises NotFound: what was asked for is gone."""
    if kind not in finders:
        raise NotFound("not_found", _("There is no such report any more."))
    return finders.get(kind)(key, asked)


def of_run(run: ReportRun) -> Source:
    return source_of(run.kind, run.key, run.asked)


def asked_of(run: ReportRun, source: Source, *, sees_cost: bool) -> Asked:
    """Raises InvalidInput: what was asked for is not valid any more."""
    try:
        first, last = (date.fromisoformat(run.asked[name]) for name in ("first", "last"))
    except (KeyError, ValueError, TypeError) as error:
        raise InvalidInput("invalid_period", _("Choose the days anew.")) from error
    return Asked(first, last, ZoneInfo(run.zone), sees_cost, _cleaned(source))


def _cleaned(source: Source) -> dict[str, Any]:
    if not isinstance(source, PackSource):
        return {}
    form = source.pack.form(dict(source.values))
    if not form.is_valid():
        said = "; ".join(str(error) for errors in form.errors.values() for error in errors)
        raise InvalidInput("invalid_values", said)
    return form.cleaned_data


def formats() -> list[tuple[str, Any]]:
    return list(Format.choices)


def _shown(field: Any, value: Any) -> str:
    choices = dict(getattr(field, "choices", ()) or ())
    if isinstance(value, list | tuple):
        return ", ".join(str(choices.get(one, one)) for one in value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(choices.get(value, value))
