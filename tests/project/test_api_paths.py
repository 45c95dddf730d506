"""Every path that api.md and the five briefs name, by hand: served, served otherwise with the reason, or still to come.

Brief 4's React screens are pages of the admin and are no paths of the API; its list of URLs is.
"""

import re
from dataclasses import dataclass

import pytest
from django.urls import Resolver404, resolve

from tests.commerce.test_access_matrix import described, routes

TABLE = """
# Accounts (briefs 1 and 4)
POST   /api/register/                                served
POST   /api/token/                                   served
POST   /api/token/refresh/                           served
POST   /api/token/verify/                            served
GET    /api/profile/                                 served
PUT    /api/profile/                                 served
PATCH  /api/profile/                                 served
POST   /api/auth/login/                              served
POST   /api/auth/logout/                             served
POST   /api/auth/token/refresh/                      served
POST   /api/auth/password/reset/                     served
POST   /api/auth/password/reset/confirm/             served
GET    /api/auth/user/                               served
POST   /api/verify/email/                            served
POST   /api/verify/phone/                            served

# Catalogue
GET    /api/brands/                                  served
GET    /api/products/                                served
GET    /api/products/{id}/schema/                    served
POST   /api/recipients/validate/                     served
POST   /api/operators/lookup/                        served

# Orders (briefs 0, 1 and 4)
POST   /api/topup/                                   departs: needs a key or a token, for it moves money
GET    /api/orders/                                  served
POST   /api/orders/                                  served
POST   /api/orders/bulk/                             served
GET    /api/orders/statistics/                       served
GET    /api/orders/{id}/                             served
PUT    /api/orders/{id}/                             departs: notes and address alone; the rest was bought as it is
PATCH  /api/orders/{id}/status/                      departs: moves the delivery; money moves by actions of its own
POST   /api/orders/{id}/assign-delivery/             served
POST   /api/orders/{id}/cancel/                      served
POST   /api/quotes/                                  served

# Sellers (brief 2)
GET    /api/sellers/                                 departs: after a sign-in
POST   /api/sellers/                                 departs: staff only; credit is not set here
GET    /api/sellers/{id}/                            served
PUT    /api/sellers/{id}/                            departs: credit is read-only
DELETE /api/sellers/{id}/                            departs: a seller with history is closed, not erased
POST   /api/sellers/{id}/increase_credit/            departs: staff who may fund wallets only
POST   /api/sellers/{id}/sell_charge/                served
GET    /api/sellers/{id}/get_credit/                 served
GET    /api/sellers/{id}/get_transactions/           served
GET    /api/sellers/{id}/get_charge_sales/           served
GET    /api/phone-numbers/                           served
POST   /api/phone-numbers/                           served
GET    /api/phone-numbers/{id}/                      served
PUT    /api/phone-numbers/{id}/                      served
DELETE /api/phone-numbers/{id}/                      served
GET    /api/credit-transactions/                     served
GET    /api/credit-transactions/{id}/                served
GET    /api/charge-transactions/                     served
GET    /api/charge-transactions/{id}/                served

# Resellers and wallets (brief 4)
GET    /api/resellers/                               served
POST   /api/resellers/                               served
GET    /api/resellers/{id}/                          served
PUT    /api/resellers/{id}/                          served
PATCH  /api/resellers/{id}/                          served
DELETE /api/resellers/{id}/                          departs: a reseller with history is closed, not erased
PATCH  /api/resellers/{id}/status/                   served
GET    /api/resellers/{id}/clients/                  served
GET    /api/resellers/{id}/orders/                   served
GET    /api/resellers/{id}/transactions/             served
GET    /api/wallet/                                  served
GET    /api/wallet/statement/                        served
*      /api/api-keys/                                later: issue 4, beside the settings of API and webhooks
*      /api/webhooks/                                later: issue 4, beside the settings of API and webhooks

# Customers, payments, support, settings (briefs 1 and 4)
GET    /api/users/                                   served
GET    /api/users/{id}/                              served
PUT    /api/users/{id}/                              served
PATCH  /api/users/{id}/status/                       served
GET    /api/users/{id}/orders/                       served
GET    /api/users/{id}/transactions/                 served
GET    /api/users/{id}/support-tickets/              served
GET    /api/transactions/                            served
GET    /api/transactions/{id}/                       served
POST   /api/transactions/{id}/refund/                served
GET    /api/transactions/export/                     served
POST   /api/payments/process/                        served
GET    /api/payments/gateways/                       served
POST   /api/payment/webhook/                         departs: signed, or it changes nothing
GET    /api/support/tickets/                         served
POST   /api/support/tickets/                         served
GET    /api/support/tickets/{id}/                    served
PUT    /api/support/tickets/{id}/                    departs: nobody rewrites what a party said
PATCH  /api/support/tickets/{id}/assign/             served
POST   /api/support/tickets/{id}/reply/              served
GET    /api/settings/                                served
PATCH  /api/settings/                                served

# What waits for a second person, and what customers agreed to
GET    /api/approvals/                               served
GET    /api/approvals/{id}/                          served
GET    /api/profile/consents/                        served
POST   /api/profile/consents/                        served
GET    /api/users/{id}/consents/                     served
POST   /api/users/{id}/consents/                     served

# Analytics and exports (briefs 0, 1, 3 and 4)
GET    /api/analytics/dashboard/overview/            served
GET    /api/analytics/transactions/                  served
GET    /api/analytics/revenue/                       served
GET    /api/analytics/users/                         served
GET    /api/analytics/services/                      served
GET    /api/analytics/kpis/                          served
GET    /api/analytics/reports/export/                departs: streamed, not cut at 1000 rows
GET    /api/dashboard/                               departs: after a sign-in
GET    /api/dashboard/metrics/                       served
GET    /api/dashboard/sales-trends/                  served
GET    /api/dashboard/top-resellers/                 served
GET    /api/dashboard/recent-activities/             served
GET    /api/export/orders/                           departs: staff with the right only
GET    /api/export/failures/                         departs: staff with the right only

# Pages and the schema itself, which are not in the schema
GET    /api/schema/                                  page
GET    /api/docs/                                    page
GET    /api/redoc/                                   page
GET    /dashboard/                                   page
GET    /admin/                                       page
GET    /health/                                      page
GET    /metrics                                      page

# Ours alone
GET    /api/products/{id}/                           ours: one of the list
GET    /api/redoc/redoc.js                           page
GET    /api/tickets/                                 ours: parties ask here; brief 4's tickets are the staff's desk
POST   /api/tickets/                                 ours
GET    /api/tickets/{id}/                            ours
GET    /api/tickets/{id}/messages/                   ours
POST   /api/tickets/{id}/messages/                   ours
POST   /api/tickets/{id}/close/                      ours
GET    /api/tickets/{id}/attachments/{id}/           ours
"""
THERE = ("served", "departs", "ours")


@dataclass(frozen=True)
class Named:
    method: str
    path: str
    what: str

    @property
    def state(self) -> str:
        return self.what.partition(":")[0]

    @property
    def name(self) -> tuple[str, str]:
        return self.method, self.path


def _read() -> list[Named]:
    lines = (line for line in TABLE.splitlines() if line and not line.startswith("#"))
    return [Named(*line.split(maxsplit=2)) for line in lines]


NAMED = _read()


def plain(found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Without the names of what is in braces, which are ours."""
    return {(method, re.sub(r"\{\w+\}", "{id}", path)) for method, path in found}


def test_the_table_is_read_as_it_is_meant() -> None:
    assert {one.state for one in NAMED} == {*THERE, "page", "later"}
    assert len({one.name for one in NAMED}) == len(NAMED)
    for one in NAMED:
        if one.state in ("departs", "later"):
            assert one.what.partition(": ")[2], f"Say why: {one}"


def test_every_path_that_is_served_is_there_and_in_the_schema() -> None:
    served = {one.name for one in NAMED if one.state in THERE}
    assert not served - plain(routes()), "Named, but not served"
    assert not served - plain(described()), "Served, but not in the schema"


def test_every_page_is_there() -> None:
    for one in NAMED:
        if one.state == "page":
            assert resolve(one.path).func, one.path


def test_what_comes_later_is_not_half_there() -> None:
    for one in NAMED:
        if one.state != "later":
            continue
        half = {path for _method, path in routes() | described() if path.startswith(one.path)}
        assert not half, f"{one.path} was to come by {one.what}; here is {half}: write down what it does"
        for path in (one.path, f"{one.path}1/"):
            with pytest.raises(Resolver404):
                resolve(path)


def test_nothing_is_served_that_the_table_does_not_name() -> None:
    surplus = plain(routes()) - {one.name for one in NAMED}
    assert not surplus, f"Name them in tests/project/test_api_paths.py: {sorted(surplus)}"
