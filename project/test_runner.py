"""`manage.py test` runs the same suite as `pytest`."""

from typing import Any


class PytestRunner:
    """Hands the labels over to pytest."""

    def __init__(
        self, verbosity: int = 1, failfast: bool = False, keepdb: bool = False, **_options: Any
    ) -> None:
        self.arguments = ["-v"] if verbosity > 1 else []
        self.arguments += ["-x"] if failfast else []
        self.arguments += ["--reuse-db"] if keepdb else []

    def run_tests(self, test_labels: list[str], **_options: Any) -> int:
        import pytest

        return int(pytest.main([*self.arguments, *test_labels]))
