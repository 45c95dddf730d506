"""What the paths of the schema share: the answers any of them may give, and examples."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from core.api.schema import ProblemSerializer

# The arguments of one `extend_schema`.
type Described = dict[str, Any]

PROBLEMS = {
    400: ("Bad input; `errors` names the fields. Or insufficient credit.", "insufficient_credit"),
    401: ("Nobody is signed in.", "not_authenticated"),
    403: ("Not allowed.", "permission_denied"),
    404: ("There is no such thing, or it is somebody else's.", "not_found"),
    409: ("The state of things does not allow it now.", "invalid_transition"),
    413: ("The body is too large.", "body_too_large"),
    415: ("The body is not JSON.", "unsupported_media_type"),
    422: ("The Idempotency-Key was used for another request.", "idempotency_mismatch"),
    429: ("Too many requests; see Retry-After.", "throttled"),
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters of your own; the same key has one effect.",
)


def answers(good: dict[int, Any], *problems: int, signed_in: bool = True) -> dict[Any, Any]:
    """The good answers and the problems of a path; those that any path may answer come by themselves."""
    always = (401, 403, 429) if signed_in else (429,)
    found: dict[Any, Any] = dict(good)
    if 400 in problems:
        problems = (*problems, 413, 415)
    for status in sorted({*problems, *always}):
        meaning, code = PROBLEMS[status]
        found[(status, "application/problem+json")] = OpenApiResponse(
            ProblemSerializer, meaning, [_problem(status, code, meaning)]
        )
    return found


def example(shape: Any, value: Any, description: str = "") -> OpenApiResponse:
    """An answer with one example of it."""
    # Of a list the example is one item: the schema's generator wraps it itself.
    one = value[0] if isinstance(value, list) else value
    return OpenApiResponse(shape, description, [OpenApiExample("Answer", one, response_only=True)])


def _problem(status: int, code: str, meaning: str) -> OpenApiExample:
    value = {
        "type": f"urn:topline:problem:{code}",
        "title": meaning,
        "status": status,
        "detail": meaning,
        "code": code,
        "error": meaning,
        "request_id": "01977c5e4d0f7c1e",
    }
    return OpenApiExample(
        code, value, response_only=True, status_codes=[str(status)], media_type="application/problem+json"
    )
