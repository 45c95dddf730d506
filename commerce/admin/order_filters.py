"""Filters of the orders' list, each with what lets the database find a handful among millions by an index."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from commerce.models import Attempt, Order, Product, Provider
from core.backoffice.filters import ChoicesFilter, RelatedFilter

MOST = 200
_P, _S = Order.PaymentStatus, Order.Status


class ImpliedFilter(ChoicesFilter):
    """Says besides what follows from the choice anyhow, where an index knows of it."""

    IMPLIED: dict[str, dict[str, Any]] = {}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        found: QuerySet[Order] = super().queryset(request, queryset)
        chosen = self.used_parameters.get(self.lookup_kwarg)
        value = chosen[-1] if isinstance(chosen, list) else chosen
        return found.filter(**self.IMPLIED.get(str(value), {}))


class PaymentFilter(ImpliedFilter):
    """Money is waited for or held only while an order is open; how few others end has an index of its own."""

    IMPLIED = {
        _P.PENDING.value: {"status__in": Order.OPEN_STATUSES},
        _P.HELD.value: {"status__in": Order.OPEN_STATUSES},
    }


class SourceFilter(ImpliedFilter):
    """An app's user is a customer, and nobody else is."""

    IMPLIED = {Order.Source.APP_USER.value: {"customer__isnull": False}}


class BrandFilter(RelatedFilter):
    """By the brand's products: orders have an index of these."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        chosen = self.used_parameters.get(self.lookup_kwarg)
        value = str(chosen[-1] if isinstance(chosen, list) else chosen or "")
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            found: QuerySet[Order] = super().queryset(request, queryset)
            return found
        # As ids, and without the brand's own: the database then knows how many there will be instead of guessing.
        return queryset.filter(
            product__in=list(Product.objects.filter(brand=int(value)).values_list("pk", flat=True))
        )


class ProviderFilter(DropdownFilter):
    """Orders that were sent to a provider, whether or not it delivered them."""

    title = gettext_lazy("provider")
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(pk), name) for pk, name in Provider.objects.values_list("pk", "name")[:MOST]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        chosen = self.value()
        if chosen is None:
            return queryset
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 10):
            return queryset.none()
        return queryset.filter(Exists(Attempt.objects.filter(order=OuterRef("pk"), provider_id=int(chosen))))
