from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class CursorPage(CursorPagination):
    """`next`, `previous`, `results`; at any depth as fast as the first page."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering: str | tuple[str, ...] = ("-id",)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """A cursor that somebody changed names no page: 404, whatever is in it."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, DataError, ValueError, TypeError, OverflowError) as error:
            if not request.query_params.get(self.cursor_query_param):
                raise
            raise NotFound(_("There is no such page."), code="invalid_cursor") from error
