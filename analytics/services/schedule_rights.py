"""What a schedule may hold, and who may have it: asked when it is saved and again each time it runs."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from analytics.models import Format, Report, ReportSchedule
from analytics.packs.base import packs
from analytics.report_settings import report_settings
from analytics.services import sources, specs
from analytics.services.running import SEE_COST
from core.exceptions import DomainError, InvalidInput, NotAllowed, NotFound
from core.models import User

RUN, ALL = "analytics.run_report", "analytics.see_all_reports"
MOST_RECIPIENTS = 20


def asked_of(schedule: ReportSchedule) -> dict[str, Any]:
    """What a run of it is asked for besides the days; a composed report as it is composed now.

    Raises:
        NotFound: it is gone. InvalidInput: an answer is not valid any more.
    """
    cost = {"without_cost": True} if not schedule.with_cost else {}
    if schedule.kind == ReportSchedule.Kind.REPORT:
        report = report_of(schedule)
        spec = specs.frozen(report, schedule.answers)
        specs.read(spec)
        return {"title": report.title, "spec": spec, **cost}
    _check_answers(schedule)
    return {"values": dict(schedule.answers), **cost}


def source_of(schedule: ReportSchedule) -> sources.Source:
    """Raises what `asked_of` raises."""
    return sources.source_of(schedule.kind, schedule.key, asked_of(schedule))


def report_of(schedule: ReportSchedule) -> Report:
    """Raises NotFound."""
    key = schedule.key
    found = Report.objects.filter(pk=int(key)).first() if key.isascii() and key.isdigit() else None
    if found is None:
        raise NotFound(
            "not_found", _("The report it runs is gone. Delete this schedule, or compose it anew.")
        )
    return found


def check_owner(schedule: ReportSchedule) -> None:
    """Whether the owner may have it run now.

    Raises:
        NotAllowed, NotFound, InvalidInput: in words for the owner.
    """
    owner = schedule.owner
    if not owner.is_active:
        raise NotAllowed("not_allowed", _("Its owner cannot sign in any more."))
    if not owner.is_staff or not owner.has_perm(RUN):
        raise NotAllowed("not_allowed", _("Its owner may not run reports any more."))
    if schedule.kind == ReportSchedule.Kind.REPORT:
        report = report_of(schedule)
        if not (report.owner_id == owner.pk or report.shared or owner.has_perm(ALL)):
            raise NotAllowed("not_allowed", _("The report is not shared with its owner any more."))
    if not may_have(schedule, owner):
        raise NotAllowed("not_allowed", _("Its owner may not see what this report holds any more."))


def may_have(schedule: ReportSchedule, person: User) -> bool:
    """Whether this person may see what it makes. Raises NotFound, InvalidInput."""
    if schedule.with_cost and not person.has_perm(SEE_COST):
        return False
    return source_of(schedule).is_for(person)


def check_formats(formats: Iterable[str]) -> list[str]:
    """Raises InvalidInput."""
    given = list(dict.fromkeys(formats))
    if not given or not set(given) <= set(Format.values):
        raise InvalidInput("invalid_format", _("Choose a format."), field="formats")
    return given


def check_addresses(text: str) -> list[str]:
    """E-mail addresses, each once.

    Raises:
        InvalidInput: one is none, or goes where the settings let no report go.
    """
    given = list(dict.fromkeys(text.replace(",", " ").replace(";", " ").lower().split()))
    domains = report_settings().domains.split()
    for address in given:
        try:
            validate_email(address)
        except ValidationError as error:
            said = _("“%(address)s” is no e-mail address.") % {"address": address[:60]}
            raise InvalidInput("invalid_address", said, field="addresses") from error
        if domains and address.rpartition("@")[2] not in domains:
            said = _("Reports go to these domains only: %(domains)s.") % {"domains": ", ".join(domains)}
            raise InvalidInput("refused_address", said, field="addresses")
    return given


def check_recipients(schedule: ReportSchedule, people: Iterable[User]) -> None:
    """Raises InvalidInput: nobody, too many, or somebody who may not see it."""
    chosen, addresses = list(people), schedule.addresses.split()
    if not chosen and not addresses:
        raise InvalidInput(
            "no_recipients", _("Choose whom it is sent to, or type an address."), field="addresses"
        )
    if len(chosen) + len(addresses) > MOST_RECIPIENTS:
        said = _("At most %(most)d recipients.") % {"most": MOST_RECIPIENTS}
        raise InvalidInput("too_many_recipients", said, field="addresses")
    _found, skipped = recipients(schedule, chosen)
    if skipped:
        said = " ".join(f"{who}: {why}" for who, why in skipped)
        field = "people" if skipped[0][0] in {str(one) for one in chosen} else "addresses"
        raise InvalidInput("refused_recipient", said, field=field)


def recipients(
    schedule: ReportSchedule, people: Iterable[User]
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Names by address of those it may be sent to now; and who may not have it, with why.

    An address that is a member of staff's is that person, with that person's rights.
    """
    sent: dict[str, str] = {}
    skipped: list[tuple[str, str]] = []
    for person in people:
        if why := _refusal(schedule, person):
            skipped.append((str(person), why))
        else:
            sent[person.email.lower()] = person.get_full_name() or person.get_username()
    known: dict[str, User] = {user.email.lower(): user for user in _staff_at(schedule.addresses.split())}
    for address in schedule.addresses.split():
        member = known.get(address)
        if why := _refusal(schedule, member) if member else _refused_domain(address):
            skipped.append((address, why))
        else:
            sent.setdefault(address, member.get_full_name() if member else "")
    return sent, skipped


def _staff_at(addresses: list[str]) -> list[User]:
    found = User.objects.alias(small=Lower("email")).filter(small__in=addresses, is_staff=True)
    return list(found) if addresses else []


def _refusal(schedule: ReportSchedule, person: User) -> str:
    if not person.is_active or not person.is_staff:
        return _("works here no more.")
    if not person.email:
        return _("has no e-mail address.")
    try:
        allowed = may_have(schedule, person)
    except DomainError as error:
        return error.message
    return "" if allowed else _("may not see what this report holds.")


def _refused_domain(address: str) -> str:
    try:
        check_addresses(address)
    except InvalidInput as error:
        return error.message
    return ""


def _check_answers(schedule: ReportSchedule) -> None:
    if schedule.key not in packs:
        raise NotFound("not_found", _("There is no such report any more."))
    form = packs.get(schedule.key).form(dict(schedule.answers))
    if not form.is_valid():
        said = "; ".join(str(error) for errors in form.errors.values() for error in errors)
        raise InvalidInput("invalid_values", said)


def cost_of(schedule: ReportSchedule, wanted: bool) -> bool:
    """Whether its files hold cost and margin: always where that is what it is about, else where it is wanted."""
    values: Mapping[str, Any] = asked_of(schedule)
    needs = sources.source_of(schedule.kind, schedule.key, values).needs_cost
    return needs or (wanted and schedule.owner.has_perm(SEE_COST))
