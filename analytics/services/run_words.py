"""What a run keeps of what its file says, as it was said: for its page, when the file itself is gone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from analytics.renderers.base import Reading, Written, statement
from core.documents.pdf import printed_text
from core.documents.tables import Money
from core.money import format_money


def stated_of(reading: Reading, written: Written) -> dict[str, Any]:
    """`lines` of [what, how much], `proofs` with what each side says."""
    lines = [
        [label, printed_text(value, reading.zone)]
        for label, value in statement(reading, written)
        if not isinstance(value, datetime)
    ]
    sums = [
        [title, printed_text(value, reading.zone)]
        for one in written.counted
        for title, value in one.sums
        if isinstance(value, Money)
    ]
    proofs = [
        {
            "label": proof.label,
            "ties": proof.ties,
            "lines": [
                [str(format_money(ours, currency)), str(format_money(ledger, currency))]
                for currency, ours, ledger in proof.lines()
            ],
        }
        for section in reading.sections
        for proof in section.proofs
    ]
    facts = [[label, value] for label, value in reading.facts]
    return {"facts": facts, "lines": lines, "sums": sums, "proofs": proofs}


def by_title(sums: Iterable[Sequence[str]]) -> list[tuple[str, list[str]]]:
    """Amounts of one name together: a name, and an amount a currency."""
    found: dict[str, list[str]] = {}
    for title, amount in sums:
        found.setdefault(title, []).append(amount)
    return list(found.items())


def ties_of(reading: Reading) -> bool | None:
    """Whether everything ties; none where nothing is proved."""
    found = [proof.ties for section in reading.sections for proof in section.proofs]
    return all(found) if found else None
