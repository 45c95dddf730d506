from core.api import accounts, schema

urlpatterns = [*accounts.urlpatterns, *schema.urlpatterns]
