"""The API, its tokens and schema, Celery, mail, logs."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS

from project.settings.base import DEMO_MODE, PRODUCTION, VAR_DIR, env, secret
from project.settings.data import BROKER_DATABASE, broker_url
from project.settings.security import PROXY_COUNT

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "commerce.api.authentication.ApiKeyAuthentication",
        "core.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["commerce.api.authentication.SignedIn"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.renderers.FastJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.api.negotiation.PlainNegotiation",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["core.api.throttles.CallerThrottle"],
    "EXCEPTION_HANDLER": "core.api.errors.problem_json",
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": PROXY_COUNT,
    "COERCE_DECIMAL_TO_STRING": True,
}
# How often the log of API requests is written (0: never), and for how many days it and answers to repeats are kept.
REQUEST_LOG_SECONDS: float = env.float("REQUEST_LOG_SECONDS", default=1.0)
REQUEST_LOG_DAYS: int = env.int("REQUEST_LOG_DAYS", default=30)
IDEMPOTENCY_DAYS: int = env.int("IDEMPOTENCY_DAYS", default=8)

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", default=15)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("REFRESH_TOKEN_DAYS", default=7)),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "CHECK_REVOKE_TOKEN": True,
    "UPDATE_LAST_LOGIN": True,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Topline API",
    "DESCRIPTION": "Place top-up orders on a prepaid wallet, follow them, and reconcile.",
    "VERSION": "1.0.0",
    "LICENSE": {"name": "MIT"},
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "OrderStatusEnum": "commerce.api.order_schema.ORDER_STATUSES",
        "PaymentStatusEnum": "commerce.api.order_schema.PAYMENT_STATUSES",
        "OutcomeEnum": ["pending", "success", "failed"],
        "TicketStatusEnum": "commerce.models.SupportTicket.Status",
        "CustomerStatusEnum": "commerce.models.Customer.Status",
        "BlockingEnum": ["active", "blocked"],
        "MoneyTypeEnum": "commerce.models.Payment.TransactionType",
        "MoneyStatusEnum": "commerce.models.Payment.Status",
        "NoticeChannelEnum": ["email", "sms"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "core.api.schema_tidying.tidy",
    ],
}

CELERY_BROKER_URL = broker_url(BROKER_DATABASE)
CELERY_TASK_IGNORE_RESULT = True
# Nothing is kept, so nothing has to be cleaned up.
CELERY_RESULT_EXPIRES = None
# A task whose worker was killed comes back: acknowledged late, refused when its process is lost, and given up by the
# broker only after every time limit has passed.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
# Files of reports take minutes: a worker of their own makes them, and nothing else waits behind one.
CELERY_TASK_ROUTES = {
    "analytics.run_report": {"queue": "reports"},
    "analytics.run_schedule": {"queue": "reports"},
}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# smtp+tls://user:password@host:587; without an address mail is printed.
_mail: dict[str, Any] = env.email_url("EMAIL_URL", default="consolemail://")
# Another backend by its path: those of anymail, whose own settings are a JSON object in ANYMAIL.
EMAIL_BACKEND: str = env.str("EMAIL_BACKEND", default="") or _mail["EMAIL_BACKEND"]
ANYMAIL: dict[str, Any] = {"REQUESTS_TIMEOUT": 10} | env.json("ANYMAIL", default={})
EMAIL_HOST: str = _mail.get("EMAIL_HOST") or "localhost"
EMAIL_PORT: int = _mail.get("EMAIL_PORT") or 25
EMAIL_HOST_USER: str = _mail.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD: str = _mail.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS: bool = bool(_mail.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL: bool = bool(_mail.get("EMAIL_USE_SSL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Topline <no-reply@localhost>")

# Scheme and host under which people reach us, for links in messages that no request asked for.
SITE_URL: str = env.str("SITE_URL", default="")
# Who carries text messages: console://, twilio://SID:TOKEN@+15005550006, sns://eu-west-1?sender=NAME; empty: nobody.
# Those who develop read them in the worker's log.
SMS_URL: str = env.str("SMS_URL", default="" if PRODUCTION and not DEMO_MODE else "console://")

# Whom we believe about payments: Standard Webhooks secrets, any of which may have signed.
PAYMENT_WEBHOOK_SECRETS: list[str] = [
    value for value in env.str("PAYMENT_WEBHOOK_SECRET", default="").split(",") if value
]
if not PAYMENT_WEBHOOK_SECRETS and not PRODUCTION:
    from core.ids import webhook_secret

    PAYMENT_WEBHOOK_SECRETS = [secret("PAYMENT_WEBHOOK_SECRET", webhook_secret)]
# Bearer token for /metrics; without one only staff read them.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")
# Where the processes of one machine gather their figures; the library reads it from the environment when imported.
METRICS_DIR = Path(env.str("PROMETHEUS_MULTIPROC_DIR", default=str(VAR_DIR / "metrics") if DEMO_MODE else ""))
if DEMO_MODE:
    METRICS_DIR.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)
DEMO_FILE = VAR_DIR / "demo.json" if DEMO_MODE else None

LOG_FILE: str = env.str("LOG_FILE", default="")
LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO")
_handlers: dict[str, dict[str, Any]] = {
    "console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["context"]}
}
if LOG_FILE:
    _handlers["file"] = {
        "class": "logging.handlers.WatchedFileHandler",
        "filename": LOG_FILE,
        "formatter": "json",
        "filters": ["context"],
    }
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "context": {"()": "core.logs.ContextFilter"},
        "refusals": {"()": "core.logs.RefusalFilter"},
    },
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            # What a line says already, as an object.
            "reserved_attrs": [*RESERVED_ATTRS, "request", "server_time"],
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        }
    },
    "handlers": _handlers,
    "root": {"handlers": list(_handlers), "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": list(_handlers), "level": "INFO", "propagate": False},
        "django.request": {"filters": ["refusals"]},
        "axes": {"level": "WARNING"},
        # Ten lines a text message, headers and all.
        "twilio.http_client": {"level": "WARNING"},
    },
}
