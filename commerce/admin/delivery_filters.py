"""Filters, search and pages of the deliveries' list; each by an index."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from commerce.admin.colleagues import with_right
from commerce.models import Delivery, Order
from commerce.services.deliveries import MOVE
from core.backoffice.paginator import BoundedPaginator

# Whoever brings or gets parcels now is among the last so many.
RECENT = 2000
MOST = 100
_D = Delivery.objects


class ParcelPaginator(BoundedPaginator):
    """Which parcels are of test orders stands on the orders, and next to none are. Of a list that nobody filtered the
    parcels alone are counted first; where they are more than the bound, that is all there is to know.
    """

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        if len(rows.query.where.children) == 1:
            parcels = _D.order_by()[: self.bound + 1].count()
            if parcels > self.bound:
                return parcels
        return int(rows.order_by()[: self.bound + 1].count())


class AssigneeFilter(DropdownFilter):
    title = gettext_lazy("assigned to")
    parameter_name = "assignee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        named = [(str(one.pk), one.get_full_name() or one.username) for one in with_right(MOVE)[:MOST]]
        return [("mine", _("Me")), ("nobody", _("Nobody")), *named]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        match self.value():
            case None:
                return queryset
            case "mine":
                return queryset.filter(assignee_id=request.user.pk)
            case "nobody":
                return queryset.filter(assignee=None)
            case chosen if str(chosen).isascii() and str(chosen).isdigit() and len(str(chosen)) < 10:
                return queryset.filter(assignee_id=int(str(chosen)))
        return queryset.none()


class RecentValueFilter(DropdownFilter):
    """The values of a column among the newest rows; an older one works by the address."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        recent = _D.order_by("-id").values_list(self.parameter_name, flat=True)[:RECENT]
        values = sorted(
            {value for value in recent if value} | ({str(self.given())} if self.given() else set())
        )
        return [(value, value) for value in values[:MOST]]

    def given(self) -> str | None:
        value = self.used_parameters.get(self.parameter_name)
        return value[-1] if isinstance(value, list) else value

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class CourierFilter(RecentValueFilter):
    title = gettext_lazy("courier")
    parameter_name = "courier"


class CityFilter(RecentValueFilter):
    title = gettext_lazy("city")
    parameter_name = "city"


def find(deliveries: QuerySet[Delivery], term: str) -> QuerySet[Delivery]:
    """By the whole order number, tracking number or ICCID."""
    text = term.strip().replace("\x00", "")[:100]
    if not text:
        return deliveries
    digits = "".join(text.split()).replace("-", "")
    order_ids = list(Order.objects.filter(order_number=text.upper()).values_list("pk", flat=True)[:1])
    found = (
        _D.filter(order__in=order_ids).order_by(),
        _D.filter(delivery_tracking_number=text).exclude(delivery_tracking_number="").order_by(),
        _D.filter(iccid=digits).exclude(iccid="").order_by(),
    )
    first, *others = (rows.values_list("pk", flat=True)[:MOST] for rows in found)
    return deliveries.filter(pk__in=list(first.union(*others, all=True)))
