"""What customers agree to and take back."""

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.models import Consent, Customer
from core.actors import current_actor
from core.events import record
from core.exceptions import Conflict, InvalidInput


@transaction.atomic
def say(*, customer: Customer, purpose: str, given: bool, how: str, version: str = "") -> Consent:
    """Write down a customer's yes or no.

    Raises:
        InvalidInput: `unknown_purpose`, `required`. Conflict: `erased`, `said_already`.
    """
    if purpose not in Consent.Purpose.values:
        raise InvalidInput("unknown_purpose", _("There is no such purpose."), field="purpose")
    if not how.strip():
        raise InvalidInput("required", _("Say how they said so."), field="how")
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if customer.erased_at is not None:
        raise Conflict("erased", _("This customer was erased."))
    before = now(customer).get(purpose)
    same_text = before is not None and before.version == version.strip()[:40]
    if before is None and not given:
        raise Conflict("said_already", _("They never agreed to this."))
    if before is not None and before.given == given and (same_text or not given):
        raise Conflict("said_already", _("This is written down already."))
    said = Consent.objects.create(
        customer=customer,
        purpose=purpose,
        given=given,
        how=how.strip()[:200],
        version=version.strip()[:40],
        recorded_by=current_actor().label[:150],
    )
    kind = "customer.consented" if given else "customer.consent_withdrawn"
    record(kind, subject=customer, data={"purpose": purpose, "how": said.how, "version": said.version})
    return said


def now(customer: Customer) -> dict[str, Consent]:
    """The newest of each purpose they ever said anything to."""
    newest = customer.consents.order_by("purpose", "-id").distinct("purpose")
    return {one.purpose: one for one in newest}


def agreed(customer: Customer, purpose: Consent.Purpose) -> bool:
    """Whether they agree now; who never said anything does not."""
    said = now(customer).get(purpose)
    return said is not None and said.given
