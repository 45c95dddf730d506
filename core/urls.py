from core.api import accounts, docs, site_settings

urlpatterns = [*accounts.urlpatterns, *docs.urlpatterns, *site_settings.urlpatterns]
