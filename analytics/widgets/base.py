"""What the widgets of the first page share: the days that were asked for, and how change is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from analytics.services import dashboard as service
from analytics.services.dashboard import Dashboard
from analytics.services.period import Period, last_days, read_period
from core.exceptions import DomainError
from core.money import format_money

PERMISSION = "analytics.view_dashboard"


@dataclass(frozen=True, slots=True)
class Asked:
    """The period of a request; what could not be read is said in `error`, and the default is shown."""

    period: Period
    error: str = ""
    field: str = ""


def asked(request: HttpRequest) -> Asked:
    values: Mapping[str, str] = request.GET
    try:
        return Asked(read_period(values))
    except DomainError as error:
        return Asked(last_days(30), str(error.message), error.field or "")


def dashboard_of(request: HttpRequest) -> Dashboard:
    return service.dashboard(asked(request).period)


def base_money(amount: Decimal) -> str:
    return format_money(amount, settings.BASE_CURRENCY)


def day_name(day: Any) -> str:
    return date_format(day, "j M Y")


def period_name(period: Period) -> str:
    if period.days == 1:
        return day_name(period.first)
    same_year = period.first.year == period.last.year
    first = date_format(period.first, "j M" if same_year else "j M Y")
    return f"{first} – {day_name(period.last)}"


def before_name(period: Period) -> str:
    """What a period stands beside; today beside yesterday up to the same time."""
    if period == last_days(1):
        return _("yesterday by this hour")
    return period_name(period.before)


def change(now: Decimal | int, before: Decimal | int, *, good: bool = True) -> SafeString | str:
    """How much more or less than before, with its direction; `good` says whether more is good news."""
    if not before:
        return _("nothing in the period before") if now else ""
    share = (Decimal(now) - before) / abs(Decimal(before)) * 100
    if abs(share) < Decimal("0.05"):
        return _("as in the period before")
    up = share > 0
    tone = "good" if up == good else "bad"
    number = f"{abs(share):,.0f}" if abs(share) >= 10 else f"{abs(share):.1f}"
    sentence = _("on the period before")
    arrow = "▲" if up else "▼"
    sign = "+" if up else "−"
    return format_html(
        '<span class="tl-change tl-change--{}"><span aria-hidden="true">{}</span> <bdi>{}{}\N{NO-BREAK SPACE}%</bdi>'
        "</span> {}",
        tone,
        arrow,
        sign,
        number,
        sentence,
    )


def orders_url(period: Period | None = None, **filters: str) -> str:
    """The list of orders, with filters and the days of a period."""
    if period:
        filters |= {"created_at_from": period.first.isoformat(), "created_at_to": period.last.isoformat()}
    link = reverse("admin:commerce_order_changelist")
    return f"{link}?{urlencode(filters)}" if filters else link
