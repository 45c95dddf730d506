from django.contrib.admin import site
from django.urls import include, path
from django.views.generic import RedirectView


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", site.urls),
    path("", include("core.urls")),
    path("", include("commerce.urls")),
    path("", include("analytics.urls")),
]

handler404 = "core.api.errors.not_found"
handler500 = "core.api.errors.server_error"
