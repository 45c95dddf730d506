"""What each day of orders came to, so that no dashboard reads the table of orders.

A day is the day an order was placed, in the company's zone. A later refund or reversal changes the day of its order.
Test mode is in none. The services of the same name write these rows and nobody else does.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.money import MoneyField


class DayFigures(models.Model):
    """Counts and sums of the orders of one day with one status, in one currency.

    `captured` of the `orders` were paid for. `volume` is what buyers paid for those, with fees and tax; `revenue` the
    captured price alone, net of tax, before refunds; `refunds` what was given back of that price. `cost` and
    `commission` are net of what came back.
    """

    day = models.DateField(_("day"))
    status = models.CharField(_("status"), max_length=10)
    currency = models.CharField(_("currency"), max_length=3)
    orders = models.PositiveIntegerField(_("orders"))
    captured = models.PositiveIntegerField(_("paid orders"))
    volume = MoneyField(_("volume"))
    revenue = MoneyField(_("revenue"))
    refunds = MoneyField(_("refunds"))
    cost = MoneyField(_("cost"))
    commission = MoneyField(_("commission"))

    class Meta:
        abstract = True


class DailyProduct(DayFigures):
    """A day of one product."""

    product = models.ForeignKey(
        "commerce.Product",
        models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("product"),
    )

    class Meta:
        verbose_name = _("day of a product")
        verbose_name_plural = _("days of products")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "product", "status", "currency"], name="analytics_dailyproduct_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.product_id} {self.status}"


class DailyParty(DayFigures):
    """A day of one reseller, or of one customer."""

    reseller = models.ForeignKey(
        "commerce.Reseller",
        models.CASCADE,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("reseller"),
    )
    customer = models.ForeignKey(
        "commerce.Customer",
        models.CASCADE,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("customer"),
    )

    class Meta:
        verbose_name = _("day of a buyer")
        verbose_name_plural = _("days of buyers")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "reseller", "status", "currency"],
                condition=Q(reseller__isnull=False),
                name="analytics_dailyparty_reseller_once",
            ),
            models.UniqueConstraint(
                fields=["day", "customer", "status", "currency"],
                condition=Q(customer__isnull=False),
                name="analytics_dailyparty_customer_once",
            ),
            models.CheckConstraint(
                condition=Q(reseller=None, customer__isnull=False) | Q(reseller__isnull=False, customer=None),
                name="analytics_dailyparty_one_party",
            ),
        ]
        indexes = [
            models.Index(fields=["day"], name="analytics_dailyparty_day"),
            # A party's own page asks for all days of one.
            models.Index(
                fields=["reseller", "day"],
                condition=Q(reseller__isnull=False),
                name="analytics_dailyparty_reseller",
            ),
            models.Index(
                fields=["customer", "day"],
                condition=Q(customer__isnull=False),
                name="analytics_dailyparty_customer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.reseller_id or self.customer_id} {self.status}"


class RollupState(models.Model):
    """How far the days are kept: one row.

    Days up to `through` are read from the rollups, later ones from the orders. `watermark` is up to when changes
    of orders have been taken over. Another `zone` than the company's means that all days are cut anew.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    through = models.DateField(_("kept through"), null=True)
    watermark = models.DateTimeField(_("changes taken over until"), null=True)
    zone = models.CharField(_("time zone"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("state of the rollups")
        verbose_name_plural = _("state of the rollups")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="analytics_rollupstate_one")]
        permissions = [
            ("view_dashboard", _("Can see the dashboard")),
            ("view_analytics", _("Can see the company's analytics")),
        ]

    def __str__(self) -> str:
        return str(self.through or "–")
