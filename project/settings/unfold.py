"""The look of the admin; names, colours and sidebar come from core.backoffice as callables."""

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

UNFOLD = {
    "SITE_TITLE": "core.backoffice.branding.site_title",
    "SITE_HEADER": "core.backoffice.branding.site_header",
    "SITE_SUBHEADER": "core.backoffice.branding.site_subheader",
    "SITE_ICON": "core.backoffice.branding.logo",
    "SITE_SYMBOL": "bolt",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "core.backoffice.branding.favicon"},
    ],
    "ENVIRONMENT": "core.backoffice.branding.environment",
    "COLORS": "core.backoffice.branding.colors",
    # Their order is the cascade's.
    "STYLES": [
        "core.backoffice.branding.languages_stylesheet",
        "core.backoffice.branding.stylesheet",
        "core.backoffice.branding.pages_stylesheet",
        "core.backoffice.branding.lists_stylesheet",
    ],
    "SCRIPTS": ["core.backoffice.branding.script", "core.backoffice.branding.waiting_script"],
    "ACCOUNT": {
        "navigation": [
            {"title": _("My account"), "link": reverse_lazy("admin:account")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
    "LOGIN": {"form": "core.backoffice.sign_in_form.SignInForm"},
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "core.backoffice.navigation.sidebar",
    },
    # What was found is not kept in the browser: names and numbers of customers would stay there after signing out.
    "COMMAND": {"search_models": False, "show_history": False},
    "DASHBOARD_CALLBACK": "core.backoffice.dashboard.context",
}
