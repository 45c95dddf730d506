"""How the schema describes the exports."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from commerce.api.schema_parts import Described, answers

ORDER_STATUSES = [
    *(
        "created",
        "processing",
        "fulfilled",
        "failed",
        "unknown",
        "cancelled",
        "reversed",
        "pending",
        "success",
    ),
]
FAILURE_STATUSES = ["failed", "cancelled", "reversed", "unknown"]
FILE = OpenApiResponse(
    OpenApiTypes.STR,
    "CSV in UTF-8 with a header line, streamed; its length is not known beforehand. Amounts are plain decimals in the"
    " currency of their row, times are UTC. Text that a spreadsheet would compute is led by an apostrophe.",
)


def _parameters(statuses: list[str], otherwise: str) -> list[Any]:
    return [
        OpenApiParameter(
            "start_date",
            OpenApiTypes.DATE,
            description="First day, in the company's time zone; from the first order if left out.",
        ),
        OpenApiParameter(
            "end_date",
            OpenApiTypes.DATE,
            description="Last day, which belongs to the range; until now if left out.",
        ),
        OpenApiParameter("status", str, enum=statuses, description=otherwise),
        OpenApiParameter(
            "bom", str, enum=["0", "1"], description="1 begins with the mark by which Excel knows UTF-8."
        ),
    ]


def _answers() -> dict[Any, Any]:
    return {(200, "text/csv"): FILE} | answers({}, 400, 403)


ORDERS: Described = {
    "operation_id": "export_orders",
    "tags": ["exports"],
    "summary": "Take orders as CSV",
    "description": "Every order of the range, newest first, without test mode; never cut. For staff who may see orders;"
    " cost is a column for those who may see it. Who took what is written down.",
    "parameters": _parameters(
        ORDER_STATUSES,
        "`pending` is created, processing and unknown; `success` is fulfilled. All if left out.",
    ),
    "responses": _answers(),
}
FAILURES: Described = {
    "operation_id": "export_failures",
    "tags": ["exports"],
    "summary": "Take failed orders as CSV",
    "description": "As the orders, with why each failed and whether it may be tried again.",
    "parameters": _parameters(FAILURE_STATUSES, "`failed` if left out."),
    "responses": _answers(),
}
