"""A reseller's days of credit, and whether it is reminded."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import CreditTerms, Reseller
from core.actors import current_actor
from core.events import record
from core.exceptions import Conflict, InvalidInput

LONGEST = 365


def of(reseller: Reseller) -> CreditTerms:
    """What it has of its own; unsaved where it has nothing."""
    found: CreditTerms | None = getattr(reseller, "credit_terms", None)
    return found or CreditTerms(days=None)


@transaction.atomic
def set_days(*, reseller: Reseller, days: int | None, reason: str) -> CreditTerms:
    """Give it days of credit of its own; None takes those of the settings again.

    Raises:
        InvalidInput: `invalid_days`, `reason_required`.
    """
    if days is not None and not 0 <= days <= LONGEST:
        text = _("Between 0 and %(most)d days.") % {"most": LONGEST}
        raise InvalidInput("invalid_days", text, field="days")
    terms, said = _locked(reseller), _said(reason)
    before, terms.days = terms.days, days
    terms.save(update_fields=["days"])
    record("reseller.credit_days", subject=reseller, data={"before": before, "after": days, "reason": said})
    return terms


@transaction.atomic
def pause(*, reseller: Reseller, reason: str) -> CreditTerms:
    """Remind it no more, for now, and do not suspend it.

    Raises:
        InvalidInput: `reason_required`. Conflict: `already_paused`.
    """
    terms, said = _locked(reseller), _said(reason)
    if terms.paused_at:
        raise Conflict("already_paused", _("Its reminders are paused already."))
    terms.paused_at, terms.paused_by, terms.pause_reason = timezone.now(), current_actor().label[:150], said
    terms.save(update_fields=["paused_at", "paused_by", "pause_reason"])
    record("dunning.paused", subject=reseller, data={"reason": said})
    return terms


@transaction.atomic
def resume(*, reseller: Reseller, reason: str) -> CreditTerms:
    """Remind it again.

    Raises:
        InvalidInput: `reason_required`. Conflict: `not_paused`.
    """
    terms, said = _locked(reseller), _said(reason)
    if not terms.paused_at:
        raise Conflict("not_paused", _("Its reminders are not paused."))
    terms.paused_at, terms.paused_by, terms.pause_reason = None, "", ""
    terms.save(update_fields=["paused_at", "paused_by", "pause_reason"])
    record("dunning.resumed", subject=reseller, data={"reason": said})
    return terms


def _locked(reseller: Reseller) -> CreditTerms:
    CreditTerms.objects.get_or_create(reseller=reseller)
    return CreditTerms.objects.select_for_update().get(reseller=reseller)


def _said(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why."), field="reason")
    return reason.strip()[:300]
