"""Parties by what people know of them: a name or a surname, an e-mail, a phone number. In lists and in the palette."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from commerce.models import Client, Customer, Reseller
from commerce.models.finding import words_begin
from core.backoffice.search import RESULTS_A_FINDER, Finder, finders

# So many rows are looked at for a column: a term of two letters may be the beginning of thousands of names.
MOST = 50
LONGEST_TERM = 100


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
        searches = conditions(self.name, term)
        shown = ("pk", self.name, *self.columns)
        rows: Any = self.model._default_manager.order_by()
        first, *others = (rows.filter(one).values_list(*shown)[:MOST] for one in searches)
        found = {row[0]: row for row in first.union(*others, all=True)}
        options = self.model._meta
        for row in sorted(found.values(), key=lambda row: (row[1].lower(), row[0]))[:RESULTS_A_FINDER]:
            link = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=(row[0],))
            yield self.result(row[1], self.describe(*row[2:]), link)

    def describe(self, *values: Any) -> Any:
        return values[0]


class PartySearch:
    """For the admin of parties: the search above the list. Put before the base class.

    Attributes:
        name_column: whose words are indexed.
    """

    model: Any
    name_column: str
    search_help_text = _("A name or surname, an e-mail or a phone number, or the beginning of it.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Django's own would have each word of a full name begin it."""
        term = tidy_term(search_term)
        if not term:
            return queryset, False
        return queryset.filter(pk__in=found_keys(self.model, self.name_column, term)), False


def tidy_term(term: str) -> str:
    return " ".join(term.replace("\0", "").split())[:LONGEST_TERM]


def found_keys(model: type[Model], name: str, term: str) -> QuerySet[Any]:
    """The keys of those found. As one condition the planner would walk through all: it takes words for common."""
    rows: Any = model._default_manager.order_by().values_list("pk")
    first, *others = (rows.filter(one) for one in conditions(name, term))
    return first.union(*others, all=True)  # type: ignore[no-any-return]


def conditions(name: str, term: str) -> list[Q]:
    """What a term may be, each to be answered by an index of its own."""
    found = [Q(**{f"{name}__istartswith": term}), Q(email__istartswith=term)]
    found += [Q(phone__startswith=phone) for phone in phones(term)]
    if (words := words_begin(name, term)) is not None:
        found.append(Q(words))
    return found


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
    hint = _("resellers, clients and customers by a name or surname, an e-mail or a phone number")
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
