"""`/api/phone-numbers/`: saved recipients of the caller (brief 2)."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import sellers_schema as schema
from commerce.api.authentication import buyer_of
from commerce.api.parsing import Body
from commerce.api.parties import require_permission
from commerce.models import ApiKey, Brand, Customer, PhoneNumber, Reseller
from commerce.services import phone_numbers
from commerce.services.order_view import rfc3339
from core.exceptions import NotAllowed, NotFound


class PhoneNumbersView(APIView):
    """The caller's saved numbers, newest first; all of them for staff who may see them."""

    @extend_schema(**schema.PHONE_LIST)
    def get(self, request: Request) -> Response:
        return Response([_shown(saved) for saved in _visible(request)])

    @extend_schema(**schema.PHONE_CREATE)
    def post(self, request: Request) -> Response:
        _may_write(request, "commerce.add_phonenumber")
        body = Body(request.data)
        values = _read(body)
        owner = _owner(request, body)
        body.finish()
        assert owner is not None  # noqa: S101 - `finish` raised otherwise
        return Response(_shown(phone_numbers.save_number(owner=owner, **values)), status=201)


class PhoneNumberView(APIView):
    """One saved number. Deleting it never touches an order."""

    @extend_schema(**schema.PHONE_DETAIL)
    def get(self, request: Request, number_id: int) -> Response:
        return Response(_shown(_found(request, number_id)))

    @extend_schema(**schema.PHONE_UPDATE)
    def put(self, request: Request, number_id: int) -> Response:
        saved = _found(request, number_id)
        _may_write(request, "commerce.change_phonenumber")
        body = Body(request.data)
        values = _read(body)
        body.finish()
        return Response(_shown(phone_numbers.change_number(saved=saved, **values)))

    @extend_schema(**schema.PHONE_DELETE)
    def delete(self, request: Request, number_id: int) -> Response:
        saved = _found(request, number_id)
        _may_write(request, "commerce.delete_phonenumber")
        phone_numbers.delete_number(saved=saved)
        return Response(status=204)


def _visible(request: Request) -> QuerySet[PhoneNumber]:
    saved = PhoneNumber.objects.select_related("operator", "reseller", "customer").order_by("-id")
    buyer = buyer_of(request)
    if buyer is None:
        return saved if request.user.has_perm("commerce.view_phonenumber") else saved.none()
    if buyer.reseller_id:
        return saved.filter(reseller_id=buyer.reseller_id)
    return saved.filter(customer_id=buyer.customer_id or 0)


def _found(request: Request, number_id: int) -> PhoneNumber:
    """Raises NotFound, for somebody else's number too."""
    saved = _visible(request).filter(pk=number_id).first()
    if saved is None:
        raise NotFound("not_found", _("There is no such phone number."))
    return saved


def _may_write(request: Request, permission: str) -> None:
    """A party whose key or role may order may keep its numbers too; staff need the permission.

    Raises:
        NotAllowed: `missing_scope`, `permission_denied`.
    """
    buyer = buyer_of(request)
    if buyer is None:
        require_permission(request, permission)
    elif ApiKey.Scope.ORDER not in buyer.scopes:
        raise NotAllowed("missing_scope", _("You may look here, not change anything."))


def _owner(request: Request, body: Body) -> Reseller | Customer | None:
    """The caller's party; staff name the seller."""
    buyer = buyer_of(request)
    if buyer and buyer.reseller_id:
        return Reseller.objects.get(pk=buyer.reseller_id)
    if buyer:
        return Customer.objects.get(pk=buyer.customer_id or 0)
    seller_id = body.integer("seller", required=True)
    seller = Reseller.objects.filter(pk=seller_id).first() if seller_id else None
    if seller_id and seller is None:
        body.refuse("seller", _("There is no such seller."), "unknown_seller")
    return seller


def _read(body: Body) -> dict[str, Any]:
    operator_id = body.integer("operator")
    operator = Brand.objects.filter(pk=operator_id).first() if operator_id else None
    if operator_id and operator is None:
        body.refuse("operator", _("There is no such operator."), "unknown_operator")
    return {
        "number": body.text("number", most=32, required=True),
        "label": body.text("label", most=80),
        "operator": operator,
    }


def _shown(saved: PhoneNumber) -> dict[str, Any]:
    return {
        "id": saved.pk,
        "number": saved.number,
        "label": saved.label,
        "operator": saved.operator_id,
        "operator_name": saved.operator.name if saved.operator else None,
        "seller": saved.reseller_id,
        "created_at": rfc3339(saved.created_at),
    }


urlpatterns = [
    path("api/phone-numbers/", PhoneNumbersView.as_view(), name="api-phone-numbers"),
    path("api/phone-numbers/<int:number_id>/", PhoneNumberView.as_view(), name="api-phone-number"),
]
