"""`/api/approvals/`: staff see what became of what they asked for. Deciding is no path here: it is not for scripts."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import approvals_schema as schema
from core.api.pagination import CursorPage
from core.approvals import operations
from core.exceptions import InvalidInput, NotAllowed, NotFound
from core.models import Approval, User
from core.services.approvals import has_expired

_S = Approval.Status
# PostgreSQL's bigint.
LARGEST = 2**63 - 1


class ApprovalListView(APIView):
    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> Response:
        page = CursorPage()
        found = page.paginate_queryset(_wanted(request, _visible(request)), request)
        return page.get_paginated_response([_shown(one) for one in found or []])


class ApprovalView(APIView):
    @extend_schema(**schema.RETRIEVE)
    def get(self, request: Request, approval_id: int) -> Response:
        visible = _visible(request)
        approval = visible.filter(pk=approval_id).first() if approval_id <= LARGEST else None
        if approval is None:
            raise NotFound("not_found", _("There is no such approval."))
        return Response(_shown(approval))


def _visible(request: Request) -> QuerySet[Approval]:
    if not isinstance(request.user, User) or not request.user.has_perm("core.view_approval"):
        raise NotAllowed("permission_denied", _("You do not have permission to perform this action."))
    return Approval.objects.select_related("requested_by", "decided_by")


def _wanted(request: Request, rows: QuerySet[Approval]) -> QuerySet[Approval]:
    status, kind = request.query_params.get("status", ""), request.query_params.get("kind", "")
    if status and status not in _S.values:
        raise InvalidInput("invalid_filter", _("There is no such status."), field="status")
    if kind and kind not in operations:
        raise InvalidInput("invalid_filter", _("There is no such kind."), field="kind")
    # As it is shown: what nobody decided in time is expired before the sweep has come by.
    late = Q(status=_S.PENDING, expires_at__lte=timezone.now())
    if status == _S.EXPIRED:
        rows = rows.filter(Q(status=status) | late)
    elif status:
        rows = rows.filter(Q(status=status) & ~late)
    return rows.filter(kind=kind) if kind else rows


def _shown(approval: Approval) -> dict[str, Any]:
    operation = operations.get(approval.kind) if approval.kind in operations else None
    changes = operation.changes(approval) if operation else []
    return {
        "id": approval.pk,
        "kind": approval.kind,
        "title": str(operation.title) if operation else approval.kind,
        "status": _S.EXPIRED.value if has_expired(approval) else approval.status,
        "subject": {
            "kind": approval.subject_kind,
            "id": approval.subject_id,
            "label": approval.subject_label,
        },
        "amount": None if approval.amount is None else f"{approval.amount:.2f}",
        "currency": approval.currency,
        "limit": approval.limit,
        "reason": approval.reason,
        "changes": [
            {"label": str(one.label), "before": str(one.before), "after": str(one.after)} for one in changes
        ],
        "requested_by": _person(approval.requested_by),
        "requested_at": approval.requested_at,
        "expires_at": approval.expires_at,
        "decided_by": _person(approval.decided_by),
        "decided_at": approval.decided_at,
        "note": approval.note,
    }


def _person(user: User | None) -> dict[str, Any] | None:
    return None if user is None else {"id": user.pk, "name": str(user)}


urlpatterns = [
    path("api/approvals/", ApprovalListView.as_view(), name="api-approvals"),
    path("api/approvals/<int:approval_id>/", ApprovalView.as_view(), name="api-approval"),
]
