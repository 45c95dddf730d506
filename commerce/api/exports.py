"""`/api/export/orders/` and `/api/export/failures/`: orders as CSV, for staff, never cut."""

from collections.abc import Generator, Mapping
from datetime import date

from django.http import StreamingHttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from commerce.api import exports_schema as schema
from commerce.api.authentication import buyer_of
from commerce.api.parties import require_permission
from commerce.models import Order
from commerce.services import order_export
from commerce.services.csv_copy import Columns
from commerce.services.order_export import COST, FAILURES, ORDERS, Wanted
from core.api.files import SendsFiles
from core.documents.delimited import CONTENT_TYPE
from core.exceptions import InvalidInput, NotAllowed

_S = Order.Status
# The brief's words beside ours.
STATUSES = {status.value: (status.value,) for status in _S} | {
    "pending": tuple(status.value for status in Order.OPEN_STATUSES),
    "success": (_S.FULFILLED.value,),
}
FAILED = {status.value: (status.value,) for status in (_S.FAILED, _S.CANCELLED, _S.REVERSED, _S.UNKNOWN)}


class OrdersExportView(SendsFiles, APIView):
    """All orders of a range of days, newest first."""

    file_types = ("text/csv",)

    name = "orders"
    columns: Columns = ORDERS
    statuses: Mapping[str, tuple[str, ...]] = STATUSES
    otherwise: tuple[str, ...] = ()

    @extend_schema(**schema.ORDERS)
    def get(self, request: Request) -> StreamingHttpResponse:
        require_staff(request, "commerce.view_order")
        first, last = _days(request)
        status = request.query_params.get("status", "").strip()
        if status and status not in self.statuses:
            raise InvalidInput(
                "invalid_filter",
                _("There is no such status; choose of %(known)s.") % {"known": ", ".join(self.statuses)},
                field="status",
            )
        seen = COST if request.user.has_perm("commerce.see_cost") else ()
        wanted = Wanted(
            name=self.name,
            columns=(*self.columns, *seen),
            statuses=self.statuses.get(status, self.otherwise),
            first=first,
            last=last,
            filters=_stated(first, last, status),
        )
        return as_file(self.name, (first, last), order_export.export(wanted, bom=wants_bom(request)))


class FailuresExportView(OrdersExportView):
    """Orders that failed, with what the provider said."""

    name = "failures"
    columns = FAILURES
    statuses = FAILED
    otherwise = (_S.FAILED.value,)

    @extend_schema(**schema.FAILURES)
    def get(self, request: Request) -> StreamingHttpResponse:
        return super().get(request)


def require_staff(request: Request, permission: str) -> None:
    """Raises NotAllowed `permission_denied` for keys, parties, and staff without the right."""
    if not request.user.is_staff or buyer_of(request) is not None:
        raise NotAllowed("permission_denied", _("You do not have permission to perform this action."))
    require_permission(request, permission)


def wants_bom(request: Request) -> bool:
    return request.query_params.get("bom") in ("1", "true")


def as_file(
    name: str, days: tuple[date | None, date | None], lines: Generator[bytes]
) -> StreamingHttpResponse:
    """CSV to be saved under a name that says which days are in it."""
    named = "".join(f"-{day}" for day in days if day)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}{named}.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(lines, content_type=CONTENT_TYPE, headers=headers)


def _days(request: Request) -> tuple[date | None, date | None]:
    first, last = _day(request, "start_date"), _day(request, "end_date")
    if first and last and first > last:
        raise InvalidInput("invalid_range", _("The first day comes before the last."), field="start_date")
    return first, last


def _day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if len(text) == len("2025-01-31") else None
    except ValueError:
        day = None
    # Beyond these years neither the arithmetic here nor PostgreSQL's holds.
    if day is None or not 1970 <= day.year < 2200:
        raise InvalidInput("invalid_date", _("Send a date such as 2025-01-31."), field=name)
    return day


def _stated(first: date | None, last: date | None, status: str) -> dict[str, str]:
    given = {"start_date": first, "end_date": last, "status": status}
    return {name: str(value) for name, value in given.items() if value}


urlpatterns = [
    path("api/export/orders/", OrdersExportView.as_view(), name="api-export-orders"),
    path("api/export/failures/", FailuresExportView.as_view(), name="api-export-failures"),
]
