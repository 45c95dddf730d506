"""What each noun's file holds; registered by being imported."""

from commerce.admin.resources import catalog, parties, pricing  # noqa: F401
