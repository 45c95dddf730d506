"""Each noun's pages, registered by being imported."""

from commerce.admin import catalog, catalog_search, navigation, pricing  # noqa: F401
