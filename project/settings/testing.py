"""Settings of the tests: the same servers, databases of their own, cheap password hashes."""

from project.settings import *
from project.settings.data import CACHES, DATABASES, valkey_url

SECRET_KEY = "tests only, long enough for the signatures of tokens, which want 32 bytes"  # noqa: S105  # nosec B105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES["default"]["LOCATION"] = valkey_url(2)
CELERY_BROKER_URL = "memory://"
# Tests open and close connections of their own and count queries.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
ALLOWED_HOSTS = ["*"]
TEST_RUNNER = "project.test_runner.PytestRunner"
API_RATE_SIGN_IN = 1000
LOGGING["root"]["level"] = "ERROR"
