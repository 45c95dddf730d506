"""What a signed-in user is to the business, for `/api/auth/user/` and the log-in's answer."""

from typing import Any

from commerce.models import Customer, Membership
from core.api.accounts import party_providers
from core.models import User


@party_providers.register("reseller")
def reseller_of(user: User) -> dict[str, Any] | None:
    membership = Membership.objects.select_related("reseller").filter(user=user).first()
    if membership is None:
        return None
    reseller = membership.reseller
    return {
        "kind": "reseller",
        "id": reseller.pk,
        "name": reseller.business_name,
        "status": reseller.status,
        "role": membership.role,
    }


@party_providers.register("customer")
def customer_of(user: User) -> dict[str, Any] | None:
    customer = Customer.objects.filter(user=user).first()
    if customer is None:
        return None
    return {"kind": "customer", "id": customer.pk, "name": customer.full_name, "status": customer.status}
