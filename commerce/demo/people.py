"""The demo's users: one for each role of staff, members of the first resellers, and a buyer."""

from commerce.demo.names import NAMED_MEMBERS, STAFF
from commerce.demo.parties import Crowd
from commerce.models import Customer, Membership, Reseller
from core.models import User
from core.services.users import create_user

DOMAIN = "topline.example"
DEMO_RESELLER = 1
DEMO_CUSTOMER = 1


def add_staff() -> dict[str, User]:
    """By user name: `owner`, `admin`, … Nobody has a password yet."""
    owner = User(username="owner", is_superuser=True)
    return {
        name: create_user(
            username=name, email=f"{name}@{DOMAIN}", by=owner, role=role, first_name=first, last_name=last
        )
        for role, name, first, last in STAFF
    }


def add_members(crowd: Crowd, owner: User) -> User:
    """An owner for each of the first resellers, and a developer for some. Returns the demo reseller's owner."""
    first = None
    for reseller in crowd.resellers[:NAMED_MEMBERS]:
        given, _blank, family = reseller.contact_person.partition(" ")
        domain = (reseller.email or "").partition("@")[2]
        user = create_user(
            username=domain.removesuffix(".example"),
            email=f"owner@{domain}",
            by=owner,
            first_name=given,
            last_name=family,
        )
        _join(user, reseller, Membership.Role.OWNER)
        first = first or user
        if reseller.pk % 3 == 1:
            developer = create_user(username=f"dev.{user.username}", email=f"dev@{domain}", by=owner)
            _join(developer, reseller, Membership.Role.DEVELOPER)
    assert first is not None  # noqa: S101 - there is a first reseller
    return first


def _join(user: User, reseller: Reseller, role: Membership.Role) -> None:
    Membership.objects.create(user=user, reseller_id=reseller.pk, role=role)


def add_buyer(customer: Customer, owner: User) -> User:
    """The user of the first customer."""
    given, _blank, family = customer.full_name.partition(" ")
    user = create_user(username="buyer", email=customer.email, by=owner, first_name=given, last_name=family)
    customer.user_id = user.pk
    return user
