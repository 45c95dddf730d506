"""What core itself plugs in."""

from core import branding_settings, history  # noqa: F401
from core.api import schema  # noqa: F401
