"""Who may do what through the REST API: one row a route and method, one column a caller.

`see` answered, and the owner's things are in the answer · `ok` answered, with nothing of the owner's in it ·
a number: refused with this status. 400 and 409 are given to callers who may, where what they ask cannot be done.
Every route with an id points at the OWNER's thing: its order, number, transfer, or the reseller itself.
The sources are api.md ("Who") and the roles of product.md.
"""

from dataclasses import dataclass

# The owner's live key, a member of it who owns it and one who may only look, another reseller's key, a registered
# buyer, nobody; the owner's key while suspended, its keys that may only read, only order, or are revoked;
# and staff: the super admin, somebody without a role, and the five roles.
COLUMNS = (
    *("key", "member", "viewer", "other", "buyer", "nobody", "suspended", "reading", "ordering", "revoked"),
    *("super_admin", "no_role", "admin", "moderator", "finance", "support", "auditor"),
)
STAFF = COLUMNS[10:]

TABLE = """
                                              key mem vie oth buy nob sus rea ord rev  sup non adm mod fin sup aud
POST   token/                                 ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok
POST   token/refresh/                         ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok
POST   token/verify/                          ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok
POST   auth/login/                            ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok
POST   auth/logout/                           ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok
POST   auth/token/refresh/                    ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok
GET    auth/user/                             403 see see 403 ok  401 403 403 403 401  ok  ok  ok  ok  ok  ok  ok
POST   auth/password/reset/                   ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok
POST   auth/password/reset/confirm/           400 400 400 400 400 400 400 400 400 400  400 400 400 400 400 400 400
POST   register/                              ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok
GET    profile/                               404 404 404 404 ok  401 404 404 403 401  404 404 404 404 404 404 404
PUT    profile/                               404 404 404 404 ok  401 404 404 404 401  404 404 404 404 404 404 404
PATCH  profile/                               404 404 404 404 ok  401 404 404 404 401  404 404 404 404 404 404 404
GET    profile/consents/                      404 404 404 404 ok  401 404 404 403 401  404 404 404 404 404 404 404
POST   profile/consents/                      404 404 404 404 ok  401 404 404 404 401  404 404 404 404 404 404 404
POST   verify/email/                          404 404 404 404 ok  401 404 404 404 401  404 404 404 404 404 404 404
POST   verify/phone/                          404 404 404 404 409 401 404 404 404 401  404 404 404 404 404 404 404

GET    settings/                              ok  ok  ok  ok  ok  ok  ok  ok  ok  401  ok  ok  ok  ok  ok  ok  ok
PATCH  settings/                              403 403 403 403 403 401 403 403 403 401  ok  403 ok  403 403 403 403

GET    approvals/                             403 403 403 403 403 401 403 403 403 401  see 403 see 403 see 403 see
GET    approvals/{approval_id}/               403 403 403 403 403 401 403 403 403 401  see 403 see 403 see 403 see

GET    schema/                                ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok
GET    docs/                                  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok
GET    redoc/                                 ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok
GET    redoc/redoc.js                         ok  ok  ok  ok  ok  ok  ok  ok  ok  ok   ok  ok  ok  ok  ok  ok  ok

GET    brands/                                ok  ok  ok  ok  ok  401 ok  ok  403 401  ok  403 ok  ok  ok  ok  ok
GET    products/                              ok  ok  ok  ok  ok  401 ok  ok  403 401  ok  403 ok  ok  ok  ok  ok
GET    products/{product_id}/                 ok  ok  ok  ok  ok  401 ok  ok  403 401  ok  403 ok  ok  ok  ok  ok
GET    products/{product_id}/schema/          ok  ok  ok  ok  ok  401 ok  ok  403 401  ok  403 ok  ok  ok  ok  ok
POST   recipients/validate/                   ok  ok  ok  ok  ok  401 ok  ok  ok  401  ok  403 ok  ok  ok  ok  ok
POST   operators/lookup/                      ok  ok  ok  ok  ok  401 ok  ok  ok  401  ok  403 ok  ok  ok  ok  ok
POST   quotes/                                ok  ok  403 ok  ok  401 403 403 ok  401  403 403 403 403 403 403 403

GET    orders/                                see see see ok  ok  401 see see 403 401  see ok  see see see see see
POST   orders/                                ok  ok  403 ok  ok  401 403 403 ok  401  403 403 403 403 403 403 403
POST   orders/bulk/                           ok  ok  403 ok  400 401 403 403 ok  401  403 403 403 403 403 403 403
GET    orders/statistics/                     see see see ok  ok  401 see see 403 401  see 403 see see see see see
GET    orders/{order_id}/                     see see see 404 404 401 see see 403 401  see 404 see see see see see
PUT    orders/{order_id}/                     see see 403 404 404 401 see 403 see 401  see 404 see see 403 403 403
POST   orders/{order_id}/cancel/              see see 403 404 404 401 see 403 see 401  see 404 see 403 403 403 403
PATCH  orders/{order_id}/status/              403 403 403 404 404 401 403 403 403 401  409 404 409 409 403 403 403
POST   orders/{order_id}/assign-delivery/     403 403 403 404 404 401 403 403 403 401  see 404 see see 403 403 403
POST   topup/                                 ok  ok  403 ok  ok  401 403 403 ok  401  403 403 403 403 403 403 403
GET    payments/gateways/                     ok  ok  ok  ok  ok  401 ok  ok  403 401  ok  ok  ok  ok  ok  ok  ok
POST   payments/process/                      409 409 403 404 404 401 409 403 409 401  403 403 403 403 403 403 403
GET    transactions/                          see see see ok  ok  401 see see 403 401  see 403 see 403 see see see
GET    transactions/export/                   403 403 403 403 403 401 403 403 403 401  see 403 see 403 see see see
GET    transactions/{transaction_id}/         see see see 404 404 401 see see 403 401  see 403 see 403 see see see
POST   transactions/{transaction_id}/refund/  403 403 403 404 404 401 403 403 403 401  409 403 403 403 409 403 403
POST   payment/webhook/                       401 401 401 401 401 401 401 401 401 401  401 401 401 401 401 401 401

GET    sellers/                               see see see ok  ok  401 see see 403 401  see ok  see see see see see
POST   sellers/                               403 403 403 403 403 401 403 403 403 401  ok  403 ok  403 403 403 403
GET    sellers/{seller_id}/                   see see see 404 404 401 see see 403 401  see 404 see see see see see
PUT    sellers/{seller_id}/                   403 see 403 404 404 401 403 403 403 401  see 404 see 403 403 403 403
DELETE sellers/{seller_id}/                   403 403 403 404 404 401 403 403 403 401  409 404 409 403 403 403 403
POST   sellers/{seller_id}/increase_credit/   403 403 403 404 404 401 403 403 403 401  ok  404 403 403 ok  403 403
POST   sellers/{seller_id}/sell_charge/       ok  ok  403 404 404 401 403 403 ok  401  ok  404 ok  403 403 403 403
GET    sellers/{seller_id}/get_credit/        see see see 404 404 401 see see 403 401  see 404 see 403 see see see
GET    sellers/{seller_id}/get_transactions/  see see see 404 404 401 see see 403 401  see 404 see 403 see see see
GET    sellers/{seller_id}/get_charge_sales/  see see see 404 404 401 see see 403 401  see 404 see see see see see
GET    phone-numbers/                         see see see ok  ok  401 see see 403 401  see ok  see see see see see
POST   phone-numbers/                         ok  ok  403 ok  ok  401 ok  403 ok  401  ok  403 ok  403 403 403 403
GET    phone-numbers/{number_id}/             see see see 404 404 401 see see 403 401  see 404 see see see see see
PUT    phone-numbers/{number_id}/             see see 403 404 404 401 see 403 see 401  see 404 see 403 403 403 403
DELETE phone-numbers/{number_id}/             ok  ok  403 404 404 401 ok  403 ok  401  ok  404 ok  403 403 403 403
GET    credit-transactions/                   see see see ok  ok  401 see see 403 401  see ok  see ok  see see see
GET    credit-transactions/{transfer_id}/     see see see 404 404 401 see see 403 401  see 404 see 404 see see see
GET    charge-transactions/                   see see see ok  ok  401 see see 403 401  see ok  see see see see see
GET    charge-transactions/{order_id}/        see see see 404 404 401 see see 403 401  see 404 see see see see see
GET    wallet/                                see see see ok  ok  401 see see 403 401  403 403 403 403 403 403 403
GET    wallet/statement/                      see see see ok  ok  401 see see 403 401  403 403 403 403 403 403 403

GET    resellers/                             see see see ok  ok  401 see see 403 401  see ok  see see see see see
POST   resellers/                             403 403 403 403 403 401 403 403 403 401  ok  403 ok  403 403 403 403
GET    resellers/{reseller_id}/               see see see 404 404 401 see see 403 401  see 404 see see see see see
PUT    resellers/{reseller_id}/               403 see 403 404 404 401 403 403 403 401  see 404 see 403 403 403 403
PATCH  resellers/{reseller_id}/               403 see 403 404 404 401 403 403 403 401  see 404 see 403 403 403 403
DELETE resellers/{reseller_id}/               403 403 403 404 404 401 403 403 403 401  409 404 409 403 403 403 403
PATCH  resellers/{reseller_id}/status/        403 403 403 404 404 401 403 403 403 401  see 404 see see 403 403 403
GET    resellers/{reseller_id}/clients/       see see see 404 404 401 see see 403 401  see 404 see see see see see
GET    resellers/{reseller_id}/orders/        see see see 404 404 401 see see 403 401  see 404 see see see see see
GET    resellers/{reseller_id}/transactions/  see see see 404 404 401 see see 403 401  see 404 see 403 see see see

GET    tickets/                               see see see ok  ok  401 see see 403 401  see ok  see see see see see
POST   tickets/                               ok  ok  403 ok  ok  401 ok  403 ok  401  ok  403 ok  ok  403 ok  403
GET    tickets/{ticket_id}/                   see see see 404 404 401 see see 403 401  see 404 see see see see see
GET    tickets/{ticket_id}/messages/          see see see 404 404 401 see see 403 401  see 404 see see see see see
POST   tickets/{ticket_id}/messages/          see see 403 404 404 401 see 403 see 401  see 404 see see 403 see 403
POST   tickets/{ticket_id}/close/             see see 403 404 404 401 see 403 see 401  see 404 see see 403 see 403
GET    tickets/{ticket_id}/attachments/{file_id}/ see see see 404 404 401 see see 403 401 see 404 see see see see see

GET    support/tickets/                       403 403 403 403 403 401 403 403 403 401  see 403 see see see see see
POST   support/tickets/                       403 403 403 403 403 401 403 403 403 401  ok  403 ok  ok  403 ok  403
GET    support/tickets/{ticket_id}/           403 403 403 403 403 401 403 403 403 401  see 403 see see see see see
PUT    support/tickets/{ticket_id}/           403 403 403 403 403 401 403 403 403 401  see 403 see see 403 see 403
PATCH  support/tickets/{ticket_id}/assign/    403 403 403 403 403 401 403 403 403 401  see 403 see see 403 see 403
POST   support/tickets/{ticket_id}/reply/     403 403 403 403 403 401 403 403 403 401  see 403 see see 403 see 403

GET    users/                                 403 403 403 403 403 401 403 403 403 401  see 403 see see see see see
GET    users/{user_id}/                       403 403 403 403 403 401 403 403 403 401  see 403 see see see see see
PUT    users/{user_id}/                       403 403 403 403 403 401 403 403 403 401  see 403 see 403 403 403 403
PATCH  users/{user_id}/status/                403 403 403 403 403 401 403 403 403 401  see 403 see see 403 403 403
GET    users/{user_id}/consents/              403 403 403 403 403 401 403 403 403 401  ok  403 ok  ok  ok  ok  ok
POST   users/{user_id}/consents/              403 403 403 403 403 401 403 403 403 401  ok  403 ok  403 403 ok  403
GET    users/{user_id}/orders/                403 403 403 403 403 401 403 403 403 401  ok  403 ok  ok  ok  ok  ok
GET    users/{user_id}/transactions/          403 403 403 403 403 401 403 403 403 401  ok  403 ok  403 ok  ok  ok
GET    users/{user_id}/support-tickets/       403 403 403 403 403 401 403 403 403 401  ok  403 ok  ok  ok  ok  ok

GET    dashboard/                             403 403 403 403 403 401 403 403 403 401  see 403 see see see see see
GET    dashboard/metrics/                     403 403 403 403 403 401 403 403 403 401  ok  403 ok  ok  ok  ok  ok
GET    dashboard/sales-trends/                403 403 403 403 403 401 403 403 403 401  ok  403 ok  ok  ok  ok  ok
GET    dashboard/top-resellers/               403 403 403 403 403 401 403 403 403 401  see 403 see see see see see
GET    dashboard/recent-activities/           403 403 403 403 403 401 403 403 403 401  see 403 see see see see see

GET    analytics/dashboard/overview/          403 403 403 403 403 401 403 403 403 401  see 403 see 403 see 403 see
GET    analytics/transactions/                403 403 403 403 403 401 403 403 403 401  see 403 see 403 see 403 see
GET    analytics/revenue/                     403 403 403 403 403 401 403 403 403 401  see 403 see 403 see 403 see
GET    analytics/users/                       403 403 403 403 403 401 403 403 403 401  ok  403 ok  403 ok  403 ok
GET    analytics/services/                    403 403 403 403 403 401 403 403 403 401  see 403 see 403 see 403 see
GET    analytics/kpis/                        403 403 403 403 403 401 403 403 403 401  see 403 see 403 see 403 see
GET    analytics/reports/export/              403 403 403 403 403 401 403 403 403 401  see 403 see 403 see 403 see

GET    export/orders/                         403 403 403 403 403 401 403 403 403 401  see 403 see see see see see
GET    export/failures/                       403 403 403 403 403 401 403 403 403 401  ok  403 ok  ok  ok  ok  ok
"""


@dataclass(frozen=True)
class Row:
    method: str
    path: str
    cells: dict[str, str]

    @property
    def name(self) -> tuple[str, str]:
        return self.method, self.path


def _row(line: str) -> Row:
    method, path, *cells = line.split()
    return Row(method, f"/api/{path}", dict(zip(COLUMNS, cells, strict=True)))


ROWS = [_row(line) for line in TABLE.splitlines()[2:] if line]
