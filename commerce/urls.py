from django.urls import URLPattern, URLResolver

from commerce.api import (
    catalog,
    charge_transactions,
    credit_transactions,
    customers,
    exports,
    order,
    order_statistics,
    orders,
    payment_starts,
    payments,
    phone_numbers,
    quotes,
    resellers,
    sellers,
    topup,
    wallet,
)

urlpatterns: list[URLPattern | URLResolver] = [
    *orders.urlpatterns,
    *order.urlpatterns,
    *order_statistics.urlpatterns,
    *payments.urlpatterns,
    *payment_starts.urlpatterns,
    *topup.urlpatterns,
    *sellers.urlpatterns,
    *phone_numbers.urlpatterns,
    *credit_transactions.urlpatterns,
    *charge_transactions.urlpatterns,
    *wallet.urlpatterns,
    *customers.urlpatterns,
    *resellers.urlpatterns,
    *catalog.urlpatterns,
    *quotes.urlpatterns,
    *exports.urlpatterns,
]
