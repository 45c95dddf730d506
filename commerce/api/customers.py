"""`/api/register/` and `/api/profile/` (brief 1): a buyer signs up and keeps their own data."""

from typing import Any

from django.db import transaction
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import customers_schema as schema
from commerce.api.parsing import Body
from commerce.models import Customer
from commerce.services import customers, notice_choices
from commerce.services.customers import Registration
from commerce.services.order_view import rfc3339
from core.api.accounts import PublicView
from core.exceptions import NotFound

# Of the profile, by its names: how long each may be.
TEXTS = {
    "full_name": 100,
    "phone_number": 32,
    "date_of_birth": 10,
    "preferred_game": 120,
    "address": 500,
    "city": 100,
    "state": 100,
    "postal_code": 20,
    "country": 2,
}


class RegisterView(PublicView):
    """Open an account. It waits for verification, and can sign in at once."""

    @extend_schema(**schema.REGISTER)
    def post(self, request: Request) -> Response:
        body = Body(request.data)
        registration = Registration(
            username=body.text("username", most=150, required=True),
            email=body.email("email", required=True),
            password=body.text("password", most=128, required=True),
            phone_number=body.text("phone_number", most=32),
            date_of_birth=body.text("date_of_birth", most=10),
            preferred_game=body.text("preferred_game", most=120),
        )
        body.finish()
        return Response(_shown(customers.register(registration)), status=201)


class ProfileView(APIView):
    """The signed-in buyer's own data. Username and status are not theirs to change here."""

    @extend_schema(**schema.PROFILE)
    def get(self, request: Request) -> Response:
        return Response(_shown(own_profile(request)))

    @extend_schema(**schema.PROFILE_PUT)
    def put(self, request: Request) -> Response:
        return self._change(request, whole=True)

    @extend_schema(**schema.PROFILE_PATCH)
    def patch(self, request: Request) -> Response:
        return self._change(request, whole=False)

    def _change(self, request: Request, *, whole: bool) -> Response:
        customer = own_profile(request)
        body = Body(request.data)
        values: dict[str, Any] = {}
        if whole or "email" in body.data:
            values["email"] = body.email("email", required=True)
        for name, most in TEXTS.items():
            if name in body.data or (whole and name != "full_name"):
                values[name] = body.text(name, most=most, required=name == "full_name")
        wanted = _wanted(body)
        body.finish()
        with transaction.atomic():
            customer = customers.change_profile(customer=customer, values=values)
            notice_choices.choose(customer=customer, wanted=wanted)
        return Response(_shown(customer))


def _wanted(body: Body) -> dict[str, list[str]]:
    """By which channels to be told of what; whatever is not named stays as it is."""
    wanted: dict[str, list[str]] = {}
    for event, ways in body.mapping("notifications").items():
        if isinstance(ways, list) and all(isinstance(way, str) for way in ways):
            wanted[event] = ways
        else:
            body.refuse("notifications", _("Send a list of channels for each event."), "invalid_type")
    return wanted


def own_profile(request: Request) -> Customer:
    """Raises NotFound where the caller is no customer."""
    customer = None
    if request.user.pk is not None:
        customer = Customer.objects.select_related("user").filter(user_id=request.user.pk).first()
    if customer is None:
        raise NotFound("no_profile", _("Your account has no buyer's profile."))
    return customer


def _shown(customer: Customer) -> dict[str, Any]:
    """The owner sees their own birth date whole; nobody else is answered by this."""
    return {
        "id": customer.pk,
        "username": customer.user.username if customer.user else None,
        "email": customer.email,
        "full_name": customer.full_name,
        "phone_number": customer.phone or None,
        "date_of_birth": customer.date_of_birth or None,
        "preferred_game": customer.preferred_game or None,
        "address": customer.address,
        "city": customer.city,
        "state": customer.state,
        "postal_code": customer.postal_code,
        "country": customer.country,
        "status": customer.status,
        "email_verified": customer.email_verified_at is not None,
        "phone_verified": customer.phone_verified_at is not None,
        "notifications": notice_choices.chosen(customer),
        "created_at": rfc3339(customer.created_at),
    }


urlpatterns = [
    path("api/register/", RegisterView.as_view(), name="api-register"),
    path("api/profile/", ProfileView.as_view(), name="api-profile"),
]
