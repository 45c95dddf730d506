"""Core's entries of the sidebar."""

from django.utils.translation import gettext_lazy as _

from core.admin.message_log import failed_count
from core.backoffice import navigation
from core.services.approvals import waiting_count
from core.services.failed_tasks import open_count

PEOPLE, SYSTEM = _("People and security"), _("System")

navigation.add("", _("Home"), "home", "admin:index", "", 10)

navigation.add(
    _("Money"),
    _("Approvals"),
    "approval",
    "admin:core_approval_changelist",
    "core.view_approval",
    390,
    badge=waiting_count,
)
navigation.add(PEOPLE, _("People"), "group", "admin:core_user_changelist", "core.view_user", 810)
navigation.add(PEOPLE, _("Roles"), "badge", "admin:auth_group_changelist", "auth.view_group", 820)
navigation.add(
    PEOPLE, _("Locked out"), "lock", "admin:axes_accessattempt_changelist", "axes.view_accessattempt", 830
)
navigation.add(PEOPLE, _("Sign-ins"), "login", "admin:sign-ins", "axes.view_accesslog", 840)
navigation.add(
    PEOPLE,
    _("Signed in now"),
    "devices",
    "admin:core_signinsession_changelist",
    "core.view_signinsession",
    835,
)

navigation.add(
    SYSTEM,
    _("Settings"),
    "settings",
    "admin:settings",
    ("core.view_sitesettings", "core.change_branding"),
    910,
)
navigation.add(
    SYSTEM, _("API requests"), "api", "admin:core_apirequest_changelist", "core.view_apirequest", 920
)
navigation.add(PEOPLE, _("Who changed what"), "manage_history", "admin:history", "core.view_event", 805)
navigation.add(SYSTEM, _("What happened"), "history", "admin:core_event_changelist", "core.view_event", 930)
navigation.add(
    SYSTEM,
    _("Schedule"),
    "schedule",
    "admin:django_celery_beat_periodictask_changelist",
    "django_celery_beat.view_periodictask",
    940,
)
navigation.add(
    SYSTEM,
    _("Failed tasks"),
    "running_with_errors",
    "admin:core_failedtask_changelist",
    "core.view_failedtask",
    950,
    badge=open_count,
    query="state__exact=open",
)
navigation.add(SYSTEM, _("Operations"), "monitor_heart", "admin:operations", "core.see_operations", 905)
MESSAGES = _("Messages")
navigation.add(SYSTEM, MESSAGES, "forum", "admin:message-templates", "core.view_messagetemplate", 912)
navigation.add(
    SYSTEM,
    _("Sent messages"),
    "outgoing_mail",
    "admin:core_message_changelist",
    "core.view_message",
    914,
    badge=failed_count,
)
navigation.add(SYSTEM, _("Emergency broadcast"), "campaign", "admin:broadcast", "core.send_broadcast", 916)
navigation.add(
    SYSTEM,
    _("Announcements"),
    "brand_awareness",
    "admin:core_announcement_changelist",
    "core.view_announcement",
    918,
)
navigation.add(
    SYSTEM, _("Quick links"), "bookmarks", "admin:core_quicklink_changelist", "core.view_quicklink", 919
)
