"""Parties in the command palette: by the beginning of a name, an e-mail or a phone number."""

from collections.abc import Iterable

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from commerce.models import Client, Customer, Reseller
from core.backoffice.search import RESULTS_A_FINDER, Finder, finders


@finders.register("resellers")
class ResellerFinder(Finder):
    title = _("Reseller")
    permission = "commerce.view_reseller"
    icon = "storefront"

    def find(self, request: HttpRequest, term: str) -> Iterable[SearchResult]:
        wanted = Q(business_name__istartswith=term) | Q(email__istartswith=term) | Q(phone__startswith=term)
        for row in Reseller.objects.filter(wanted).order_by("business_name")[:RESULTS_A_FINDER]:
            link = reverse("admin:commerce_reseller_change", args=(row.pk,))
            yield self.result(row.business_name, row.get_status_display(), link)


@finders.register("clients")
class ClientFinder(Finder):
    title = _("Client")
    permission = "commerce.view_client"
    icon = "group"

    def find(self, request: HttpRequest, term: str) -> Iterable[SearchResult]:
        wanted = Q(name__istartswith=term) | Q(email__istartswith=term) | Q(phone__startswith=term)
        for row in (
            Client.objects.filter(wanted).select_related("reseller").order_by("name")[:RESULTS_A_FINDER]
        ):
            yield self.result(row.name, row.reseller, reverse("admin:commerce_client_change", args=(row.pk,)))


@finders.register("customers")
class CustomerFinder(Finder):
    title = _("Customer")
    permission = "commerce.view_customer"
    icon = "person"

    def find(self, request: HttpRequest, term: str) -> Iterable[SearchResult]:
        wanted = Q(full_name__istartswith=term) | Q(email__istartswith=term) | Q(phone__startswith=term)
        for row in Customer.objects.filter(wanted).order_by("full_name")[:RESULTS_A_FINDER]:
            yield self.result(
                row.full_name, row.email, reverse("admin:commerce_customer_change", args=(row.pk,))
            )
