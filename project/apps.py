from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """The wiring: settings, servers, and the commands that start the whole product."""

    name = "project"

    def ready(self) -> None:
        from project.celery import app  # noqa: F401 - tasks find the configured application
