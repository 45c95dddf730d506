"""Panels below the forms of a brand and a product: try the recipient form, and read where a price comes from."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from commerce.models import Brand, PriceList, Product
from commerce.recipients.builder import RecipientForm, recipient_form
from commerce.recipients.patterns import MAX_ANSWER
from commerce.services import catalogue as catalogues
from commerce.services.catalogue import CatalogProduct
from commerce.services.price_explanation import explain
from commerce.services.pricing import Price, price_for
from core.exceptions import InvalidInput
from core.money import format_money

WHY_NOT = {
    "inactive_product": gettext_lazy("This product is not active, so it cannot be ordered."),
    "inactive_brand": gettext_lazy("Its brand is not active, so it cannot be ordered."),
    "inactive_category": gettext_lazy("Its category is not active, so it cannot be ordered."),
    "no_offer": gettext_lazy("No active offer of an active provider delivers it, so it cannot be ordered."),
}


class PriceQuestion(forms.Form):
    """Whose price of how much."""

    price_list = forms.ModelChoiceField(
        PriceList.objects.filter(active=True),
        required=False,
        label=gettext_lazy("Price list"),
        empty_label=gettext_lazy("The default list"),
        widget=UnfoldAdminSelectWidget,
    )
    amount = forms.DecimalField(
        required=False,
        max_digits=12,
        decimal_places=2,
        label=gettext_lazy("Amount"),
        widget=UnfoldAdminDecimalFieldWidget,
    )
    quantity = forms.IntegerField(
        min_value=1, initial=1, label=gettext_lazy("Quantity"), widget=UnfoldAdminIntegerFieldWidget
    )
    commission = forms.DecimalField(
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        label=gettext_lazy("Reseller's commission, %"),
        widget=UnfoldAdminDecimalFieldWidget,
    )


def recipient_panel(request: HttpRequest, brand: Brand) -> HttpResponse:
    """The form that a brand's saved questions make, to be tried; nothing is kept."""
    definition = catalogues.current().brands[brand.pk]
    form_class = recipient_form(definition.fields)
    data = request.POST if request.method == "POST" else None
    form = styled(form_class(data, prefix="try", country=definition.country))
    checked = form.is_bound and form.is_valid()
    context = {"form": form, "brand": brand, "recipient": form.recipient if checked else None}
    return render(request, "admin/commerce/recipient_panel.html", context)


def price_panel(request: HttpRequest, product: Product) -> HttpResponse:
    """A product's price on a price list, step by step; what it costs us only for those who may see costs."""
    known = catalogues.current().products[product.pk]
    asked = request.GET if "quantity" in request.GET else {"quantity": "1", "amount": _first_amount(known)}
    form = PriceQuestion(asked)
    if not known.is_range:
        del form.fields["amount"]
    context: dict[str, Any] = {"form": form, "product": product, "why_not": WHY_NOT.get(known.why_not, "")}
    if form.is_valid():
        context |= _answer(request, known, form.cleaned_data)
    return render(request, "admin/commerce/price_panel.html", context)


def styled(form: RecipientForm) -> RecipientForm:
    """The admin's own inputs in the place of plain ones."""
    for field in form.fields.values():
        if isinstance(field, forms.ChoiceField):
            field.widget = UnfoldAdminSelectWidget(choices=field.choices)
        else:
            field.widget = UnfoldAdminTextInputWidget(attrs={"maxlength": MAX_ANSWER})
    return form


def _first_amount(product: CatalogProduct) -> str:
    return "" if product.minimum is None else str(product.minimum)


def _answer(request: HttpRequest, product: CatalogProduct, asked: dict[str, Any]) -> dict[str, Any]:
    price_list = asked["price_list"]
    try:
        price = price_for(
            catalogues.current(),
            product,
            price_list_id=price_list.pk if price_list else None,
            commission_rate=asked["commission"] or Decimal(0),
            amount=asked.get("amount"),
            quantity=asked["quantity"],
            at=timezone.now(),
            guarded=False,
        )
    except InvalidInput as error:
        return {"refused": error.message}
    answer: dict[str, Any] = {"lines": explain(price.explanation), "below_cost": price.price < price.cost}
    if request.user.has_perm("commerce.see_cost"):
        answer["margin_lines"] = _margin(price)
    return answer


def _margin(price: Price) -> list[str]:
    return [
        _("Cost at the offer tried first: %(amount)s") % {"amount": format_money(price.cost, price.currency)},
        _("Margin after commission: %(amount)s") % {"amount": format_money(price.margin, price.currency)},
    ]
