"""Orders in the command palette."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from commerce.admin import order_search
from commerce.models import Order
from core.backoffice.search import RESULTS_A_FINDER, Finder, finders

SHOWN = ("order_number", "recipient_key", "brand_name", "product_name", "status", "created_at")


@finders.register("orders")
class OrderFinder(Finder):
    title = _("Order")
    permission = "commerce.view_order"
    icon = "receipt_long"
    hint = _("orders by number, reference, recipient or transaction id")

    def find(self, request: HttpRequest, term: str) -> Iterable[SearchResult]:
        orders = order_search.find(Order.objects.all(), term).order_by("-created_at", "-id")
        for order in orders.only(*SHOWN)[:RESULTS_A_FINDER]:
            what = f"{order.brand_name} {order.product_name}"
            words = " · ".join(filter(None, (order.recipient_key, what, order.get_status_display())))
            yield self.result(
                order.order_number, words, reverse("admin:commerce_order_change", args=[order.pk])
            )
