"""The trial balance: each account's opening, movements and closing; debits and credits are the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.packs import booked
from analytics.packs.base import Asked, Column, Kind, Money, Pack, Row, Section, register
from analytics.packs.booked import BEFORE, Moved
from analytics.packs.reading import Pairs, figures, proof, read, window
from commerce.models import Account

TURNOVER = """
SELECT t.currency, sum(t.amount) FROM commerce_transfer AS t
 WHERE t.created_at >= %(begin)s AND t.created_at < %(end)s
   AND t.credit_account_id NOT IN (SELECT id FROM commerce_account WHERE is_test)
 GROUP BY 1
"""
KINDS = [kind.value for kind in Account.Kind]


@dataclass(frozen=True, slots=True)
class Line:
    """One account, or all wallets of one kind of party. Balances are credits less debits."""

    name: str
    kind: str
    currency: str
    opening: Decimal
    debits: Decimal
    credits: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.credits - self.debits

    def row(self) -> Row:
        amounts = (*_sides(self.opening), self.debits, self.credits, *_sides(self.closing))
        return (self.name, *(Money(amount, self.currency) for amount in amounts))


@register
class TrialBalance(Pack):
    key = "trial_balance"
    title = gettext_lazy("Trial balance")
    description = gettext_lazy("Opening, debits, credits and closing of every account of the ledger.")
    icon = "balance"
    group = gettext_lazy("Accounting")
    permission = "commerce.view_transfer"
    needs_cost = True

    def sections(self, asked: Asked) -> list[Section]:
        found = lines(asked)
        titles = (
            _("Opening, debit"), _("Opening, credit"), _("Debits"), _("Credits"), _("Closing, debit"),
            _("Closing, credit"),
        )  # fmt: skip
        debits = [(one.currency, one.debits) for one in found]
        return [
            Section(
                title=_("Trial balance"),
                columns=(
                    Column(_("Account")),
                    *(Column(title, Kind.MONEY, totalled=True) for title in titles),
                ),
                rows=[one.row() for one in found],
                proofs=[
                    proof(_("Movements tie to the ledger"), debits, read(TURNOVER, window(asked))),
                    proof(
                        _("Debits and credits are the same"),
                        _closing(found, debit=True),
                        _closing(found, debit=False),
                    ),
                    proof(
                        _("Wallets say the same of themselves"),
                        ((one.currency, one.closing) for one in found if one.kind == Account.Kind.WALLET),
                        booked.kept_balances(asked, Account.Kind.WALLET),
                    ),
                ],
                figures=figures(_("Moved"), debits),
                note=_("Wallets of all parties of a kind stand together; the wallet report names each."),
            )
        ]


def lines(asked: Asked) -> list[Line]:
    """Every account that ever moved until the last day, by kind, code and currency."""
    before, during = booked.moved(asked, when=BEFORE), booked.moved(asked)
    openings = {_key(one): one for one in before}
    moved = {_key(one): one for one in during}
    keys = sorted({*openings, *moved}, key=lambda key: (KINDS.index(key[0]), *key[1:]))
    names = booked.names_of(moved.get(key) or openings[key] for key in keys)
    found = []
    for key, name in zip(keys, names, strict=True):
        opening = openings[key].net if key in openings else Decimal(0)
        debits, credits = (
            (moved[key].debits, moved[key].credits) if key in moved else (Decimal(0), Decimal(0))
        )
        found.append(Line(name, key[0], key[3], opening, debits, credits))
    return found


def _key(one: Moved) -> tuple[str, str, str, str]:
    return one.kind, one.code, one.party, one.currency


def _sides(balance: Decimal) -> tuple[Decimal, Decimal]:
    """A balance stands on one side."""
    return max(-balance, Decimal(0)), max(balance, Decimal(0))


def _closing(found: Iterable[Line], *, debit: bool) -> Pairs:
    return ((one.currency, _sides(one.closing)[0 if debit else 1]) for one in found)
