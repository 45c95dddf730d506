"""Wallet balances at the end of a day: what each party has with us, how long it has lain there, and who is below zero.

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
from analytics.packs.reading import figures, proof, read, window
from commerce.models import Account

_WANTED = """
   AND NOT a.is_test AND a.kind IN ('wallet', 'bonus')
   AND (%(who)s = '' OR (%(who)s = 'reseller') = (a.reseller_id IS NOT NULL))"""
# What was booked after the day is taken off, and what was held then is what was neither captured nor released yet.
KEPT = f"""
SELECT a.id, coalesce(r.business_name, c.full_name), a.reseller_id IS NOT NULL, a.kind, a.currency,
       a.balance + coalesce(later.amount, 0), coalesce(held.amount, 0), a.credit_limit
  FROM commerce_account AS a
  LEFT JOIN commerce_reseller AS r ON r.id = a.reseller_id
  LEFT JOIN commerce_customer AS c ON c.id = a.customer_id
  LEFT JOIN (SELECT account_id, sum(amount) AS amount
               FROM (SELECT debit_account_id AS account_id, amount FROM commerce_transfer
                      WHERE created_at >= %(end)s AND debit_balance_after IS NOT NULL
                      UNION ALL
                     SELECT credit_account_id, -amount FROM commerce_transfer
                      WHERE created_at >= %(end)s AND credit_balance_after IS NOT NULL) AS m
              GROUP BY 1) AS later ON later.account_id = a.id
  LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM commerce_hold
              WHERE created_at < %(end)s AND (settled_at IS NULL OR settled_at >= %(end)s)
              GROUP BY 1) AS held ON held.account_id = a.id
 WHERE true{_WANTED}
 ORDER BY a.currency, 6 DESC, 2, a.id
"""  # noqa: S608  # nosec B608
LEDGER = f"""
SELECT a.id, a.currency, sum(m.amount), max(m.last)
  FROM (SELECT debit_account_id AS account_id, -sum(amount) AS amount, max(created_at) AS last FROM commerce_transfer
         WHERE created_at < %(end)s AND debit_balance_after IS NOT NULL GROUP BY 1
         UNION ALL
        SELECT credit_account_id, sum(amount), max(created_at) FROM commerce_transfer
         WHERE created_at < %(end)s AND credit_balance_after IS NOT NULL GROUP BY 1) AS m
  JOIN commerce_account AS a ON a.id = m.account_id{_WANTED}
 GROUP BY 1, 2
"""  # noqa: S608  # nosec B608
# Since when: the movement after the last one that left it at zero or more; for one that never was, its first.
BELOW_SINCE = """
WITH moves AS (
     SELECT debit_account_id AS account_id, id, created_at, debit_balance_after AS after FROM commerce_transfer
      WHERE debit_account_id = ANY(%(ids)s) AND debit_balance_after IS NOT NULL AND created_at < %(end)s
      UNION ALL
     SELECT credit_account_id, id, created_at, credit_balance_after FROM commerce_transfer
      WHERE credit_account_id = ANY(%(ids)s) AND credit_balance_after IS NOT NULL AND created_at < %(end)s)
SELECT account_id, min(created_at)
  FROM (SELECT account_id, id, created_at, max(id) FILTER (WHERE after >= 0) OVER (PARTITION BY account_id) AS whole
          FROM moves) AS m
 WHERE whole IS NULL OR id > whole
 GROUP BY 1
"""
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
    """A wallet at the end of the day; `moved_at` is its last movement until then, `below_since` for one below zero."""

    party: str
    is_reseller: bool
    kind: str
    currency: str
    balance: Decimal
    held: Decimal
    credit_limit: Decimal
    moved_at: datetime | None
    below_since: datetime | None

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
        params = {**window(asked), "who": asked.values.get("who") or ""}
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
                rows=_by_age([(one, one.moved_at) for one in have], asked),
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
                title=_("Below zero by age"),
                columns=_age_columns(_("Below zero for"), _("Balance")),
                rows=_by_age([(one, one.below_since) for one in owe], asked),
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
                    Column(_("Below zero since"), Kind.DATETIME),
                ),
                rows=[_row(one, asked) for one in wallets],
            ),
        ]  # fmt: skip


def _wallets(params: dict[str, Any], moved_at: dict[int, datetime]) -> list[Wallet]:
    kept = read(KEPT, params)
    below = [row[0] for row in kept if row[5] < 0]
    since = dict(read(BELOW_SINCE, {**params, "ids": below})) if below else {}
    return [Wallet(*(*row, moved_at.get(key), since.get(key))) for key, *row in kept]


def _days(moment: datetime | None, asked: Asked) -> int | None:
    """Whole days from then to the day of the report, by the clocks of its zone."""
    return None if moment is None else (asked.last - moment.astimezone(asked.zone).date()).days


def _age(days: int | None) -> int:
    """Which of the ages: the number of those that are over."""
    return len(AGES) if days is None else sum(days > age for age in AGES)


def _by_age(wallets: Iterable[tuple[Wallet, datetime | None]], asked: Asked) -> list[Row]:
    found: dict[tuple[str, int], tuple[int, Decimal]] = {}
    for wallet, moment in wallets:
        key = (wallet.currency, _age(_days(moment, asked)))
        number, amount = found.get(key, (0, Decimal(0)))
        found[key] = (number + 1, amount + wallet.balance)
    names = [
        _("Up to 30 days"), _("31 to 60 days"), _("61 to 90 days"), _("Over 90 days"),
    ]  # fmt: skip
    return [
        (names[age], number, Money(amount, currency))
        for (currency, age), (number, amount) in sorted(found.items(), key=lambda item: item[0])
    ]


def _age_columns(age: str, balance: str) -> tuple[Column, ...]:
    return (
        Column(age),
        Column(_("Wallets"), Kind.NUMBER, totalled=True),
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
        one.below_since,
    )
