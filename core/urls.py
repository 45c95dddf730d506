from core.api import accounts, approvals, docs, site_settings

urlpatterns = [
    *accounts.urlpatterns,
    *approvals.urlpatterns,
    *docs.urlpatterns,
    *site_settings.urlpatterns,
]
