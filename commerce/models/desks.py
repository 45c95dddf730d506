"""Orders as two desks of the admin show them. No tables of their own, and no rights but those of orders."""

from django.utils.translation import gettext_lazy as _

from commerce.models.orders import Order


class UnknownOrder(Order):
    """An order whose outcome nobody has confirmed."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("unknown outcome")
        verbose_name_plural = _("unknown outcomes")


class ManualOrder(Order):
    """An order that waits for a person to deliver it by hand."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("delivery by hand")
        verbose_name_plural = _("deliveries by hand")
