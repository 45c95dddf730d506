from django.urls import URLPattern, URLResolver

from analytics.api import dashboard

urlpatterns: list[URLPattern | URLResolver] = [*dashboard.urlpatterns]
