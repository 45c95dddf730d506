"""What resellers owe, by how late it is: the rows and figures of `commerce.services.ageing`."""

from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from analytics.datasets.base import Dataset, choice, moment, money, number, register, text
from commerce.models import Account, Reseller
from commerce.services import ageing

BUCKETS = ("not_due", "late_30", "late_60", "late_90", "late_more")


@register
class CreditAgeing(Dataset):
    key = "credit_ageing"
    title = _("Credit ageing")
    description = _("One row a reseller's wallet below zero, by how late what it owes is.")
    icon = "hourglass_bottom"
    permission = "commerce.view_account"
    period = ""
    order = ("balance", "pk")
    first = ("reseller", "owed", *BUCKETS, "days_late")
    columns = (
        text("reseller", _("Reseller"), "reseller__business_name"),
        choice("status", _("Status"), Reseller.Status, "reseller__status"),
        text("country", _("Country"), "reseller__country"),
        text("currency", _("Currency")),
        money("balance", _("Balance")),
        money("owed", _("Owes"), -F("balance")),
        money("credit_limit", _("Credit limit")),
        number("credit_days", _("Days of credit")),
        money("overdue", _("Overdue"), -F("balance") - F("not_due")),
        money("not_due", _("Not due yet")),
        money("late_30", _("1–30 days late")),
        money("late_60", _("31–60 days late")),
        money("late_90", _("61–90 days late")),
        money("late_more", _("over 90 days late")),
        number("days_late", _("Days late")),
        moment("oldest", _("Oldest unpaid")),
    )

    def rows(self, *, sees_cost: bool = False) -> QuerySet[Any]:
        buckets = {name: ageing.Bucket(place) for place, name in enumerate(BUCKETS)}
        return Account.objects.filter(ageing.OWING).alias(
            **buckets,
            credit_days=ageing.own_days(),
            days_late=ageing.DaysLate(),
            oldest=ageing.OldestUnpaid(),
        )
