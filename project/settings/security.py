"""Sign-in, cookies, headers and who may try how often."""

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

from project.settings.base import DEMO_MODE, MIDDLEWARE, PRODUCTION, env

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "core.authentication.EmailOrUsernameBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "core.password_rules.ShortestPassword"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
# Whose sign-in needs a code of a phone besides the password; the others may set one up.
SECOND_FACTOR_ROLES: list[str] = env.list(
    "SECOND_FACTOR_ROLES",
    default=["super_admin", "admin", "finance"] if PRODUCTION and not DEMO_MODE else [],
)
# How long a sign-in lasts, and how long in a browser that is to remember its person.
SESSION_HOURS: int = env.int("SESSION_HOURS", default=12)
REMEMBER_DAYS: int = env.int("REMEMBER_DAYS", default=14)

# How many proxies stand in front of us: without the number, a forwarded address is a caller's claim.
PROXY_COUNT: int = env.int("PROXY_COUNT", default=0)
# How many tries, and for how long: the Security settings say.
AXES_FAILURE_LIMIT = "core.authentication.failure_limit"
AXES_COOLOFF_TIME = "core.authentication.lock_time"
AXES_HANDLER = "core.authentication.LockoutHandler"
AXES_USERNAME_CALLABLE = "core.authentication.lock_name"
AXES_LOCKOUT_CALLABLE = "core.authentication.lockout_response"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_IPWARE_PROXY_COUNT = PROXY_COUNT or None
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if PROXY_COUNT else ["REMOTE_ADDR"]
)
AXES_ENABLE_ADMIN = False
# Each failed try is kept, too, not only how many there were; see the page “Sign-ins”.
AXES_ENABLE_ACCESS_FAILURE_LOG = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # Alpine and htmx evaluate expressions; no inline script runs.
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [SELF],
        "form-action": [SELF],
    }
}
# The admin's related pop-ups are frames of our own.
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = ["security.W019"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.api.errors.outdated"
if PRODUCTION:
    SECURE_SSL_REDIRECT: bool = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
if CORS_ALLOWED_ORIGINS:
    # Before anything that may answer; left out where no other site may call.
    MIDDLEWARE.insert(2, "corsheaders.middleware.CorsMiddleware")
SIMPLE_HISTORY_ENFORCE_HISTORY_MODEL_PERMISSIONS = True
SIMPLE_HISTORY_REVERT_DISABLED = True
# Without these every staff user could import and export; `core.backoffice.importing` asks for more on top.
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "change"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"
