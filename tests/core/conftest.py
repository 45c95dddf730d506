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
