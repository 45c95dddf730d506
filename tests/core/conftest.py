import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from core import site_settings
from core.api import throttles
from core.cache import ForgivingRedisCache


@pytest.fixture(autouse=True)
def _forgetful():
    """What processes keep between requests must not reach the next test."""
    site_settings.forget()
    ForgivingRedisCache.down_until = 0.0
    cache.clear()
    throttles._bundles = throttles._Bundles()


@pytest.fixture
def api():
    return APIClient()


@pytest.fixture
def dead_broker(settings):
    """Nothing listens at the broker's address."""
    from celery import current_app

    app = current_app._get_current_object()
    before = app.conf.broker_url, app.conf.broker_transport_options

    def use(url, options):
        app.conf.broker_url, app.conf.broker_transport_options = url, options
        # Pools are found by the address: those of the other one stay as they are.
        app._pool = None
        app.amqp._producer_pool = None

    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    use(settings.CELERY_BROKER_URL, {"socket_connect_timeout": 0.3, "socket_timeout": 0.3})
    yield
    use(*before)
