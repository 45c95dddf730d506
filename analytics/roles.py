"""What each role sees of the figures: product.md's row “reports, dashboards”."""

from core.roles import grant

for _role in ("admin", "moderator", "finance", "support", "auditor"):
    grant(_role, "analytics.view_dashboard")
# The whole company's figures, wallets included, and their export.
for _role in ("admin", "finance", "auditor"):
    grant(_role, "analytics.view_analytics")
