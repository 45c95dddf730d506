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
    """Nothing listens at the broker's address, nor at the cache's."""
    from celery import current_app

    dead = "redis://127.0.0.1:1/0"
    app = current_app._get_current_object()
    before = app.conf.broker_url, app.conf.broker_transport_options
    app.conf.broker_url, settings.CELERY_BROKER_URL = dead, dead
    app.conf.broker_transport_options = {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}
    app.pool.force_close_all()
    app._pool = None
    if hasattr(app.amqp, "_producer_pool"):
        app.amqp._producer_pool = None
    yield dead
    app.conf.broker_url, app.conf.broker_transport_options = before
    app._pool = None
    app.amqp._producer_pool = None
