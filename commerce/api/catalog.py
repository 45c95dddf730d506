"""What can be bought: brands, products at the caller's prices, and checks to make before ordering."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import catalog_schema as schema
from commerce.api.authentication import buyer_of
from commerce.api.catalog_shapes import brand_shape, product_shape
from commerce.api.parsing import Body
from commerce.models import Brand, Product
from commerce.recipients.builder import json_schema, validate_recipient
from commerce.services import catalogue as catalogues
from commerce.services.buyers import Buyer
from commerce.services.catalogue import CatalogProduct, Catalogue
from commerce.services.operators import operator_of, read_number
from core.api.pagination import CursorPage
from core.exceptions import InvalidInput, NotAllowed, NotFound

LARGEST_ID_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the catalogue: a party at its prices, or staff at those of the default list."""

    catalogue: Catalogue
    buyer: Buyer | None
    at: datetime

    @property
    def price_list_id(self) -> int | None:
        return self.buyer.price_list_id if self.buyer else None

    def country_of(self, product: CatalogProduct) -> str:
        """Where the product's national numbers are read."""
        return product.brand_country or (self.buyer.country if self.buyer else "")


def viewer_of(request: Request) -> Viewer:
    """Raises NotAllowed `no_party` for a user who is neither a party nor staff with the right."""
    buyer = buyer_of(request)
    if buyer is None and not request.user.has_perm("commerce.view_product"):
        raise NotAllowed("no_party", _("Your account belongs to no reseller and no customer."))
    catalogue = catalogues.current(buyer.catalogue_version if buyer else None)
    return Viewer(catalogue, buyer, timezone.now())


class BrandFilter(filters.FilterSet):
    category = filters.CharFilter(field_name="category__code", max_length=40)
    search = filters.CharFilter(field_name="name", lookup_expr="icontains", max_length=100)

    class Meta:
        model = Brand
        fields: list[str] = []


class ProductFilter(filters.FilterSet):
    category = filters.CharFilter(field_name="brand__category__code", max_length=40)
    brand = filters.CharFilter(method="of_brand", max_length=60)
    denomination = filters.ChoiceFilter(choices=Product.Denomination.choices)
    currency = filters.CharFilter(max_length=3)
    search = filters.CharFilter(method="found", max_length=100)

    class Meta:
        model = Product
        fields: list[str] = []

    def of_brand(self, products: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        wanted = Q(brand__code=value)
        if value.isascii() and value.isdigit() and len(value) <= LARGEST_ID_DIGITS:
            wanted |= Q(brand_id=int(value))
        return products.filter(wanted)

    def found(self, products: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        matches = Q(name__icontains=value) | Q(brand__name__icontains=value) | Q(sku__istartswith=value)
        return products.filter(matches)


class CatalogPage(CursorPage):
    ordering = ("id",)


class BrandsView(APIView):
    """Brands on sale, with the questions each asks about the recipient."""

    @extend_schema(**schema.BRANDS)
    def get(self, request: Request) -> Response:
        viewer = viewer_of(request)
        shown = Brand.objects.filter(active=True, category__active=True)
        return _page(self, request, BrandFilter, shown, lambda brand: _brand(viewer, brand))


class ProductsView(APIView):
    """Products on sale, at the caller's prices."""

    @extend_schema(**schema.PRODUCTS)
    def get(self, request: Request) -> Response:
        viewer = viewer_of(request)
        return _page(self, request, ProductFilter, _shown(), lambda product: _product(viewer, product))


class ProductView(APIView):
    """One product, at the caller's price."""

    @extend_schema(**schema.PRODUCT)
    def get(self, request: Request, product_id: int) -> Response:
        viewer = viewer_of(request)
        product = _shown().filter(pk=product_id).only("pk").first()
        if product is None:
            raise NotFound("not_found", _("There is no such product."))
        return Response(_product(viewer, product))


class ProductSchemaView(APIView):
    """What an order of this product says about its recipient, as JSON Schema."""

    @extend_schema(**schema.PRODUCT_SCHEMA)
    def get(self, request: Request, product_id: int) -> Response:
        product = viewer_of(request).catalogue.products.get(product_id)
        if product is None:
            raise NotFound("not_found", _("There is no such product."))
        return Response(json_schema(product.fields, title=f"{product.brand_name} · {product.name}"))


class ValidateRecipientView(APIView):
    """Check a recipient as an order would, without ordering."""

    @extend_schema(**schema.VALIDATE)
    def post(self, request: Request) -> Response:
        viewer = viewer_of(request)
        body = Body(request.data)
        product_id = body.integer("product", required=True)
        body.finish()
        product = viewer.catalogue.products.get(product_id or 0)
        if product is None:
            raise InvalidInput("unknown_product", _("There is no product with this id."), field="product")
        recipient = validate_recipient(
            product.fields, body.data.get("recipient", {}), country=viewer.country_of(product)
        )
        return Response({"valid": True, "recipient": recipient.values})


class OperatorLookupView(APIView):
    """The operator of a phone number, by its prefix."""

    @extend_schema(**schema.LOOKUP)
    def post(self, request: Request) -> Response:
        viewer = viewer_of(request)
        body = Body(request.data)
        given = body.text("phone_number", most=32, required=True)
        country = body.text("country", most=2)
        body.finish()
        number = read_number(given, country or (viewer.buyer.country if viewer.buyer else ""))
        brand = operator_of(number, viewer.catalogue)
        found = {"id": brand.id, "code": brand.code, "name": brand.name} if brand else None
        return Response({"phone_number": number, "brand": found})


def _shown() -> QuerySet[Product]:
    return Product.objects.filter(active=True, brand__active=True, brand__category__active=True)


def _page(view: APIView, request: Request, filterset: Any, rows: QuerySet[Any], shape: Any) -> Response:
    """A cursor page of the rows that pass the filters; only their ids are read, the rest is in memory.

    Raises:
        InvalidInput: `invalid_filter`, naming the filters.
    """
    filtered = filterset(request.query_params, queryset=rows.only("pk"))
    if not filtered.is_valid():
        errors = {name: [str(text) for text in texts] for name, texts in filtered.errors.items()}
        raise InvalidInput("invalid_filter", _("A filter is not valid."), errors=errors)
    page = CatalogPage()
    found = page.paginate_queryset(filtered.qs, request, view=view) or []
    # A row made in this very moment may not be in the catalogue yet; it comes with the next request.
    return page.get_paginated_response([shaped for shaped in map(shape, found) if shaped])


def _brand(viewer: Viewer, brand: Brand) -> dict[str, Any] | None:
    known = viewer.catalogue.brands.get(brand.pk)
    return brand_shape(known) if known else None


def _product(viewer: Viewer, product: Product) -> dict[str, Any] | None:
    known = viewer.catalogue.products.get(product.pk)
    if known is None:
        return None
    return product_shape(viewer.catalogue, known, price_list_id=viewer.price_list_id, at=viewer.at)


urlpatterns = [
    path("api/brands/", BrandsView.as_view(), name="api-brands"),
    path("api/products/", ProductsView.as_view(), name="api-products"),
    path("api/products/<int:product_id>/", ProductView.as_view(), name="api-product"),
    path("api/products/<int:product_id>/schema/", ProductSchemaView.as_view(), name="api-product-schema"),
    path("api/recipients/validate/", ValidateRecipientView.as_view(), name="api-recipients-validate"),
    path("api/operators/lookup/", OperatorLookupView.as_view(), name="api-operators-lookup"),
]
