"""What analytics plugs in; each import fills a registry."""

from analytics import reactions, roles  # noqa: F401
from analytics.widgets import attention, feed, overview, parties, people, sales, today  # noqa: F401
