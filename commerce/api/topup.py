"""`POST /api/topup/`: the briefs' way to place an order, on the same services."""

from decimal import Decimal
from typing import Any

from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import order_schema as schema
from commerce.api.authentication import require_buyer
from commerce.api.orders import read_key, respond
from commerce.api.parsing import Body
from commerce.models import Order
from commerce.services import catalogue as catalogues
from commerce.services import orders
from commerce.services.buyers import Buyer
from commerce.services.catalogue import CatalogProduct, Catalogue
from commerce.services.order_rows import OrderRequest, Row
from commerce.services.order_view import BRIEF_STATUS
from commerce.services.pricing import price_seen
from core.exceptions import DomainError

# What the brief calls the fields that the services name in their refusals.
MEMBERS = {"product": "product_id", "amount": "product_price"}
PAYMENT_STATUSES = ("pending", "success", "failed")


class TopupView(APIView):
    """Place a top-up; a reseller pays from the wallet, a buyer through the gateway."""

    @extend_schema(**schema.TOPUP)
    def post(self, request: Request) -> Response:
        buyer = require_buyer(request)
        try:
            answer = orders.place_order(
                buyer=buyer,
                request=read_topup(request.data, buyer),
                present=_present,
                key=read_key(request),
                status=201,
            )
        except DomainError as error:
            error.errors = {MEMBERS.get(name, name): texts for name, texts in error.errors.items()}
            raise
        return respond(answer)


def read_topup(data: Any, buyer: Buyer) -> OrderRequest:
    """A brief's body as an order request: game, name, id and price must all be this product's.

    Raises:
        InvalidInput: every field that is wrong, by name, with the right price where the price is wrong.
    """
    body = Body(data)
    code = body.text("game_id", most=60, required=True)
    game = body.text("gamename", most=120, required=True)
    name = body.text("product_name", most=120, required=True)
    product_id = body.integer("product_id", required=True)
    catalogue = catalogues.current(buyer.catalogue_version)
    product = catalogue.products.get(product_id) if product_id else None
    price = body.amount(
        "product_price", currency=product.currency if product else buyer.currency, required=True
    )
    email = body.email("user_email", required=buyer.api_key_id is not None)
    reference = body.text("reference", most=64)
    recipient = body.mapping("recipient")
    if data.get("payment_status") not in (None, *PAYMENT_STATUSES):
        body.refuse("payment_status", _("One of pending, success, failed."), "invalid_choice")
    body.finish()
    _check_game(body, catalogue, code, game)
    checked = _check_product(body, product, code, name)
    body.finish()
    assert checked is not None and price is not None  # noqa: S101 - `finish` raised otherwise
    range_amount = price if checked.denomination == "range" else None
    if range_amount is None:
        _check_price(body, buyer, catalogue, checked, price)
    return OrderRequest(
        product_id=checked.id,
        recipient=recipient,
        amount=range_amount,
        reference=reference,
        user_email=email or buyer.email,
        channel=Order.Channel.TOPUP,
    )


def _check_game(body: Body, catalogue: Catalogue, code: str, game: str) -> None:
    brand = catalogue.brand_by_code.get(code)
    if brand is None:
        body.refuse("game_id", _("There is no game with this id."), "unknown_game")
    elif not brand.active:
        body.refuse("game_id", _("This game is not active."), "game_inactive")
    elif brand.name.casefold() != game.casefold():
        body.refuse(
            "gamename", _("The game with this id is “%(name)s”.") % {"name": brand.name}, "game_mismatch"
        )


def _check_product(body: Body, product: CatalogProduct | None, code: str, name: str) -> CatalogProduct | None:
    if product is None or product.brand_code != code:
        body.refuse("product_id", _("This game has no product with this id."), "unknown_product")
    elif product.name.casefold() != name.casefold():
        body.refuse(
            "product_name",
            _("The product with this id is “%(name)s”.") % {"name": product.name},
            "product_mismatch",
        )
    return product


def _check_price(
    body: Body, buyer: Buyer, catalogue: Catalogue, product: CatalogProduct, given: Decimal
) -> None:
    # As the catalogue shows it, even where it may not be sold at that price: the order itself is refused then.
    right = price_seen(catalogue, product, price_list_id=buyer.price_list_id, at=timezone.now())
    if given != right:
        body.refuse(
            "product_price",
            _("The price of this product is %(price)s %(currency)s.")
            % {"price": right, "currency": product.currency},
            "price_mismatch",
        )
        body.finish()


def _present(row: Row) -> dict[str, Any]:
    return {
        "message": "Top-up order created successfully.",
        "transaction_id": str(row.get("transaction_id") or row["id"]),
        "status": BRIEF_STATUS[row["status"]],
        "order_number": row["order_number"],
    }


urlpatterns = [path("api/topup/", TopupView.as_view(), name="api-topup")]
