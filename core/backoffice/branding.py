"""How the admin calls itself and looks, from the Branding settings; Unfold asks these at every page."""

import math
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext as _

from core.branding_settings import Branding, BrandingPage
from core.site_settings import load

# Lightness and share of the chosen chroma for each weight but those made from the colour itself.
SHADES = {
    "50": (0.977, 0.10), "100": (0.95, 0.22), "200": (0.90, 0.42), "300": (0.83, 0.70),
    "400": (0.73, 0.92), "500": (0.64, 1.0),
}  # fmt: skip
DARKER = {
    "600": (0.0, 1.0),
    "700": (0.07, 0.92),
    "800": (0.13, 0.80),
    "900": (0.18, 0.66),
    "950": (0.26, 0.5),
}
# White words on weight 600 stay readable (4.5 to 1) up to this lightness.
LIGHTEST_BUTTON, DARKEST_BUTTON = 0.54, 0.40

FONT = {
    "subtle-light": "var(--color-base-500)",
    "subtle-dark": "var(--color-base-400)",
    "default-light": "var(--color-base-600)",
    "default-dark": "var(--color-base-300)",
    "important-light": "var(--color-base-900)",
    "important-dark": "var(--color-base-100)",
}
BASE = {
    "50": "oklch(98.4% .003 247.9)", "100": "oklch(96.8% .005 247.9)", "200": "oklch(92.6% .009 255.5)",
    "300": "oklch(86.9% .014 252.9)", "400": "oklch(70.4% .022 256.8)", "500": "oklch(54.6% .027 257.4)",
    "600": "oklch(44.6% .028 257.3)", "700": "oklch(37.0% .027 257.3)", "800": "oklch(27.6% .023 257.0)",
    "900": "oklch(20.8% .020 257.0)", "950": "oklch(14.0% .016 257.0)",
}  # fmt: skip


def current() -> Branding:
    return load(BrandingPage)


def site_title(request: HttpRequest) -> str:
    return current().name


def site_header(request: HttpRequest) -> str:
    return current().name


def site_subheader(request: HttpRequest) -> str:
    return current().tagline or _("Back office")


def logo(request: HttpRequest) -> str | None:
    """A data URI, or nothing: then the symbol stands beside the name."""
    return current().logo or None


def favicon(request: HttpRequest) -> str:
    return static("core/favicon.svg")


def stylesheet(request: HttpRequest) -> str:
    return static("core/admin.css")


def pages_stylesheet(request: HttpRequest) -> str:
    return static("core/pages.css")


def lists_stylesheet(request: HttpRequest) -> str:
    return static("core/lists.css")


def languages_stylesheet(request: HttpRequest) -> str:
    return static("core/languages.css")


def script(request: HttpRequest) -> str:
    return static("core/admin.js")


def waiting_script(request: HttpRequest) -> str:
    return static("core/waiting.js")


def environment(request: HttpRequest) -> list[Any] | None:
    """A label where this is not the real thing."""
    if settings.DEMO_MODE:
        return [_("Demo"), "info"]
    return None if settings.PRODUCTION else [_("Not production"), "warning"]


def colors(request: HttpRequest | None = None) -> dict[str, dict[str, str]]:
    """A dict of its own each time, because Unfold writes into it."""
    return {"base": dict(BASE), "primary": dict(primary_weights(current().primary_color)), "font": dict(FONT)}


@lru_cache(maxsize=32)
def primary_weights(color: str) -> dict[str, str]:
    """All eleven weights from one colour: its hue and chroma, at lightnesses that keep words readable."""
    lightness, chroma, hue = to_oklch(color)
    button = min(max(lightness, DARKEST_BUTTON), LIGHTEST_BUTTON)
    weights = {weight: (light, chroma * share) for weight, (light, share) in SHADES.items()}
    weights |= {weight: (button - darker, chroma * share) for weight, (darker, share) in DARKER.items()}
    return {
        weight: f"oklch({light:.1%} {strength:.4f} {hue:.1f})"
        for weight, (light, strength) in weights.items()
    }


def to_oklch(color: str) -> tuple[float, float, float]:
    """Lightness, chroma and hue in degrees of a colour such as #0f766e (Ottosson's OKLab)."""
    red, green, blue = (_linear(int(color[start : start + 2], 16) / 255) for start in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
