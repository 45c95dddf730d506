"""Wallet balances at the end of a day: what each party has with us, how long it has lain there, and who owes us.

A balance is the one the wallet keeps, with what was booked after the day taken off again; the ledger adds up all
transfers until then. Neither knows the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs.base import Asked, Column, Kind, Money, Pack, PackForm, Row, Section, Span, register
from analytics.packs.reading import figures, proof, read
from commerce.models import Account
from commerce.services import ageing
from commerce.services.ageing import Debt

_WANTED = """
   AND NOT a.is_test AND a.kind IN ('wallet', 'bonus')
   AND (%(who)s = '' OR (%(who)s = 'reseller') = (a.reseller_id IS NOT NULL))"""
# What was held then is what was neither captured nor released yet.
KEPT = f"""
SELECT a.id, coalesce(r.business_name, c.full_name), a.reseller_id IS NOT NULL, a.kind, a.currency,
       a.balance + coalesce(later.amount, 0), coalesce(held.amount, 0), a.credit_limit
  FROM commerce_account AS a
  LEFT JOIN commerce_reseller AS r ON r.id = a.reseller_id
  LEFT JOIN commerce_customer AS c ON c.id = a.customer_id
  LEFT JOIN ({ageing.BOOKED_SINCE}) AS later ON later.account_id = a.id
  LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM commerce_hold
              WHERE created_at < %(until)s AND (settled_at IS NULL OR settled_at >= %(until)s)
              GROUP BY 1) AS held ON held.account_id = a.id
 WHERE true{_WANTED}
 ORDER BY a.currency, 6 DESC, 2, a.id
"""  # noqa: S608  # nosec B608
LEDGER = f"""
SELECT a.id, a.currency, sum(m.amount), max(m.last)
  FROM (SELECT debit_account_id AS account_id, -sum(amount) AS amount, max(created_at) AS last FROM commerce_transfer
         WHERE created_at < %(until)s AND debit_balance_after IS NOT NULL GROUP BY 1
         UNION ALL
        SELECT credit_account_id, sum(amount), max(created_at) FROM commerce_transfer
         WHERE created_at < %(until)s AND credit_balance_after IS NOT NULL GROUP BY 1) AS m
  JOIN commerce_account AS a ON a.id = m.account_id{_WANTED}
 GROUP BY 1, 2
"""  # noqa: S608  # nosec B608
AGES = (30, 60, 90)


class WalletForm(PackForm):
    who = forms.ChoiceField(
        label=gettext_lazy("Wallets of"),
        required=False,
        choices=[
            ("", gettext_lazy("Everybody")),
            ("reseller", gettext_lazy("Resellers")),
            ("customer", gettext_lazy("Customers")),
        ],
    )
    empty = forms.BooleanField(label=gettext_lazy("Empty wallets too"), required=False)


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet at the end of the day; `moved_at` is its last movement until then, `debt` what one below zero owes."""

    party: str
    is_reseller: bool
    kind: str
    currency: str
    balance: Decimal
    held: Decimal
    credit_limit: Decimal
    moved_at: datetime | None
    debt: Debt | None

    def money(self, amount: Decimal) -> Money:
        return Money(amount, self.currency)


@register
class WalletBalances(Pack):
    key = "wallet_balances"
    title = gettext_lazy("Wallet balances")
    description = gettext_lazy(
        "What each party has with us at the end of a day, by age, and who is below zero."
    )
    icon = "account_balance_wallet"
    group = gettext_lazy("Accounting")
    permission = "commerce.view_account"
    of_a_moment = True
    span = Span.YESTERDAY
    form = WalletForm

    def sections(self, asked: Asked) -> list[Section]:
        params = {"until": asked.end, "who": asked.values.get("who") or ""}
        ledger = read(LEDGER, params)
        wallets = _wallets(params, {row[0]: row[3] for row in ledger})
        if not asked.values.get("empty"):
            wallets = [one for one in wallets if one.balance or one.held]
        have = [one for one in wallets if one.balance > 0]
        owe = [one for one in wallets if one.balance < 0]
        sums = [(one.currency, one.balance) for one in wallets]
        return [
            Section(
                title=_("Balances by age"),
                columns=_age_columns(_("Since the last movement"), _("Balance")),
                rows=_by_age(have, asked),
                proofs=[proof(_("Balances tie to the ledger"), sums, ((row[1], row[2]) for row in ledger))],
                figures=[
                    (_("Wallets"), len(wallets)),
                    *figures(_("Parties have with us"), ((one.currency, one.balance) for one in have)),
                    *figures(_("Parties owe us"), ((one.currency, -one.balance) for one in owe)),
                    *figures(_("Held"), ((one.currency, one.held) for one in wallets)),
                ],
                note=_("Wallets above zero. The credit limit is today's."),
            ),
            Section(
                title=_("Credit ageing"),
                # A wallet may owe something of several ages: they are not added up.
                columns=_age_columns(_("Days late"), _("Owes"), added=False),
                rows=_by_lateness([one.debt for one in owe if one.debt]),
                note=_("By the days of credit as they are agreed today; payments settle the oldest first."),
            ),
            Section(
                title=_("Wallets"),
                columns=(
                    *(Column(title) for title in (_("Party"), _("Type"), _("Account"))),
                    *(
                        Column(title, Kind.MONEY, totalled=total)
                        for title, total in (
                            (_("Balance"), True), (_("Held"), True), (_("Credit limit"), False),
                        )
                    ),
                    Column(_("Last movement"), Kind.DATETIME),
                    Column(_("Days since"), Kind.NUMBER),
                    Column(_("Oldest unpaid"), Kind.DATETIME),
                ),
                rows=[_row(one, asked) for one in wallets],
            ),
        ]  # fmt: skip


def _wallets(params: dict[str, Any], moved_at: dict[int, datetime]) -> list[Wallet]:
    owing = {debt.account_id: debt for debt in ageing.debts(until=params["until"], everybody=True)}
    return [Wallet(*(*row, moved_at.get(key), owing.get(key))) for key, *row in read(KEPT, params)]


def _days(moment: datetime | None, asked: Asked) -> int | None:
    """Whole days from then to the day of the report, by the clocks of its zone."""
    return None if moment is None else (asked.last - moment.astimezone(asked.zone).date()).days


def _age(days: int | None) -> int:
    """Which of the ages: the number of those that are over."""
    return len(AGES) if days is None else sum(days > age for age in AGES)


def _by_age(wallets: Iterable[Wallet], asked: Asked) -> list[Row]:
    names = [_("Up to 30 days"), _("31 to 60 days"), _("61 to 90 days"), _("Over 90 days")]
    return _added(names, ((one.currency, _age(_days(one.moved_at, asked)), one.balance) for one in wallets))


def _by_lateness(debts: Iterable[Debt]) -> list[Row]:
    """Each bucket with how many wallets have something in it."""
    names = [_("Not due yet"), _("1–30"), _("31–60"), _("61–90"), _("Over 90")]
    parts = (
        (one.currency, bucket, amount) for one in debts for bucket, amount in enumerate(one.buckets) if amount
    )
    return _added(names, parts)


def _added(names: list[str], parts: Iterable[tuple[str, int, Decimal]]) -> list[Row]:
    """By currency and place among the names: how many, and how much in all."""
    found: dict[tuple[str, int], tuple[int, Decimal]] = {}
    for currency, place, amount in parts:
        number, before = found.get((currency, place), (0, Decimal(0)))
        found[currency, place] = (number + 1, before + amount)
    return [
        (names[place], number, Money(amount, currency))
        for (currency, place), (number, amount) in sorted(found.items(), key=lambda item: item[0])
    ]


def _age_columns(age: str, balance: str, *, added: bool = True) -> tuple[Column, ...]:
    return (
        Column(age),
        Column(_("Wallets"), Kind.NUMBER, totalled=added),
        Column(balance, Kind.MONEY, totalled=True),
    )


def _row(one: Wallet, asked: Asked) -> Row:
    return (
        one.party,
        _("Reseller") if one.is_reseller else _("Customer"),
        str(Account.Kind(one.kind).label),
        one.money(one.balance),
        one.money(one.held),
        one.money(one.credit_limit),
        one.moved_at,
        _days(one.moved_at, asked),
        one.debt.oldest if one.debt else None,
    )
