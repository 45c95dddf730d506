"""`/api/quotes/`: what an order would cost, promised for a while."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import catalog_schema as schema
from commerce.api.authentication import require_buyer
from commerce.api.parsing import Body
from commerce.models import Quote
from commerce.services import catalogue as catalogues
from commerce.services.order_view import money, rfc3339
from commerce.services.price_explanation import explain
from commerce.services.quotes import create_quote, price_from_json

PARTS = ("unit_price", "price", "service_fee", "delivery_fee", "tax", "commission", "total")


class QuotesView(APIView):
    """Ask for a price; an order may name the quote until it expires."""

    @extend_schema(**schema.QUOTE)
    def post(self, request: Request) -> Response:
        buyer = require_buyer(request)
        buyer.require_ordering()
        body = Body(request.data)
        product_id = body.integer("product", required=True)
        product = catalogues.current(buyer.catalogue_version).products.get(product_id or 0)
        amount = body.amount("amount", currency=product.currency if product else buyer.currency)
        quantity = body.integer("quantity", most=1000)
        body.finish()
        quote = create_quote(
            buyer=buyer,
            product_id=product_id or 0,
            amount=amount,
            quantity=1 if quantity is None else quantity,
        )
        return Response(quote_shape(quote), status=201)


def quote_shape(quote: Quote) -> dict[str, Any]:
    """The promise as its party sees it: every part but the cost, and why."""
    price = price_from_json(quote.price)
    return {
        "id": str(quote.pk),
        "product": quote.product_id,
        "amount": money(quote.amount),
        "quantity": quote.quantity,
        **{part: money(getattr(price, part)) for part in PARTS},
        "currency": price.currency,
        "explanation": explain(price.explanation),
        "created_at": rfc3339(quote.created_at),
        "expires_at": rfc3339(quote.expires_at),
    }


urlpatterns = [path("api/quotes/", QuotesView.as_view(), name="api-quotes")]
