from django.urls import URLPattern, URLResolver

from analytics import files
from analytics.api import dashboard, overview, reports_export

urlpatterns: list[URLPattern | URLResolver] = [
    *dashboard.urlpatterns,
    *overview.urlpatterns,
    *reports_export.urlpatterns,
    *files.urlpatterns,
]
