"""What commerce plugs in; each import fills a registry."""

from commerce import roles, site_settings  # noqa: F401
from commerce.api import party  # noqa: F401
from commerce.recipients import kinds  # noqa: F401
