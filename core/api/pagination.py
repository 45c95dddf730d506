from rest_framework.pagination import CursorPagination


class CursorPage(CursorPagination):
    """`next`, `previous`, `results`; at any depth as fast as the first page."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering: str | tuple[str, ...] = ("-id",)
