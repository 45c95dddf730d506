"""Brands and products in the command palette."""

from collections.abc import Iterable

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from commerce.models import Brand, Product
from core.backoffice.search import RESULTS_A_FINDER, Finder, finders

HINT = _("brands and products by name, code or SKU")


@finders.register("brands")
class BrandFinder(Finder):
    title = _("Brand")
    permission = "commerce.view_brand"
    icon = "sports_esports"
    hint = HINT

    def find(self, request: HttpRequest, term: str) -> Iterable[SearchResult]:
        wanted = Q(name__icontains=term) | Q(code__istartswith=term)
        found = Brand.objects.filter(wanted).only("name", "code")
        for row in found.order_by("name", "id")[:RESULTS_A_FINDER]:
            yield self.result(row.name, row.code, reverse("admin:commerce_brand_change", args=(row.pk,)))


@finders.register("products")
class ProductFinder(Finder):
    title = _("Product")
    permission = "commerce.view_product"
    icon = "category"
    hint = HINT

    def find(self, request: HttpRequest, term: str) -> Iterable[SearchResult]:
        wanted = Q(name__icontains=term) | Q(sku__istartswith=term)
        found = Product.objects.filter(wanted).select_related("brand").only("name", "sku", "brand__name")
        for row in found.order_by("name", "id")[:RESULTS_A_FINDER]:
            yield self.result(row, row.sku, reverse("admin:commerce_product_change", args=(row.pk,)))
