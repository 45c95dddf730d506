"""Each noun's pages, registered by being imported."""

from commerce.admin import (  # noqa: F401
    api_keys,
    catalog,
    catalog_search,
    clients,
    customers,
    deliveries,
    fulfilment,
    health,
    ledger,
    memberships,
    navigation,
    order_finder,
    orders,
    party_search,
    payments,
    phone_numbers,
    pricing,
    resellers,
    resources,
    unknown,
)
