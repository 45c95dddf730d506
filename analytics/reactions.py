"""What analytics does when something happened elsewhere."""

from analytics.services import rollups
from core.events import subscribe
from core.models import Event


@subscribe("demo.seeded")
def fill(_event: Event) -> None:
    """A year of orders came at once: their days are there when the first page is opened."""
    rollups.rebuild()
