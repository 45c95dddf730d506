"""Lists of the back office as something that runs: the rows, columns and rights of who asked, read in one snapshot."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from analytics.models import ReportRun
from analytics.packs.base import Section
from analytics.services.asking import Asked
from analytics.services.sources import Source, finders
from core.backoffice.list_columns import ListColumn, columns_of, typed
from core.backoffice.list_documents import SAMPLED_ROWS, title_of
from core.backoffice.list_filters import stated
from core.backoffice.list_objects import objects
from core.backoffice.site import site
from core.documents.tables import Column, Row
from core.exceptions import InvalidInput, NotFound
from core.models import User

ROWS_AT_ONCE = 500


@dataclass(slots=True)
class ListSection(Section):
    """Attributes:
    number: how many rows there are.
    """

    number: int = 0


class ListSource(Source):
    """A list as its address says it, for whoever runs it."""

    has_days = False

    def __init__(self, name: str, kept: Mapping[str, Any]) -> None:
        self.admin = admin_of(name)
        self.title = str(kept.get("title") or title_of(self.admin))
        self.query = str(kept.get("query") or "")
        self.columns = tuple(str(one) for one in kept.get("columns") or ())
        # Search and filters in words, once it was read.
        self.said: list[tuple[str, str]] = []

    def is_for(self, user: User) -> bool:
        """Who may see the list, and each of its columns."""
        request = self._request(user)
        return bool(self.admin.has_view_or_change_permission(request)) and (
            set(self.columns) <= set(self.admin.offered_columns(request))
        )

    def facts(self, asked: Asked) -> list[tuple[str, str]]:
        return self.said or [(_("Filters"), _("None: all rows"))]

    def sections(self, asked: Asked, user: User, format: str) -> list[Section]:
        request = self._request(user)
        columns = columns_of(self.admin, request, self.columns)
        changelist = self._changelist(request)
        self.said = stated(request, changelist)
        found: QuerySet[Any] = changelist.queryset
        rows = _rows(found, columns)
        sample = list(islice(rows, SAMPLED_ROWS))
        titled: Sequence[Column] = typed(columns, sample, self.admin.document_totals)
        number = found.order_by().count()
        return [ListSection(self.title, titled, chain(sample, rows), number=number)]

    def _request(self, user: User) -> HttpRequest:
        """The list asked for by this person; nothing of a browser is in it."""
        request = HttpRequest()
        request.method, request.user = "GET", user
        request.GET = QueryDict(self.query)  # type: ignore[assignment]
        return request

    def _changelist(self, request: HttpRequest) -> Any:
        try:
            return self.admin.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            message = _("The filters of this list could not be read. Choose them again.")
            raise InvalidInput("invalid_filters", message) from error


@finders.register(ReportRun.Kind.LIST)
def list_source(key: str, kept: Mapping[str, Any]) -> Source:
    return ListSource(key, kept)


def admin_of(name: str) -> Any:
    """The list of that name.

    Raises:
        NotFound
    """
    found = next((view for model, view in site._registry.items() if model._meta.label_lower == name), None)
    if found is None or not getattr(found, "list_documents", False):
        raise NotFound("not_found", _("There is no such list any more."))
    return found


def _rows(found: QuerySet[Any], columns: Sequence[ListColumn]) -> Iterator[Row]:
    """By a cursor of the server: a list of a million rows is never in memory."""
    readers = [column.read for column in columns]
    for obj in objects(found, at_once=ROWS_AT_ONCE):
        yield [read(obj) for read in readers]
