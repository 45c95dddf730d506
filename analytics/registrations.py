"""What analytics plugs in; each import fills a registry."""

from analytics import (  # noqa: F401
    message_events,
    reactions,
    report_files_settings,
    report_settings,
    roles,
    run_messages,
)
from analytics.datasets import ageing as ageing_dataset  # noqa: F401
from analytics.datasets import ledger, money, work  # noqa: F401
from analytics.datasets import orders as orders_dataset  # noqa: F401
from analytics.datasets import parties as parties_dataset  # noqa: F401
from analytics.packs import (  # noqa: F401
    commissions,
    daily_proof,
    failed_orders,
    margin_waterfall,
    provider_costs,
    refunds,
    sales_by_brand,
    sales_by_day,
    sales_by_product,
    sales_by_provider,
    sales_by_reseller,
    sim_deliveries,
    taxes,
    trial_balance,
    user_growth,
    wallet_balances,
)
from analytics.renderers import delimited, paper, workbook  # noqa: F401
from analytics.services import composed, delivering, listed  # noqa: F401
from analytics.widgets import attention, feed, overview, parties, people, sales, today  # noqa: F401
