"""Parties in the command palette: by the beginning of a name, an e-mail or a phone number."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from commerce.models import Client, Customer, Reseller
from core.backoffice.search import RESULTS_A_FINDER, Finder, finders

# So many rows are looked at for a column: a term of two letters may be the beginning of thousands of names.
MOST = 50


class PartyFinder(Finder):
    """Each column by an index of its own, all in one query.

    Attributes:
        model: whose name is in the column `name`.
        columns: further columns to show.
    """

    model: type[Model]
    name: str
    columns: tuple[str, ...]

    def find(self, request: HttpRequest, term: str) -> Iterable[SearchResult]:
        searches = [{f"{self.name}__istartswith": term}, {"email__istartswith": term}]
        searches += [{"phone__startswith": phone} for phone in phones(term)]
        shown = ("pk", self.name, *self.columns)
        rows: Any = self.model._default_manager.order_by()
        first, *others = (rows.filter(**one).values_list(*shown)[:MOST] for one in searches)
        found = {row[0]: row for row in first.union(*others, all=True)}
        options = self.model._meta
        for row in sorted(found.values(), key=lambda row: (row[1].lower(), row[0]))[:RESULTS_A_FINDER]:
            link = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=(row[0],))
            yield self.result(row[1], self.describe(*row[2:]), link)

    def describe(self, *values: Any) -> Any:
        return values[0]


def phones(term: str) -> list[str]:
    """How a phone number that is typed this way begins where it is kept: with a plus and without anything else."""
    digits = re.sub(r"[\s().-]", "", term)
    if not re.fullmatch(r"\+?[0-9]{3,15}", digits):
        return []
    return [f"+{digits.lstrip('+').removeprefix('00')}"]


@finders.register("resellers")
class ResellerFinder(PartyFinder):
    title = _("Reseller")
    permission = "commerce.view_reseller"
    icon = "storefront"
    hint = _("resellers, clients and customers by the beginning of a name, an e-mail or a phone number")
    model, name, columns = Reseller, "business_name", ("status",)

    def describe(self, *values: Any) -> Any:
        return Reseller.Status(values[0]).label


@finders.register("clients")
class ClientFinder(PartyFinder):
    title = _("Client")
    permission = "commerce.view_client"
    icon = "group"
    hint = ResellerFinder.hint
    model, name, columns = Client, "name", ("reseller__business_name",)


@finders.register("customers")
class CustomerFinder(PartyFinder):
    title = _("Customer")
    permission = "commerce.view_customer"
    icon = "person"
    hint = ResellerFinder.hint
    model, name, columns = Customer, "full_name", ("email",)
