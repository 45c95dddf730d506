"""How far customers were told of what became of their orders."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OrderNews(models.Model):
    """One row. Seals of events up to `seal` were read; of events up to number `after` nobody is told: they are older
    than this installation's mails, or a demo's made-up past.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seal = models.BigIntegerField(_("seal"), default=0)
    after = models.BigIntegerField(_("after"), default=0)

    class Meta:
        verbose_name = _("order news")
        verbose_name_plural = _("order news")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="commerce_ordernews_one_row")]

    def __str__(self) -> str:
        return str(self.seal)
