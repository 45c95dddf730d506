from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from project.health import HealthView
from project.metrics import metrics

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("health/", HealthView.as_view(), name="health"),
    path("metrics", metrics, name="metrics"),
    # The first one is tried first, and orders are asked for most.
    path("", include("commerce.urls")),
    path("", include("core.urls")),
    path("", include("analytics.urls")),
]

handler400 = "core.api.errors.bad_request"
handler403 = "core.api.errors.forbidden"
handler404 = "core.api.errors.not_found"
handler500 = "core.api.errors.server_error"
