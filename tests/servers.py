"""What servers and workers that tests start are told."""

import os

from django.conf import settings


def environment(url: str) -> dict[str, str]:
    """For a process of its own: the database at `url`, and the queue and cache of this test process."""
    chosen = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    socket = settings.REDIS_URL.partition("?")[0]
    number = settings.TEST_BROKER_DATABASE
    redis = (
        f"{socket}?db={number}" if socket.startswith("unix://") else f"{socket.rpartition('/')[0]}/{number}"
    )
    return chosen | {
        "DATABASE_URL": url,
        "REDIS_URL": redis,
        "DJANGO_SECRET_KEY": settings.SECRET_KEY,
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "PAYMENT_WEBHOOK_SECRET": ",".join(settings.PAYMENT_WEBHOOK_SECRETS),
        "PYTHONPATH": str(settings.BASE_DIR),
    }
