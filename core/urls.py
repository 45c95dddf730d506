from core.api import accounts, docs

urlpatterns = [*accounts.urlpatterns, *docs.urlpatterns]
