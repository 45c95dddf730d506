"""Files of resellers, their clients, and customers. Money, statuses and what identifies a person are not in them."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commerce.admin.clients import ClientForm
from commerce.admin.customers import CustomerForm
from commerce.admin.resellers import ResellerForm
from commerce.models import Client, Customer, PriceList, Reseller
from commerce.services import clients, customers, reseller_terms, resellers
from core.backoffice.importing.cells import as_text
from core.backoffice.importing.files import SheetRow
from core.backoffice.importing.resource import ImportResource, importer
from core.exceptions import Conflict, InvalidInput

# A party is opened row by row, with its wallets and events.
PARTY_ROWS = 100


@importer
class ResellerResource(ImportResource):
    """Known by e-mail; the few without one (opened by brief 2's path) by their name."""

    key: ClassVar = ("email", "business_name")
    form = ResellerForm
    inline_rows = PARTY_ROWS
    lookups: ClassVar = {"price_list": (PriceList, "code", "")}
    help_texts: ClassVar = {
        "email": gettext_lazy("By it a reseller is found again."),
        "price_list": gettext_lazy("The list's code; empty means the default list."),
        "currency": gettext_lazy("Of the wallet; it stays once the reseller is opened."),
    }
    examples: ClassVar = [
        {"email": "sample-one@example.com", "business_name": "Sample One", "contact_person": "Ann Example",
         "phone": "+12025550101", "city": "Boston", "country": "US", "commission_rate": 2.5, "currency": "USD"},
        {"email": "sample-two@example.com", "business_name": "Sample Two", "contact_person": "Bob Example",
         "phone": "+12025550102", "city": "Austin", "country": "US", "commission_rate": 0, "currency": "USD"},
    ]  # fmt: skip

    class Meta:
        model = Reseller
        fields = (
            "email", "business_name", "contact_person", "phone", "address", "city", "state", "country",
            "commission_rate", "price_list", "currency",
        )  # fmt: skip

    def key_of(self, row: dict[str, str]) -> tuple[str, ...]:
        email = row.get("email", "").lower()
        return (email,) if email else ("", row.get("business_name", "").lower())

    def find(self, rows: list[SheetRow]) -> Iterable[Any]:
        emails = {row.cells.get("email", "").lower() for row in rows} - {""}
        found = list(self.of(Reseller.objects.filter(email__in=emails)))
        if any(not row.cells.get("email") for row in rows):
            found += self.of(Reseller.objects.filter(Q(email=None) | Q(email="")))
        return found

    def refuse(self, instance: Any, form: forms.ModelForm, before: dict[str, Any]) -> None:
        if instance is None:
            reseller_terms.require(Reseller(), _terms(form.cleaned_data))
            return
        if instance.status == Reseller.Status.CLOSED:
            raise Conflict("reseller_closed", _("A closed reseller stays as it was."))
        if before["currency"] != form.cleaned_data["currency"]:
            raise InvalidInput(
                "currency_fixed", _("The currency of the wallet stays as it is."), field="currency"
            )
        self._require_within_limits(instance, form.cleaned_data, before)

    def _require_within_limits(
        self, instance: Reseller, wanted: dict[str, Any], before: dict[str, Any]
    ) -> None:
        """A file waits for nobody: terms above the limits are asked for on the reseller's page, one by one."""
        after = {**wanted, "price_list": self.named["price_list"].name(wanted["price_list"])}
        if any(before[name] != after[name] for name in reseller_terms.TERMS):
            # The form has put what the file says into the instance.
            held = Reseller.objects.select_related("price_list").get(pk=instance.pk)
            reseller_terms.require(held, _terms(wanted))

    def write(self, form: Any, *, new: bool, changed: list[str], user: Any) -> None:
        if new:
            resellers.open_reseller(values=form.changes(), created_by=user)
        else:
            resellers.change_reseller(reseller=form.instance, values=_only(form, changed))


@importer
class ClientResource(ImportResource):
    """Known by the reseller with the e-mail, else the phone, else the name."""

    key: ClassVar = ("reseller", "name")
    form = ClientForm
    inline_rows = PARTY_ROWS
    lookups: ClassVar = {"reseller": (Reseller, "email", "business_name")}
    help_texts: ClassVar = {
        "reseller": gettext_lazy("The reseller's e-mail; the reseller is there already."),
        "name": gettext_lazy(
            "A client is found again by e-mail, without one by phone, without both by name."
        ),
    }
    examples: ClassVar = [
        {"reseller": "sample-one@example.com", "name": "Sample Shop", "email": "shop@example.com",
         "phone": "+12025550111", "plan_type": "basic", "monthly_limit": 100},
        {"reseller": "sample-one@example.com", "name": "Sample Kiosk", "monthly_limit": 0},
    ]  # fmt: skip

    class Meta:
        model = Client
        fields = ("reseller", "name", "email", "phone", "plan_type", "monthly_limit")

    def key_of(self, row: dict[str, str]) -> tuple[str, ...]:
        owner = row.get("reseller", "").lower()
        for column in ("email", "phone", "name"):
            if value := row.get(column, ""):
                return (owner, column, value.lower())
        return (owner, "name", "")

    def key_of_instance(self, instance: Any) -> tuple[str, ...]:
        known_by = ("reseller", "name", "email", "phone")
        return self.key_of({column: as_text(self.value(instance, column)) for column in known_by})

    def find(self, rows: list[SheetRow]) -> Iterable[Any]:
        owners = {row.cells["reseller"] for row in rows}
        ids = {found.pk for text in owners if (found := self._owner(text)) is not None}
        named = Q()
        for column in ("email", "phone", "name"):
            values = {row.cells.get(column, "") for row in rows} - {""}
            named |= Q(**{f"{column}__in": values | {value.lower() for value in values}})
        return self.of(Client.objects.filter(named, reseller__in=ids)).order_by("id")

    def _owner(self, text: str) -> Any:
        try:
            return self.named["reseller"].get(text) if text else None
        except forms.ValidationError:
            return None  # the row's own check says so

    def refuse(self, instance: Any, form: forms.ModelForm, before: dict[str, Any]) -> None:
        if instance is None and form.cleaned_data["reseller"].status == Reseller.Status.CLOSED:
            raise Conflict("reseller_closed", _("A closed reseller gets no clients."))
        limit = form.cleaned_data.get("monthly_limit")
        if instance is not None and limit and limit < instance.used_this_month:
            text = _("%(used)d orders were placed this month already.") % {"used": instance.used_this_month}
            raise InvalidInput("limit_in_use", text, field="monthly_limit")

    def write(self, form: Any, *, new: bool, changed: list[str], user: Any) -> None:
        if new:
            clients.add_client(reseller=form.cleaned_data["reseller"], values=form.changes())
        else:
            clients.change_client(client=form.instance, values=_only(form, changed))


@importer
class CustomerResource(ImportResource):
    """Known by e-mail. Birth dates and documents are in no file."""

    key: ClassVar = ("email",)
    form = CustomerForm
    inline_rows = PARTY_ROWS
    also_unique = ("phone",)
    help_texts: ClassVar = {"email": gettext_lazy("By it a customer is found again.")}
    examples: ClassVar = [
        {"email": "sample-ann@example.com", "full_name": "Ann Example", "phone": "+12025550121", "city": "Boston",
         "country": "US"},
        {"email": "sample-bob@example.com", "full_name": "Bob Example", "city": "Austin", "country": "US"},
    ]  # fmt: skip

    class Meta:
        model = Customer
        fields = (
            "email", "full_name", "phone", "address", "city", "state", "postal_code", "country",
            "preferred_game",
        )  # fmt: skip

    def key_of(self, row: dict[str, str]) -> tuple[str, ...]:
        return (row.get("email", "").lower(),)

    def find(self, rows: list[SheetRow]) -> Iterable[Any]:
        return Customer.objects.filter(email__in={row.cells["email"].lower() for row in rows})

    def write(self, form: Any, *, new: bool, changed: list[str], user: Any) -> None:
        if new:
            customers.add_customer(values=form.changes())
        else:
            customers.change_customer(customer=form.instance, values=_only(form, changed))


def _terms(cleaned: dict[str, Any]) -> dict[str, Any]:
    return {name: cleaned[name] for name in reseller_terms.TERMS}


def _only(form: Any, changed: list[str]) -> dict[str, Any]:
    """What the file changes: what it does not mention may have changed since it was read."""
    return {name: value for name, value in form.changes().items() if name in changed}
