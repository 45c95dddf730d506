"""The proof of the books among the product's checks."""

from django.utils.translation import gettext_lazy as _

from commerce.services import proof
from core.services.check_runs import Outcome, Proof, Result, proofs


@proofs.register("ledger")
class LedgerProof(Proof):
    title = _("Proof of the books")
    explain = _(
        "Every balance, hold and order is proved from the transfers, on one snapshot of the database."
    )
    permission = "core.view_checkrun"

    def run(self) -> Outcome:
        done = proof.prove()
        results = [
            Result(
                check.name,
                check.title,
                check.count,
                check.seconds,
                [(finding.subject, finding.expected, finding.found) for finding in check.findings],
            )
            for check in done.checks
        ]
        return Outcome(results, done.figures)

    def title_of(self, name: str) -> str:
        return str(proof.TITLES.get(name, ""))
