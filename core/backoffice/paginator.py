"""Pages of a long list without counting all of it."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_COUNTED = 10_000


class BoundedPaginator(Paginator):
    """Counts up to a bound and stops: what lies beyond is found by filters and search, not by paging."""

    template_name = "components/pagination.html"
    bound = MOST_COUNTED

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
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
