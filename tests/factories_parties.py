"""Parties for tests, made by the same services as in life, so that a reseller has its wallets."""

from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from commerce.models import ApiKey, Client, Customer, Membership, Reseller
from commerce.services import api_keys, ledger
from tests.factories import UserFactory


class ResellerFactory(DjangoModelFactory[Reseller]):
    """Active, in the United States, with a live and a test wallet; `funds` is paid into the live one."""

    class Meta:
        model = Reseller

    business_name = factory.Sequence(lambda n: f"Reseller {n}")
    contact_person = "Sara Ahmadi"
    email = factory.Sequence(lambda n: f"office{n}@reseller.example")
    phone = "+14155550100"
    city = "Oakland"
    country = "US"
    status = Reseller.Status.ACTIVE

    @classmethod
    def _create(
        cls, model_class: type[Reseller], *args: Any, funds: Decimal | int = 0, **kwargs: Any
    ) -> Reseller:
        reseller = super()._create(model_class, *args, **kwargs)
        for is_test in (False, True):
            ledger.wallet_for(party=reseller, currency=reseller.currency, is_test=is_test)
        if funds:
            wallet = ledger.wallet_for(party=reseller, currency=reseller.currency)
            ledger.fund(account=wallet, amount=Decimal(funds), reason="Paid in")
        return reseller


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    reseller = factory.SubFactory(ResellerFactory)
    role = Membership.Role.OWNER


class ClientFactory(DjangoModelFactory[Client]):
    class Meta:
        model = Client

    reseller = factory.SubFactory(ResellerFactory)
    name = factory.Sequence(lambda n: f"Client {n}")
    email = factory.Sequence(lambda n: f"client{n}@clients.example")
    plan_type = "prepaid"


class CustomerFactory(DjangoModelFactory[Customer]):
    class Meta:
        model = Customer

    user = factory.SubFactory(UserFactory)
    full_name = factory.Sequence(lambda n: f"Buyer {n}")
    email = factory.LazyAttribute(lambda customer: customer.user.email)
    city = "Lagos"
    country = "NG"
    status = Customer.Status.ACTIVE


def key_for(reseller: Reseller, *, mode: ApiKey.Mode = ApiKey.Mode.LIVE, **options: Any) -> str:
    """The text of a fresh key of this reseller."""
    return api_keys.issue(reseller=reseller, name="Server", mode=mode, **options)[1]
