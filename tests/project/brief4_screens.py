"""Brief 4's admin panel, bullet by bullet: where each screen, list, filter, action and figure of it is in ours.

A row: its name · the brief's words · the address (by its name among Django's) where it is opened and used by the
test of the same name · or what replaces it, or the issue that brings it. A row without a test, or a test that
does not open its row's address, fails.
"""

from dataclasses import dataclass

AUTHENTICATION = """
sign-in by e-mail       | Login page: email/username and password fields | admin:login
sign-in by username     | Login page: email/username and password fields | admin:login
remember me             | Login page: remember me checkbox               | -> issue 4: safe sign-in; until then 2 weeks
forgotten password link | Login page: forgot password link               | admin:login
jwt                     | Login page: secure authentication with JWT     | /api/auth/login/
password asked for      | Forgot password: email input, success message  | admin:password-reset
password set anew       | Reset password: new password and confirmation  | admin:password-reset-new
token checked           | Reset password: token validation               | admin:password-reset-new
private routes          | PrivateRoute: route protection                 | admin:index
"""

DASHBOARD = """
total users          | Metrics cards: total users (app-based SIM buyers) | admin:index
total resellers      | Metrics cards: total resellers                    | admin:index
total clients        | Metrics cards: total clients (under resellers)    | admin:index
sim orders           | Metrics cards: daily/monthly SIM orders           | admin:index
revenue              | Metrics cards: revenue generated                  | admin:index
sales trends         | Charts: sales trends (line/bar)                   | admin:index
top resellers        | Charts: top-performing resellers (bar)            | admin:index
revenue distribution | Charts: revenue distribution (pie)                | admin:index
latest orders        | Activity feed: latest orders                      | admin:index
recent registrations | Activity feed: recent user registrations          | admin:index
reseller activities  | Activity feed: reseller activities                | admin:index
"""

RESELLERS = """
resellers               | Resellers list: data table                           | admin:commerce_reseller_changelist
resellers: search       | Resellers list: search                               | admin:commerce_reseller_changelist
resellers: filter       | Resellers list: filter                               | admin:commerce_reseller_changelist
resellers: balance      | Resellers list: filter                               | admin:commerce_reseller_changelist
resellers: pages        | Resellers list: pagination                           | admin:commerce_reseller_changelist
resellers: status       | Resellers list: status indicators                    | admin:commerce_reseller_changelist
reseller: add           | Resellers list: add; Add reseller: form with details | admin:commerce_reseller_add
reseller: edit          | Resellers list: edit; Edit reseller: pre-filled form | admin:commerce_reseller_change
reseller: suspend       | Resellers list: suspend; Edit reseller: status       | admin:commerce_reseller_suspend
reseller: activate      | Edit reseller: update status                         | admin:commerce_reseller_activate
resellers: suspend many | Resellers list: suspend                              | admin:commerce_reseller_changelist
reseller: delete        | Resellers list: delete (closed: its books stay)      | admin:commerce_reseller_close
reseller: limits        | Add/edit reseller: account limits configuration      | admin:commerce_reseller_set_limit
reseller: revenue       | Reseller details: revenue                            | admin:commerce_reseller_change
reseller: logs          | Reseller details: logs                               | admin:commerce_reseller_history
reseller: activity      | Reseller details: activity                           | admin:commerce_reseller_change
reseller: clients       | Reseller details: client list under this reseller    | admin:commerce_reseller_change
"""

CLIENTS = """
clients              | Clients list: all clients across resellers      | admin:commerce_client_changelist
clients: by reseller | Clients list: filter by reseller                | admin:commerce_client_changelist
clients: by status   | Clients list: filter by status                  | admin:commerce_client_changelist
clients: by plan     | Clients list: filter by plan                    | admin:commerce_client_changelist
client: override     | Clients list: admin override controls           | admin:commerce_client_override_limit
client: end override | Clients list: admin override controls           | admin:commerce_client_end_override
client               | Client details: client information and activity | admin:commerce_client_change
client: plan         | Client details: plan details and status         | admin:commerce_client_change
client: block        | Client details: action buttons (block)          | admin:commerce_client_block
client: unblock      | Client details: action buttons (block)          | admin:commerce_client_unblock
client: upgrade      | Client details: action buttons (upgrade)        | admin:commerce_client_change_plan
clients: block many  | Client details: action buttons (etc.)           | admin:commerce_client_changelist
"""

USERS = """
users                 | Users list: app-based SIM buyers        | admin:commerce_customer_changelist
users: by city        | Users list: filter by city              | admin:commerce_customer_changelist
users: by status      | Users list: filter by status            | admin:commerce_customer_changelist
users: by package     | Users list: filter by package           | admin:commerce_customer_changelist
users: search         | Users list: search functionality        | admin:commerce_customer_changelist
user                  | User details: personal information      | admin:commerce_customer_change
user: orders          | User details: order history             | admin:commerce_customer_change
user: payments        | User details: payment history           | admin:commerce_customer_change
user: tickets         | User details: support tickets           | admin:commerce_customer_change
user: block           | User details: action controls (block)   | admin:commerce_customer_block
user: unblock         | User details: action controls (unblock) | admin:commerce_customer_unblock
users: block many     | User details: action controls (block)   | admin:commerce_customer_changelist
user: answer a ticket | UserSupportTickets                      | admin:commerce_supportticket_reply
"""

ORDERS = """
orders                 | Orders list: central order management        | admin:commerce_order_changelist
orders: by source      | Orders list: filter by source (app/reseller) | admin:commerce_order_changelist
orders: by status      | Orders list: filter by status                | admin:commerce_order_changelist
orders: by date        | Orders list: filter by date                  | admin:commerce_order_changelist
orders: confirm many   | Orders list: bulk actions                    | admin:commerce_order_changelist
orders: assign many    | Orders list: bulk actions                    | admin:commerce_order_changelist
orders: dispatch many  | Orders list: bulk actions                    | admin:commerce_order_changelist
orders: cancel many    | Orders list: bulk actions                    | admin:commerce_order_changelist
orders: message many   | Orders list: bulk actions                    | admin:commerce_order_changelist
order                  | Order details: complete order information    | admin:commerce_order_change
order: confirm         | Order details: status update controls        | admin:commerce_delivery_confirm
order: dispatch        | Order details: status update controls        | admin:commerce_delivery_dispatch_it
order: delivered       | Order details: status update controls        | admin:commerce_delivery_delivered
order: activated       | Order details: status update controls        | admin:commerce_delivery_activate
order: cancelled       | Order details: status update controls        | admin:commerce_delivery_cancel
order: assign          | Order details: delivery assignment           | admin:commerce_delivery_assign
order: notify          | Order details: notification triggers         | admin:commerce_order_send_message
order: activation code | Order details: notification triggers         | admin:commerce_delivery_send_code
"""

PAYMENTS = """
transactions            | List: all payments (app and resellers)        | admin:commerce_transaction_changelist
transactions: by type   | List: filter by type                          | admin:commerce_transaction_changelist
transactions: by status | List: filter by status                        | admin:commerce_transaction_changelist
transactions: by date   | List: filter by date range                    | admin:commerce_transaction_changelist
transactions: export    | List: export functionality                    | admin:commerce_transaction_document
transaction             | Details: detailed transaction view            | admin:commerce_payment_change
transaction: invoice    | Details: invoice download                     | -> issue 5: documents
transaction: refund     | Details: refund management                    | admin:commerce_payment_refund_to_wallet
transaction: pay back   | Details: refund management                    | admin:commerce_payment_pay_out
transaction: order      | Details: refund management (part of an order) | admin:commerce_order_refund
"""

REPORTS = """
reports: performance    | Reports dashboard: performance metrics | /api/analytics/kpis/
reports: revenue        | Reports dashboard: revenue analytics   | /api/analytics/revenue/
reports: user growth    | Reports dashboard: user growth charts  | /api/analytics/users/
reports: export         | Reports dashboard: export options      | /api/analytics/reports/export/
reports: list as paper  | Reports dashboard: export (PDF/Excel)  | admin:commerce_order_document
reports: home           | Reports dashboard (/reports): a screen | -> issue 5: report engine, standard packs
reports: custom dates   | Custom reports: date range selection   | admin:index
reports: custom filters | Custom reports: custom filters         | -> issue 5: report engine
reports: generation     | Custom reports: report generation      | -> issue 5: report engine
"""

SETTINGS_PAGES = """
settings: own account | General: admin account settings              | admin:password_change
settings: accounts    | General: admin account settings              | admin:core_user_set_role
settings: system      | General: system configurations               | -> issue 4: General, Security, Operations
settings: pricing     | Pricing: delivery fees, tax, service charges | admin:settings-page
settings: templates   | Notifications: SMS/e-mail templates          | admin:message-template
settings: preferences | Notifications: notification preferences      | admin:inbox-preferences
settings: keys        | API configuration: API keys management       | admin:commerce_apikey_changelist
settings: new key     | API configuration: API keys management       | admin:commerce_reseller_issue_key
settings: key revoked | API configuration: API keys management       | admin:commerce_apikey_revoke_key
settings: webhooks    | API configuration: webhook configuration     | -> issue 4: API & webhooks
settings: logo        | Branding: logo upload                        | admin:settings-page
settings: theme       | Branding: theme customization                | admin:settings-page
"""

COMMON = """
sidebar              | Layout: sidebar with navigation       | admin:index
header               | Layout: header with user menu         | admin:index
theme toggle         | Layout: theme toggle                  | admin:index
breadcrumb           | Layout: breadcrumb                    | admin:commerce_order_change
search everything    | UI: SearchFilter                      | admin:search
modal                | UI: modal, confirm dialog, form field | admin:commerce_reseller_suspend
chart with its table | Charts: line, bar, pie, area          | admin:index
"""

MODULES = {
    "Authentication": AUTHENTICATION,
    "Dashboard": DASHBOARD,
    "Reseller management": RESELLERS,
    "Reseller clients": CLIENTS,
    "Public users": USERS,
    "SIM order management": ORDERS,
    "Payments and transactions": PAYMENTS,
    "Reports and analytics": REPORTS,
    "Settings and configuration": SETTINGS_PAGES,
    "Common components": COMMON,
}


@dataclass(frozen=True)
class Row:
    module: str
    name: str
    asked: str
    at: str
    instead: str


def _row(module: str, line: str) -> Row:
    name, asked, at = (cell.strip() for cell in line.split("|"))
    instead = at.removeprefix("-> ") if at.startswith("-> ") else ""
    return Row(module, name, asked, "" if instead else at, instead)


ROWS = {
    row.name: row
    for module, table in MODULES.items()
    for row in (_row(module, line) for line in table.strip().splitlines())
}
