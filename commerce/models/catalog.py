"""What is sold: categories, brands and the products of a brand."""

from typing import Any

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.origins import TracedRecords
from core.money import MoneyField, currency_choices, default_currency


class Category(models.Model):
    """A shelf of the shop: games, airtime, data, bills, gift cards, SIM, network gas."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    icon = models.CharField(_("icon"), max_length=40, blank=True, help_text=_("A Material Symbols name."))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("active"), default=True)
    history = TracedRecords()

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """What the buyer sees: a game, an operator, a network. The briefs' Game; its `code` is their game_id."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="brands", verbose_name=_("category"))
    code = models.CharField(
        _("code"),
        max_length=60,
        unique=True,
        validators=[
            RegexValidator(r"^[A-Za-z0-9._-]+\Z", _("Use letters, digits, dot, dash and underscore."))
        ],
        help_text=_("The public code of the brand; partners send it as game_id."),
    )
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        help_text=_("ISO 3166 code where national phone numbers are read."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(
        _("active"), default=True, help_text=_("An inactive brand cannot be ordered.")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    history = TracedRecords()

    class Meta:
        ordering = ["position", "name", "id"]
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        constraints = [
            models.CheckConstraint(
                condition=Q(country="") | Q(country__regex=r"^[A-Z]{2}$"), name="commerce_brand_country"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class NumberPrefix(models.Model):
    """International digits (no plus) by which an operator's numbers are recognised; the longest match wins."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="number_prefixes", verbose_name=_("brand"))
    prefix = models.CharField(
        _("prefix"),
        max_length=12,
        unique=True,
        validators=[
            RegexValidator(r"^[1-9][0-9]{0,11}\Z", _("Digits of the international number, without +."))
        ],
    )

    class Meta:
        ordering = ["prefix"]
        verbose_name = _("number prefix")
        verbose_name_plural = _("number prefixes")

    def __str__(self) -> str:
        return f"+{self.prefix}"


class Product(models.Model):
    """A sellable SKU of a brand, with one fixed denomination or a range. The briefs' TopUpProduct.

    `price` is the list price in `currency` of a fixed product. A range product is sold for
    `price_percent` per cent of the amount asked for, which lies between `minimum` and `maximum` on `step`.
    """

    class Denomination(models.TextChoices):
        FIXED = "fixed", _("Fixed")
        RANGE = "range", _("Range")

    class SimType(models.TextChoices):
        PHYSICAL = "physical", _("Physical SIM")
        ESIM = "esim", _("eSIM")

    brand = models.ForeignKey(Brand, models.PROTECT, related_name="products", verbose_name=_("brand"))
    sku = models.CharField(_("SKU"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    denomination = models.CharField(
        _("denomination"), max_length=5, choices=Denomination, default=Denomination.FIXED
    )
    currency = models.CharField(
        _("currency"), max_length=3, choices=currency_choices, default=default_currency
    )
    price = MoneyField(
        _("list price"), null=True, blank=True, help_text=_("Of a fixed product, before tax and fees.")
    )
    face_value = MoneyField(
        _("face value"), null=True, blank=True, help_text=_("What is credited, in money.")
    )
    minimum = MoneyField(_("minimum amount"), null=True, blank=True)
    maximum = MoneyField(_("maximum amount"), null=True, blank=True)
    step = MoneyField(_("step"), null=True, blank=True)
    price_percent = models.DecimalField(
        # xgettext:no-python-format
        _("price, % of the amount"),
        max_digits=7,
        decimal_places=3,
        default=100,
        validators=[MinValueValidator(0)],
    )
    ingame_currency = models.CharField(_("in-game currency"), max_length=40, blank=True)
    ingame_amount = models.PositiveIntegerField(_("in-game amount"), null=True, blank=True)
    sim_type = models.CharField(_("SIM type"), max_length=20, choices=SimType, blank=True)
    shipped = models.BooleanField(_("shipped"), default=False, help_text=_("Sent to an address by courier."))
    max_quantity = models.PositiveSmallIntegerField(
        _("largest quantity"), default=10, validators=[MinValueValidator(1)]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    history = TracedRecords()

    class Meta:
        ordering = ["brand__position", "position", "id"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.CheckConstraint(
                condition=Q(denomination="range") | Q(price__gt=0),
                name="commerce_product_fixed_price",
                violation_error_message=_("A fixed product needs a list price above zero."),
            ),
            models.CheckConstraint(
                condition=Q(denomination="fixed")
                | Q(minimum__gt=0, maximum__gte=F("minimum"), step__gt=0, price_percent__gt=0),
                name="commerce_product_range_limits",
                violation_error_message=_(
                    "A range product needs a minimum, a maximum not below it and a step above zero."
                ),
            ),
            models.CheckConstraint(condition=Q(max_quantity__gte=1), name="commerce_product_max_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.brand} · {self.name}"

    @property
    def is_range(self) -> bool:
        return self.denomination == self.Denomination.RANGE


class CatalogueVersion(models.Model):
    """One row, raised by database triggers at any change to what is sold or its prices.

    Each process keeps the catalogue in memory under this number and reads it again when the number moved.
    """

    version = models.BigIntegerField(_("version"), default=1)

    class Meta:
        verbose_name = _("catalogue version")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="commerce_catalogueversion_one_row")]

    def __str__(self) -> str:
        return str(self.version)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise models.ProtectedError("The catalogue version stays.", {self})
