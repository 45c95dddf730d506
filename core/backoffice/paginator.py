"""Pages of a long list without counting all of it."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

from core.backoffice.list_views import in_use
from core.backoffice.view_addresses import CHECKBOX, VIEW_VAR
from core.models import SavedView

MOST_COUNTED = 10_000
PHONE_COLUMNS = 3


class BoundedPaginator(Paginator):
    """Counts up to a bound and stops: what lies beyond is found by filters and search, not by paging.

    A queryset that knows a faster way than PostgreSQL chooses has a `count_up_to(most)`.
    """

    template_name = "components/pagination.html"
    bound = MOST_COUNTED

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        if hasattr(rows, "count_up_to"):
            return int(rows.count_up_to(self.bound + 1))
        if isinstance(rows, QuerySet):
            # Without the order, so that the database may stop at the first rows it meets.
            return int(rows.order_by()[: self.bound + 1].count())
        return len(rows)

    @cached_property
    def count(self) -> int:
        return min(self._counted, self.bound)

    @property
    def has_more_than_counted(self) -> bool:
        return self._counted > self.bound


class FirstPageList(ChangeList):
    """Reads the first page before it counts: one with room to spare is all there is, and nothing is left to count.

    A saved view says how long its pages are; where it lacks what a phone keeps, its first columns stay.
    """

    model_admin: Any
    _view: SavedView | None = None

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Without the name of the view, which filters nothing itself."""
        found: dict[str, Any] = super().get_filters_params(params)
        found.pop(VIEW_VAR, None)
        return found

    @property
    def phone_columns(self) -> tuple[str, ...]:
        named: tuple[str, ...] = self.model_admin.phone_columns
        shown = [str(name) for name in self.list_display if name != CHECKBOX]
        if self._view is None or not self._view.columns or set(named) <= set(shown):
            return named
        return tuple(shown[:PHONE_COLUMNS])

    def get_results(self, request: HttpRequest) -> None:
        self._view = in_use(request, self.opts.label_lower)
        if self._view is not None and self._view.page_size:
            self.list_per_page = self._view.page_size
        if self.page_num != 1:
            super().get_results(request)
            return
        rows = list(self.queryset[: self.list_per_page + 1])
        if len(rows) <= self.list_per_page:
            request.__dict__["_all_rows"] = len(rows)
        super().get_results(request)
        request.__dict__.pop("_all_rows", None)
        self.result_list = rows[: self.list_per_page]
