"""Whom a broadcast may go to, of those who buy."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from commerce.models import Customer, Reseller
from core.messages.audiences import Audience, Recipient, audiences


class Resellers(Audience):
    title = _("Resellers")
    explain = _("Those at work, at their business's address")

    def rows(self) -> QuerySet[Any]:
        return Reseller.objects.filter(status=Reseller.Status.ACTIVE)

    def recipient(self, row: Any) -> Recipient:
        name = row.contact_person or row.business_name
        return Recipient(row.pk, name=name, addresses={"email": row.email or "", "sms": row.phone})


class Customers(Audience):
    title = _("Customers")
    explain = _("Those who are not blocked")

    def rows(self) -> QuerySet[Any]:
        return Customer.objects.exclude(status=Customer.Status.BLOCKED).select_related("user")

    def recipient(self, row: Any) -> Recipient:
        language = row.user.language if row.user else ""
        return Recipient(
            row.pk, name=row.full_name, language=language, addresses={"email": row.email, "sms": row.phone}
        )


audiences.add("resellers", Resellers())
audiences.add("customers", Customers())
