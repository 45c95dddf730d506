"""Price lists and the rules on them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commerce.models.catalog import Brand, Category, Product
from core.models.origins import TracedRecords
from core.money import MoneyField, format_money

PERCENT = [MinValueValidator(0), MaxValueValidator(100)]


class PriceList(models.Model):
    """Prices for a group of resellers. Exactly one list is the default, for those who have none."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.TextField(_("description"), blank=True)
    is_default = models.BooleanField(_("default"), default=False)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    history = TracedRecords()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="commerce_pricelist_one_default"
            ),
        ]
        permissions = [("change_pricing", _("Can change fees, tax and time limits"))]

    def __str__(self) -> str:
        return self.name


class PriceRule(models.Model):
    """One line of a price list: for a product, a brand, a category or everything; the most specific wins.

    `kind` says how the price comes about: a fixed price in the product's currency, a percentage of the list
    price (or of a range product's amount), or unchanged. Empty fee fields fall back to the Pricing settings page.
    """

    class Kind(models.TextChoices):
        LIST = "list", _("List price")
        FIXED = "fixed", _("Fixed price")
        # xgettext:no-python-format
        PERCENT = "percent", _("% of the list price")

    price_list = models.ForeignKey(
        PriceList, models.CASCADE, related_name="rules", verbose_name=_("price list")
    )
    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, verbose_name=_("category"))
    brand = models.ForeignKey(Brand, models.CASCADE, null=True, blank=True, verbose_name=_("brand"))
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, verbose_name=_("product"))
    kind = models.CharField(_("kind"), max_length=7, choices=Kind, default=Kind.LIST)
    fixed_price = MoneyField(_("fixed price"), null=True, blank=True)
    percent = models.DecimalField(
        _("percent"), max_digits=7, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    commission_percent = models.DecimalField(
        _("commission, %"), max_digits=6, decimal_places=3, null=True, blank=True, validators=PERCENT
    )
    service_fee = MoneyField(_("service fee"), null=True, blank=True, validators=[MinValueValidator(0)])
    delivery_fee = MoneyField(_("delivery fee"), null=True, blank=True, validators=[MinValueValidator(0)])
    tax_percent = models.DecimalField(
        _("tax, %"), max_digits=6, decimal_places=3, null=True, blank=True, validators=PERCENT
    )
    allow_below_cost = models.BooleanField(_("may sell below cost"), default=False)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    history = TracedRecords()

    class Meta:
        ordering = ["price_list", "id"]
        verbose_name = _("price rule")
        verbose_name_plural = _("price rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(category=None, brand=None)
                | Q(category=None, product=None)
                | Q(brand=None, product=None),
                name="commerce_pricerule_one_scope",
                violation_error_message=_("Choose a product, a brand or a category, not several."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="fixed") | Q(fixed_price__gt=0, product__isnull=False),
                name="commerce_pricerule_fixed",
                violation_error_message=_("A fixed price needs a product and a price above zero."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="percent") | Q(percent__gt=0),
                name="commerce_pricerule_percent",
                violation_error_message=_("Give the percentage of the list price, above zero."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="commerce_pricerule_dates",
                violation_error_message=_("The rule ends before it begins."),
            ),
        ]

    def __str__(self) -> str:
        scope = self.product or self.brand or self.category or _("everything")
        return f"{self.price_list}: {scope}, {self.worth}"

    @property
    def worth(self) -> str:
        """What the rule makes of a price, in a few words."""
        if self.kind == self.Kind.PERCENT and self.percent is not None:
            return f"{self.percent.normalize():f} %"
        if self.kind == self.Kind.FIXED and self.product and self.fixed_price is not None:
            return format_money(self.fixed_price, self.product.currency)
        return self.get_kind_display()


class Quote(models.Model):
    """A price promised to a party until it expires; an order may name it."""

    id = models.UUIDField(primary_key=True)
    reseller = models.ForeignKey(
        "commerce.Reseller", models.CASCADE, null=True, blank=True, verbose_name=_("reseller")
    )
    customer = models.ForeignKey(
        "commerce.Customer", models.CASCADE, null=True, blank=True, verbose_name=_("customer")
    )
    product = models.ForeignKey(Product, models.CASCADE, verbose_name=_("product"))
    amount = MoneyField(_("amount"), null=True, blank=True)
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    price = models.JSONField(
        _("price"), help_text=_("The price with its parts and its explanation, as promised.")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        constraints = [
            models.CheckConstraint(
                condition=Q(reseller=None, customer__isnull=False) | Q(reseller__isnull=False, customer=None),
                name="commerce_quote_one_party",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
