"""What each role sees of the figures: product.md's row “reports, dashboards”."""

from core.roles import grant

for _role in ("admin", "moderator", "finance", "support", "auditor"):
    grant(_role, "analytics.view_dashboard")
# The whole company's figures, wallets included, and their export.
for _role in ("admin", "finance", "auditor"):
    grant(_role, "analytics.view_analytics")
# Reports: everybody runs those of what they may view, and has their own and what is shared; who keeps the books, and
# the auditor, see everybody's.
for _role in ("admin", "moderator", "finance", "support", "auditor"):
    grant(_role, "analytics.run_report", "analytics.view_reportrun", "analytics.view_report")
for _role in ("admin", "finance", "auditor"):
    grant(_role, "analytics.see_all_reports")
# Schedules run with their owner's rights; the auditor reads them.
for _role in ("admin", "moderator", "finance", "support", "auditor"):
    grant(_role, "analytics.view_reportschedule", "analytics.view_schedulerun")
for _role in ("admin", "moderator", "finance", "support"):
    grant(
        _role,
        "analytics.add_reportschedule",
        "analytics.change_reportschedule",
        "analytics.delete_reportschedule",
    )
grant("admin", "analytics.change_report_settings")
# Whoever works here composes reports of what they may see; the auditor reads and runs them.
for _role in ("admin", "moderator", "finance", "support"):
    grant(_role, "analytics.add_report", "analytics.change_report", "analytics.delete_report")
