"""The application itself: apps, middleware, templates, languages, files."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

PRODUCTION: bool = env.str("DJANGO_ENV", default="") == "production"
DEBUG: bool = env.bool("DJANGO_DEBUG", default=False)
DEMO_MODE: bool = env.bool("TOPLINE_DEMO", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))


def secret(name: str, make: Callable[[], str]) -> str:
    """A secret from the environment; outside production one that is made once and kept under var/ for us alone.

    Raises:
        ImproperlyConfigured: in production without the variable.
    """
    given = env.str(name, default="")
    if given:
        return str(given)
    if PRODUCTION:
        raise ImproperlyConfigured(
            f"Set {name}: in production nothing is made up. .env.example lists all variables."
        )
    kept = VAR_DIR / "secrets" / name.lower()
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Whole at once, and the first of several processes wins: none may read half a secret or another one.
        making = kept.with_name(f"{kept.name}.{os.getpid()}")
        making.touch(mode=0o600)
        making.write_text(make())
        with contextlib.suppress(FileExistsError):
            kept.hardlink_to(making)
        making.unlink()
    return kept.read_text()


SECRET_KEY = secret("DJANGO_SECRET_KEY", lambda: secrets.token_urlsafe(48))
# The first key encrypts, all of them decrypt: put a new one in front to rotate.
FIELD_ENCRYPTION_KEYS: list[str] = secret(
    "FIELD_ENCRYPTION_KEYS", lambda: Fernet.generate_key().decode()
).split(",")
ALLOWED_HOSTS: list[str] = env.list("DJANGO_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "core.apps.CoreAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "simple_history",
    "import_export",
    "axes",
    "django_celery_beat",
    "csp",
    "health_check",
    "django_prometheus",
    "core.apps.CoreConfig",
    "commerce",
    "analytics",
    "project",
]

MIDDLEWARE = [
    "core.request_context.RequestContextMiddleware",
    "project.middleware.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.request_log.RequestLogMiddleware",
    "core.guards.RefuseNulMiddleware",
    "project.middleware.PeopleSessionMiddleware",
    "project.middleware.AskedLocaleMiddleware",
    "commerce.api.gate.GateMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "project.middleware.PeopleAuthenticationMiddleware",
    "project.middleware.PersonalMiddleware",
    "project.middleware.PeopleMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "project.middleware.PageCSPMiddleware",
    "project.middleware.FileArrivedMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
ASGI_APPLICATION = "project.asgi.application"
AUTH_USER_MODEL = "core.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

FORM_RENDERER = "core.backoffice.form_renderer.FormRenderer"

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("fa", _("Persian")),
    ("ar", _("Arabic")),
    ("ur", _("Urdu")),
    ("fr", _("French")),
    ("es", _("Spanish")),
]
FORMAT_MODULE_PATH = ["core.formats"]
# Unfold has no catalogues of its own, so its words are in one beside ours, which makemessages does not rewrite.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "unfold"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": env.str("STORAGE_BACKEND", default="django.core.files.storage.FileSystemStorage")},
    # In production under names that change with their content, so that browsers keep them for good.
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
    # People's files: no address leads there, only a view that asks for their right.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(VAR_DIR / "private"),
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}
# Served from the apps' own folders, so that nothing has to be collected before the first start.
WHITENOISE_USE_FINDERS = not PRODUCTION
if not PRODUCTION:
    with contextlib.suppress(OSError):
        STATIC_ROOT.mkdir(parents=True, exist_ok=True)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "core.backoffice.uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

BASE_CURRENCY: str = env.str("BASE_CURRENCY", default="USD")
# Where a national phone number is read when its party names no country (ISO 3166).
DEFAULT_COUNTRY: str = env.str("DEFAULT_COUNTRY", default="US")
# How many requests one web process answers at a time; the API lets one of them wait, or a quarter of four and more.
SERVER_THREADS: int = env.int("SERVER_THREADS", default=2)
