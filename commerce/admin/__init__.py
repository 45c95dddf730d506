"""Each noun's pages, registered by being imported."""

from commerce.admin import (  # noqa: F401
    api_keys,
    catalog,
    catalog_search,
    clients,
    customers,
    ledger,
    navigation,
    order_finder,
    orders,
    party_search,
    phone_numbers,
    pricing,
    resellers,
)
