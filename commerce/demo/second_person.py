"""What waits for a second person in the demo: asked for by finance, for the owner to decide."""

from decimal import Decimal

from commerce.models import Reseller
from commerce.services import ledger
from core.actors import acting_as, actor_for_user
from core.approvals import ApprovalNeeded
from core.models import User
from core.services import approvals

WIRE = Decimal("25000.00")


def ask(*, staff: dict[str, User], reseller: Reseller) -> None:
    """A wire so large that it waits, unless the limits let it through."""
    wallet = ledger.wallet_for(party=reseller, currency=reseller.currency)
    with acting_as(actor_for_user(staff["finance"])):
        try:
            ledger.fund(
                account=wallet,
                amount=WIRE,
                reason="Wire for the season, seen at the bank this morning",
                external_reference="WIRE-88213",
            )
        except ApprovalNeeded as needed:
            approvals.ask(needed)
