"""What may be asked of a product: how many, and of a range how much."""

from decimal import Decimal

from django.utils.translation import gettext as _

from commerce.services.catalogue_types import CatalogProduct
from core.exceptions import InvalidInput
from core.money import format_money, quantize


def check_quantity(product: CatalogProduct, quantity: int) -> None:
    """Raises InvalidInput `invalid_quantity`."""
    if type(quantity) is not int or not 1 <= quantity <= product.max_quantity:
        raise InvalidInput(
            "invalid_quantity",
            _("Give a quantity from 1 to %(most)d.") % {"most": product.max_quantity},
            field="quantity",
        )


def check_amount(product: CatalogProduct, amount: Decimal | None) -> None:
    """Raises InvalidInput.

    `invalid_amount`, `amount_out_of_range`, `amount_off_step`, `product_unavailable`.
    """
    if not product.is_range:
        if amount is not None:
            raise _invalid(_("This product has a fixed denomination: leave the amount out."))
        return
    if amount is None:
        raise _invalid(_("This product needs an amount."))
    if not amount.is_finite() or amount != quantize(amount, product.currency):
        raise _invalid(_("This is no amount of money."))
    if product.minimum is None or product.maximum is None or not product.step:
        raise unavailable()
    if not product.minimum <= amount <= product.maximum:
        limits = {"minimum": product.minimum, "maximum": product.maximum}
        raise InvalidInput(
            "amount_out_of_range",
            _("Give an amount from %(minimum)s to %(maximum)s.") % _shown(product, limits),
            field="amount",
        )
    if (amount - product.minimum) % product.step:
        raise InvalidInput(
            "amount_off_step",
            _("Amounts go from %(minimum)s in steps of %(step)s.")
            % _shown(product, {"minimum": product.minimum, "step": product.step}),
            field="amount",
        )


def unavailable(code: str = "product_unavailable") -> InvalidInput:
    """The same neutral words for every reason: what a provider charges us is not the buyer's business."""
    return InvalidInput(code, _("This product cannot be ordered now."), field="product")


def _invalid(message: str) -> InvalidInput:
    return InvalidInput("invalid_amount", message, field="amount")


def _shown(product: CatalogProduct, amounts: dict[str, Decimal]) -> dict[str, str]:
    return {name: format_money(amount, product.currency) for name, amount in amounts.items()}
