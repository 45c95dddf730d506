"""The last touch on the schema: what is true of every operation is written here once."""

from typing import Any

from core.api.errors import CONTENT_TYPE, TITLES

METHODS = frozenset({"get", "post", "put", "patch", "delete"})
PROBLEM = {"$ref": "#/components/schemas/Problem"}
# In the order of the pages: what a reseller's developer comes for is first.
TAGS = {
    "Orders": "Place, follow and cancel. `Idempotency-Key` makes a repeated request safe.",
    "Catalogue": "Brands, products, what each asks of a recipient, and prices as the caller sees them.",
    "Wallet": "What can be spent, and what moved it.",
    "Support": "Tickets: ask, read the answers, answer back. People answer, so test keys have none.",
    "Sellers": "The same resellers in the words of an older API.",
    "Accounts": "Signing in with a user name or e-mail address, and who one is.",
}
RENAMED = {"Account": "Accounts", "Payment": "Payments"}


def tidy(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Name operations by the first sentence of what they do, document what any of them may answer, order the tags."""
    used: set[str] = set()
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                _summarise(operation)
                _refusals(operation, has_path_parameters="{" in path)
                used.update(operation["tags"])
    known = [name for name in TAGS if name in used]
    result["tags"] = [
        {"name": name, **({"description": TAGS[name]} if name in TAGS else {})}
        for name in [*known, *sorted(used - set(known))]
    ]
    return result


def _summarise(operation: dict[str, Any]) -> None:
    tags = (tag[:1].upper() + tag[1:] for tag in operation.get("tags", ["Other"]))
    operation["tags"] = [RENAMED.get(tag, tag) for tag in tags]
    if not operation.get("summary") and operation.get("description"):
        first, _dot, _rest = operation["description"].strip().partition("\n")[0].partition(". ")
        operation["summary"] = first.rstrip(".")


def _refusals(operation: dict[str, Any], *, has_path_parameters: bool) -> None:
    responses = operation["responses"]
    statuses = {400, 406, 429, 503}
    if has_path_parameters:
        statuses.add(404)
    if "requestBody" in operation:
        statuses |= {413, 415}
    if {} not in operation.get("security", [{}]):
        statuses.add(401)
    for status in sorted(statuses):
        responses.setdefault(
            str(status), {"content": {CONTENT_TYPE: {"schema": PROBLEM}}, "description": TITLES[status]}
        )
    for status, response in responses.items():
        response["description"] = response.get("description") or TITLES.get(int(status), "")
        if status in ("429", "503"):
            response.setdefault("headers", {})["Retry-After"] = {
                "schema": {"type": "integer"},
                "description": "Seconds to wait.",
            }
