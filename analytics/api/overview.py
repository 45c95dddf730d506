"""Brief 3's paths: the last days in its own words and numbers."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.api import overview_schema as schema
from analytics.api.staff import SEE_COST, require_staff
from analytics.services import metrics
from analytics.services.company import Moved
from analytics.services.figures import Sums, Totals
from analytics.services.metrics import BILLS, NETWORK_GAS, Kept
from analytics.services.period import Period, read_days
from commerce.services.order_view import rfc3339

PERMISSION = "analytics.view_analytics"
type Answer = Callable[[Request, Period], dict[str, Any]]


class _LastDaysView(APIView):
    """What is the same for all of them: who may ask, `days`, and when it was made."""

    def last_days(self, request: Request, answer: Answer) -> Response:
        require_staff(request, PERMISSION)
        period = read_days(request.query_params)
        told = {
            "period_days": period.days,
            "start_date": period.first.isoformat(),
            "end_date": period.last.isoformat(),
            "currency": settings.BASE_CURRENCY,
        }
        return Response(told | answer(request, period) | {"generated_at": rfc3339(timezone.now())})


def _overview(request: Request, period: Period) -> dict[str, Any]:
    found, (people, parties) = metrics.totals(period).whole, metrics.people(period)
    wallets, funded = metrics.wallets(), metrics.funded(period)
    gas = metrics.together(metrics.categories(period), NETWORK_GAS)
    return {
        "users": {
            "total": people.total,
            "new": people.new,
            "growth_rate": people.growth_rate,
            "resellers": parties.resellers,
            "clients": parties.clients,
        },
        "wallet": {
            "total_balance": number(wallets.balance),
            "total_locked": number(wallets.held),
            "available_balance": number(wallets.available),
        },
        "transactions": {
            "total_volume": number(found.volume),
            "total_count": found.paid,
            "average_transaction": _average(found.volume, found.paid),
        },
        "revenue": {"total": number(found.revenue), "daily_average": _average(found.revenue, period.days)}
        | _margin(request, found),
        "p2p": {"orders": funded.count, "volume": number(funded.amount)},
        "crypto": {"purchases": gas.paid, "volume": number(gas.volume)},
    }


def _transactions(_request: Request, period: Period) -> dict[str, Any]:
    found = metrics.totals(period)
    whole, delivered = found.whole, found.statuses.get("fulfilled", 0)
    credited = metrics.credited(period)
    refunded = metrics.refunded(period)
    return {
        "total_count": whole.paid,
        "total_volume": number(whole.volume),
        "by_category": [
            {"category": one.code, "name": one.name, "count": one.paid, "volume": number(one.volume)}
            for one in metrics.categories(period)
        ],
        "by_type": [
            {"type": "payment", "count": whole.paid, "volume": number(whole.volume)},
            {"type": "credit"} | _moved(credited),
            {"type": "refund"} | _moved(refunded),
            {"type": "commission", "count": None, "volume": number(whole.commission)},
        ],
        "daily": [
            {"date": day.isoformat(), "count": one.paid, "volume": number(one.volume)}
            for day, one in found.days.items()
        ],
        "success_rate": _success(found, delivered),
    }


def _revenue(request: Request, period: Period) -> dict[str, Any]:
    found, categories = metrics.totals(period), metrics.categories(period)
    whole = sum((one.revenue for one in categories if one.revenue > 0), Decimal(0))
    funded = metrics.funded(period)
    return {
        "total": number(found.whole.revenue),
        "daily_average": _average(found.whole.revenue, period.days),
        **_margin(request, found.whole),
        "by_source": [
            {
                "source": one.code,
                "name": one.name,
                "revenue": number(one.revenue),
                "percentage": _percent(one.revenue, whole),
            }
            for one in categories
        ],
        "deposits": _moved(funded),
        "monthly": [
            {"month": month.strftime("%Y-%m"), "orders": one.orders, "revenue": number(one.revenue)}
            for month, one in metrics.months(found).items()
        ],
    }


def _users(_request: Request, period: Period) -> dict[str, Any]:
    people, _parties = metrics.people(period)
    active, whole = metrics.active(period), metrics.totals(period).whole
    registered = metrics.registrations(period)
    return {
        "total": people.total,
        "new": people.new,
        "verified": people.verified,
        "growth_rate": people.growth_rate,
        "active": active.customers,
        "daily_registrations": [
            {"date": day.isoformat(), "count": count} for day, count in registered.items()
        ],
        "engagement": {
            "active_parties": active.parties,
            "paying_parties": active.paying,
            "orders_per_active_party": round(whole.orders / active.parties, 2) if active.parties else 0.0,
            "active_rate": _percent(Decimal(active.customers), Decimal(people.total)),
        },
    }


def _services(_request: Request, period: Period) -> dict[str, Any]:
    funded, categories = metrics.funded(period), metrics.categories(period)
    gas = metrics.together(categories, NETWORK_GAS)
    networks = [one for one in metrics.brands(period) if one.code == NETWORK_GAS]
    return {
        "p2p": {"orders": funded.count, "volume": number(funded.amount)},
        "crypto": {
            "purchases": gas.paid,
            "volume": number(gas.volume),
            "by_network": [{"network": one.brand} | _sold(one) for one in networks],
        },
        "bills": {code: _sold(metrics.together(categories, code)) for code in BILLS},
        "others": {one.code: _sold(one) for one in categories if one.code not in (*BILLS, NETWORK_GAS)},
    }


def _kpis(_request: Request, period: Period) -> dict[str, Any]:
    found, wallets = metrics.totals(period), metrics.wallets()
    given, used, left = metrics.bonuses(period)
    retention = metrics.retention(period)
    return {
        "total_platform_value": number(wallets.balance),
        "transaction_success_rate": _success(found, found.statuses.get("fulfilled", 0)),
        "customer_lifetime_value": number(metrics.lifetime_value()),
        "user_retention_rate": retention.rate,
        "bonus": {
            "distributed": number(given.amount),
            "utilized": number(used.amount),
            "utilization_rate": _percent(used.amount, given.amount),
            "outstanding": number(left.balance),
        },
    }


class OverviewView(_LastDaysView):
    """Users, wallets, transactions and revenue at a glance."""

    @extend_schema(**schema.OVERVIEW)
    def get(self, request: Request) -> Response:
        return self.last_days(request, _overview)


class TransactionsView(_LastDaysView):
    """Paid orders and movements of wallets, by category, type and day."""

    @extend_schema(**schema.TRANSACTIONS)
    def get(self, request: Request) -> Response:
        return self.last_days(request, _transactions)


class RevenueView(_LastDaysView):
    """Revenue by source and month."""

    @extend_schema(**schema.REVENUE)
    def get(self, request: Request) -> Response:
        return self.last_days(request, _revenue)


class UsersView(_LastDaysView):
    """Registered buyers: how many, how new, how active."""

    @extend_schema(**schema.USERS)
    def get(self, request: Request) -> Response:
        return self.last_days(request, _users)


class ServicesView(_LastDaysView):
    """What was sold, by kind of service."""

    @extend_schema(**schema.SERVICES)
    def get(self, request: Request) -> Response:
        return self.last_days(request, _services)


class KpisView(_LastDaysView):
    """The key figures a company is steered by."""

    @extend_schema(**schema.KPIS)
    def get(self, request: Request) -> Response:
        return self.last_days(request, _kpis)


def number(amount: Decimal) -> float:
    """As the brief's sample has amounts: a JSON number, to the cent."""
    return float(round(amount, 2))


def _average(amount: Decimal, count: int) -> float:
    return number(amount / count) if count else 0.0


def _percent(part: Decimal, whole: Decimal) -> float:
    return round(float(max(part, Decimal(0)) / whole * 100), 2) if whole else 0.0


def _success(found: Totals, delivered: int) -> float:
    """Delivered orders of those that have ended, in percent."""
    ended = sum(found.statuses.get(status, 0) for status in ("fulfilled", "failed", "reversed"))
    return _percent(Decimal(delivered), Decimal(ended))


def _moved(moved: Moved) -> dict[str, Any]:
    return {"count": moved.count, "volume": number(moved.amount)}


def _sold(one: Kept) -> dict[str, Any]:
    rate = _percent(Decimal(one.delivered), Decimal(one.orders))
    return {"orders": one.orders, "paid": one.paid, "volume": number(one.volume), "success_rate": rate}


def _margin(request: Request, found: Sums) -> dict[str, float]:
    return {"margin": number(found.margin)} if request.user.has_perm(SEE_COST) else {}


_VIEWS = {
    "dashboard/overview": OverviewView,
    "transactions": TransactionsView,
    "revenue": RevenueView,
    "users": UsersView,
    "services": ServicesView,
    "kpis": KpisView,
}
urlpatterns = [
    path(f"api/analytics/{name}/", view.as_view(), name=f"api-analytics-{name.rpartition('/')[2]}")
    for name, view in _VIEWS.items()
]
