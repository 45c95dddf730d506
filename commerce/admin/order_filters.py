"""Filters of the orders' list that no column of theirs answers alone."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from commerce.models import Attempt, Order, Provider

MOST = 200


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
