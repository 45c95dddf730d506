"""The daily proof: opening, what came in and went out, and closing of each kind of account, day by day."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs import booked
from analytics.packs.base import Asked, Chart, Column, Kind, Money, Pack, Proof, Row, Section, register
from analytics.packs.booked import BEFORE, UNTIL_END, Moved
from analytics.packs.reading import days_chart, largest_currency, proof, read, window
from analytics.services.asking import midnight
from commerce.models import Account

# Each transfer once, told by the kinds of its two accounts; which day it is of is looked up among the midnights of the
# clocks on the wall, which is faster than asking for the clock's time of each.
BY_DAY = """
WITH moved AS MATERIALIZED (
     SELECT width_bucket(t.created_at, %(midnights)s::timestamptz[]) - 1 AS day, d.kind AS debited, c.kind AS credited,
            d.is_test AS debited_test, c.is_test AS credited_test, t.currency, sum(t.amount) AS amount
       FROM commerce_transfer AS t
       JOIN commerce_account AS d ON d.id = t.debit_account_id JOIN commerce_account AS c ON c.id = t.credit_account_id
      WHERE t.created_at >= %(begin)s AND t.created_at < %(end)s
      GROUP BY 1, 2, 3, 4, 5, 6)
SELECT m.day, m.kind, m.currency, sum(m.debits), sum(m.credits)
  FROM (SELECT day, debited AS kind, currency, amount AS debits, 0 AS credits FROM moved WHERE NOT debited_test
         UNION ALL
        SELECT day, credited, currency, 0, amount FROM moved WHERE NOT credited_test) AS m
 GROUP BY 1, 2, 3
"""
NOTHING = (Decimal(0), Decimal(0))
type Key = tuple[str, str]


@register
class DailyProof(Pack):
    key = "daily_proof"
    title = gettext_lazy("Daily proof")
    description = gettext_lazy("Opening and movements make the closing, each day, for each kind of account.")
    icon = "verified"
    group = gettext_lazy("Accounting")
    permission = "commerce.view_transfer"
    needs_cost = True

    def sections(self, asked: Asked) -> list[Section]:
        openings = _balances(booked.moved(asked, when=BEFORE))
        days = [asked.first + timedelta(days=number) for number in range(asked.days)]
        midnights = [midnight(day, asked.zone) for day in days]
        moves = {
            (days[number], kind, currency): (debits, credits)
            for number, kind, currency, debits, credits in read(
                BY_DAY, {**window(asked), "midnights": midnights}
            )
        }
        keys = sorted(
            {*openings, *((kind, currency) for _day, kind, currency in moves)},
            key=lambda key: (list(Account.Kind).index(Account.Kind(key[0])), key[1]),
        )
        running, rows, wallets = dict(openings), [], []
        for day in days:
            for key in keys:
                opening, moved = running.get(key, Decimal(0)), moves.get((day, *key), NOTHING)
                rows.append(_row(day, key, opening, moved))
                running[key] = _closing(key, opening, moved)
                if key[0] == Account.Kind.WALLET:
                    wallets.append((day, key[1], running[key]))
        return [
            Section(
                title=_("Daily proof"),
                columns=(
                    Column(_("Day"), Kind.DATE),
                    Column(_("Account")),
                    Column(_("Opening"), Kind.MONEY),
                    *(Column(title, Kind.MONEY, totalled=True) for title in (_("In"), _("Out"))),
                    Column(_("Closing"), Kind.MONEY),
                ),
                rows=rows,
                chart=_chart(wallets),
                proofs=_proofs(asked, running),
                figures=[
                    (
                        _("Wallets at the end"),
                        Money(amount, currency),
                    )
                    for (kind, currency), amount in running.items()
                    if kind == Account.Kind.WALLET
                ],
                note=_(
                    "Opening + in − out = closing, and a day opens with what the day before closed with. Of what we"
                    " have or spend, in is a debit; of what we owe or earn, a credit."
                ),
            )
        ]


def _balances(found: Sequence[Moved]) -> dict[Key, Decimal]:
    """What accounts of a kind hold together, as people say it of this kind."""
    sums: dict[Key, Decimal] = {}
    for one in found:
        key = (one.kind, one.currency)
        sums[key] = _closing(key, sums.get(key, Decimal(0)), (one.debits, one.credits))
    return sums


def _closing(key: Key, opening: Decimal, moved: tuple[Decimal, Decimal]) -> Decimal:
    came, went = booked.raised(key[0], *moved)
    return opening + came - went


def _row(day: date, key: Key, opening: Decimal, moved: tuple[Decimal, Decimal]) -> Row:
    kind, currency = key
    amounts = (opening, *booked.raised(kind, *moved), _closing(key, opening, moved))
    return (day, str(Account.Kind(kind).label), *(Money(amount, currency) for amount in amounts))


def _proofs(asked: Asked, closings: dict[Key, Decimal]) -> list[Proof]:
    """Each kind's last closing against all its transfers from the beginning, and wallets against what they keep."""
    ledger = _balances(booked.moved(asked, when=UNTIL_END))
    kinds = [kind for kind in Account.Kind if any(key[0] == kind for key in (*closings, *ledger))]
    proofs = [
        proof(
            _("%(account)s: closing ties to the ledger") % {"account": kind.label},
            ((key[1], amount) for key, amount in closings.items() if key[0] == kind),
            ((key[1], amount) for key, amount in ledger.items() if key[0] == kind),
        )
        for kind in kinds
    ]
    wallets = ((key[1], amount) for key, amount in closings.items() if key[0] == Account.Kind.WALLET)
    kept = booked.kept_balances(asked, Account.Kind.WALLET)
    return [*proofs, proof(_("Wallets say the same of themselves"), wallets, kept)]


def _chart(wallets: list[tuple[date, str, Decimal]]) -> Chart | None:
    currency = largest_currency((name, amount) for _day, name, amount in wallets)
    of_it = [(day, amount) for day, name, amount in wallets if name == currency]
    return days_chart(
        _("Wallets at the end of the day, %(currency)s") % {"currency": currency},
        [date_format(day, "j M") for day, _amount in of_it],
        {_("Wallets"): [amount for _day, amount in of_it]},
        unit=currency,
    )
