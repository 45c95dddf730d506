"""The company as a whole: how many people and parties there are, and what lies in their wallets."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, Sum

from analytics.services import company_days
from analytics.services.period import Period
from commerce.models import Account, Transfer

ZERO = Decimal(0)
_PEOPLE = """
SELECT c.*, r.*, (SELECT count(*) FROM commerce_client WHERE created_at < %(end)s)
  FROM (SELECT count(*), count(*) FILTER (WHERE created_at >= %(begin)s),
               count(*) FILTER (WHERE email_verified_at IS NOT NULL OR phone_verified_at IS NOT NULL)
          FROM commerce_customer WHERE created_at < %(end)s) AS c,
       (SELECT count(*), count(*) FILTER (WHERE status = 'active')
          FROM commerce_reseller WHERE created_at < %(end)s) AS r
"""


@dataclass(frozen=True, slots=True)
class People:
    """Registered buyers, all and those of a period; `verified` proved their e-mail address or phone."""

    total: int
    new: int
    verified: int

    @property
    def growth_rate(self) -> float:
        """The new ones on those there were before, in percent."""
        before = self.total - self.new
        return round(self.new / before * 100, 2) if before else 0.0


@dataclass(frozen=True, slots=True)
class Parties:
    resellers: int
    active_resellers: int
    clients: int


@dataclass(frozen=True, slots=True)
class Wallets:
    """What parties' wallets hold together, in the base currency and without test mode."""

    balance: Decimal
    held: Decimal

    @property
    def available(self) -> Decimal:
        """What of their own money parties may spend; credit we lend is not counted."""
        return self.balance - self.held


@dataclass(frozen=True, slots=True)
class Moved:
    """Some movements: how many and how much."""

    count: int = 0
    amount: Decimal = ZERO


def people(period: Period) -> tuple[People, Parties]:
    """Everybody there was at the end of a period, by one query."""
    begin, end = company_days.begin(period.first), company_days.end(period.last)
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, {"begin": begin, "end": end})
        total, new, verified, resellers, active, clients = cursor.fetchone()
    return People(total, new, verified), Parties(resellers, active, clients)


def registrations(period: Period) -> dict[date, int]:
    """Buyers who registered, by the company's day; days without any are there too."""
    days = dict.fromkeys(period.all_days(), 0)
    sql = (
        "SELECT (created_at AT TIME ZONE %s)::date, count(*) FROM commerce_customer"
        " WHERE created_at >= %s AND created_at < %s GROUP BY 1"
    )
    with connection.cursor() as cursor:
        begin, end = company_days.begin(period.first), company_days.end(period.last)
        cursor.execute(sql, [str(company_days.zone()), begin, end])
        return days | dict(cursor.fetchall())


def wallets(kind: str = Account.Kind.WALLET) -> Wallets:
    rows = Account.objects.filter(kind=kind, currency=settings.BASE_CURRENCY, is_test=False)
    found = rows.aggregate(balance=Sum("balance"), held=Sum("held"))
    return Wallets(found["balance"] or ZERO, found["held"] or ZERO)


def funded(period: Period) -> Moved:
    """What was paid into wallets directly, by transfer from the party to us."""
    return _moved(period, Q(kind=Transfer.Kind.FUNDING))


def credited(period: Period) -> Moved:
    """What was put into wallets beside payments and orders: funding and adjustments upwards."""
    upwards = Q(kind__in=(Transfer.Kind.FUNDING, Transfer.Kind.ADJUSTMENT))
    return _moved(period, upwards & Q(credit_balance_after__isnull=False))


def refunded(period: Period) -> Moved:
    """What went back to parties for orders, of any age, in these days."""
    return _moved(period, Q(kind__in=Transfer.REFUND_KINDS))


def bonuses(period: Period) -> tuple[Moved, Moved]:
    """What was put into bonus accounts, and what was spent from them."""
    accounts = list(
        Account.objects.filter(
            kind=Account.Kind.BONUS, currency=settings.BASE_CURRENCY, is_test=False
        ).values_list("pk", flat=True)
    )
    if not accounts:
        return Moved(), Moved()
    given = Q(credit_account__in=accounts, credit_balance_after__isnull=False)
    used = Q(debit_account__in=accounts, debit_balance_after__isnull=False)
    return _moved(period, given, in_rare=False), _moved(period, used, in_rare=False)


# As the index of rare movements has it, word for word: without it PostgreSQL reads all sales of the days.
RARE = (
    *(Transfer.Kind.FUNDING, Transfer.Kind.ADJUSTMENT),
    *Transfer.REFUND_KINDS,
    Transfer.Kind.COMMISSION_BACK,
)


def _moved(period: Period, which: Q, *, in_rare: bool = True) -> Moved:
    begin, end = company_days.begin(period.first), company_days.end(period.last)
    rows = Transfer.objects.filter(
        which, currency=settings.BASE_CURRENCY, created_at__gte=begin, created_at__lt=end
    )
    if in_rare:
        rows = rows.filter(kind__in=RARE)
    real = Q(credit_account__is_test=False, debit_account__is_test=False)
    found = rows.filter(real).aggregate(count=Count("pk"), amount=Sum("amount"))
    return Moved(found["count"], found["amount"] or ZERO)
