"""Settings that a second person looks at: what eases the approvals themselves, and fees and tax of every price."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commerce.approval_settings import ApprovalPage, ApprovalSettings, easing_terms, percent_terms, worth
from commerce.models import Product
from commerce.services.price_moves import fees_moved
from commerce.site_settings import PricingPage, PricingSettings
from core.approvals import Facts, Operation, Terms, Wish, operations
from core.models import Approval, SiteSettings
from core.services import approvals, settings_changes
from core.site_settings import SettingsPage, before_saving, from_json, to_json

EASING, FEES = "settings.approvals", "settings.pricing"
A_DAY = timedelta(hours=24)
LIMITS = (
    "funding", "adjustment", "refund", "credit_limit", "order", "price_percent", "commission_points",
)  # fmt: skip


class ChangeSettings(Operation):
    """A change of one page of settings."""

    icon = "settings"
    page: ClassVar[type[SettingsPage[Any]]]

    def execute(self, approval: Approval) -> None:
        settings_changes.change(
            given={self.page.key: approval.payload["values"]},
            user=approval.requested_by,
            reason=approval.reason,
        )

    def shown(self, name: str, value: Any, currency: str) -> str:
        if isinstance(value, bool):
            return str(_("Yes") if value else _("No"))
        return ", ".join(map(str, value)) if isinstance(value, list) else super().shown(name, value, currency)

    def link(self, approval: Approval) -> str:
        return reverse("admin:settings-page", args=[self.page.key])


@operations.register_kind
class EaseApprovals(ChangeSettings):
    """A higher limit, more roles, or no second person at all."""

    key = EASING
    title = _("Ease the approvals")
    icon = "gpp_maybe"
    permission = ApprovalPage.permission
    page = ApprovalPage
    labels: ClassVar[dict[str, Any]] = {
        name: one.label for name, one in ApprovalPage.form_class.base_fields.items()
    }

    def terms(self, currency: str) -> Terms:
        return easing_terms()


@operations.register_kind
class ChangeFees(ChangeSettings):
    key = FEES
    title = _("Change fees or tax")
    icon = "sell"
    permission = PricingPage.permission
    page = PricingPage
    labels: ClassVar[dict[str, Any]] = {
        name: one.label for name, one in PricingPage.form_class.base_fields.items()
    }

    def terms(self, currency: str) -> Terms:
        return percent_terms("price_percent")


@before_saving(ApprovalPage)
def easing_needs_two(before: ApprovalSettings, after: ApprovalSettings, reason: str) -> None:
    """Whoever may change the limits must not lift them for a moment to act alone. Stricter is always possible; and
    where nobody else could decide, it is their own business.
    """
    asked = before.active and _is_easier(before, after) and approvals.is_watched()
    if approvals.is_carried_out(EASING) or (asked and approvals.others_may_decide(EASING)):
        approvals.require(_wish(EASING, ApprovalPage, before, after, measure=Decimal(1), reason=reason))


@before_saving(PricingPage)
def fees_need_two(before: PricingSettings, after: PricingSettings, reason: str) -> None:
    """As for rules of price lists: steps within a day are one move."""
    if approvals.is_watched() and _moved(before, after):
        moved = max(_moved(one, after) for one in (before, *_held_today()))
        approvals.require(_wish(FEES, PricingPage, before, after, measure=moved, reason=reason))


def _is_easier(before: ApprovalSettings, after: ApprovalSettings) -> bool:
    limits = [(getattr(before, name), getattr(after, name)) for name in LIMITS]
    # At the same limit a currency of less worth lets more through; one that is not listed lets nothing through.
    was, now = worth(before), worth(after)
    limits += [(was.get(code, Decimal(0)), one) for code, one in now.items()]
    return not after.active or not set(after.roles) <= set(before.roles) or any(a < b for a, b in limits)


def _moved(before: PricingSettings, after: PricingSettings) -> Decimal:
    """Per cent by which the price of the cheapest product moves at most."""
    fees = abs(after.service_fee - before.service_fee) + abs(after.delivery_fee - before.delivery_fee)
    return abs(after.tax_percent - before.tax_percent) + fees_moved(Product.objects.all(), fees)


def _held_today() -> Iterator[PricingSettings]:
    """The fees as they were 24 hours ago and after each change since."""
    rows: Any = SiteSettings.history.filter(page=PricingPage.key)  # type: ignore[attr-defined]
    since = timezone.now() - A_DAY
    today = list(rows.filter(history_date__gte=since))
    if today:
        old = rows.filter(history_date__lt=since).order_by("-history_date", "-history_id").first()
        yield from_json(PricingPage, old.values if old else {})
    yield from (from_json(PricingPage, row.values) for row in today)


def _wish(
    kind: str, page: type[SettingsPage[Any]], before: Any, after: Any, *, measure: Decimal, reason: str
) -> Wish:
    names = [one.name for one in fields(after) if getattr(before, one.name) != getattr(after, one.name)]
    was, wanted = _texts(before, names), _texts(after, names)
    return Wish(
        kind=kind,
        subject=(SiteSettings._meta.label_lower, page.key),
        label=str(page.title),
        payload={"values": wanted},
        state=was,
        before=was,
        after=wanted,
        measure=measure,
        reason=reason,
    )


def _texts(values: Any, names: list[str]) -> Facts:
    return to_json({name: getattr(values, name) for name in names})
