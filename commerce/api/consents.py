"""What customers agree to: their own words by `/api/profile/consents/`, and what they told our staff."""

from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import consents_schema as schema
from commerce.api.customers import own_profile
from commerce.api.parsing import Body
from commerce.api.parties import require_permission
from commerce.api.users import find_customer
from commerce.models import Consent, Customer
from commerce.services import consents
from commerce.services.order_view import rfc3339


class OwnConsentsView(APIView):
    """The signed-in buyer's own."""

    @extend_schema(**schema.READ)
    def get(self, request: Request) -> Response:
        return Response(_shown(own_profile(request)))

    @extend_schema(**schema.SAY)
    def post(self, request: Request) -> Response:
        customer = own_profile(request)
        said = _said(Body(request.data))
        consents.say(customer=customer, how=_("By the API"), **said)
        return Response(_shown(customer))


class UserConsentsView(APIView):
    """A customer's, for staff; written down by those who may."""

    @extend_schema(**schema.OF_USER)
    def get(self, request: Request, user_id: int) -> Response:
        return Response(_shown(find_customer(request, user_id)))

    @extend_schema(**schema.RECORD)
    def post(self, request: Request, user_id: int) -> Response:
        customer = find_customer(request, user_id)
        require_permission(request, "commerce.record_consent")
        body = Body(request.data)
        how = body.text("how", most=200, required=True)
        consents.say(customer=customer, how=how, **_said(body))
        return Response(_shown(customer))


def _said(body: Body) -> dict[str, Any]:
    """Raises InvalidInput by field."""
    purpose = body.text("purpose", most=20, required=True)
    if purpose and purpose not in Consent.Purpose.values:
        names = ", ".join(Consent.Purpose.values)
        body.refuse("purpose", _("One of %(names)s.") % {"names": names}, "unknown_purpose")
    agreed = body.data.get("agreed")
    if not isinstance(agreed, bool):
        # Silence is no consent, and neither is "yes" in some word.
        body.refuse("agreed", _("Send true or false."), "invalid_type")
    version = body.text("version", most=40)
    body.finish()
    return {"purpose": purpose, "given": agreed, "version": version}


def _shown(customer: Customer) -> list[dict[str, Any]]:
    newest = consents.now(customer)
    return [_line(purpose, newest.get(purpose.value)) for purpose in Consent.Purpose]


def _line(purpose: Consent.Purpose, said: Consent | None) -> dict[str, Any]:
    return {
        "purpose": purpose.value,
        "title": str(purpose.label),
        "agreed": said is not None and said.given,
        "version": said.version if said else "",
        "how": said.how if said else "",
        "said_at": rfc3339(said.said_at) if said else None,
    }


urlpatterns = [
    path("api/profile/consents/", OwnConsentsView.as_view(), name="api-profile-consents"),
    path("api/users/<int:user_id>/consents/", UserConsentsView.as_view(), name="api-user-consents"),
]
