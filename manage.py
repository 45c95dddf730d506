#!/usr/bin/env python
import os
import sys


def main() -> None:
    testing = sys.argv[1:2] == ["test"]
    os.environ.setdefault(
        "DJANGO_SETTINGS_MODULE", "project.settings.testing" if testing else "project.settings"
    )
    if sys.argv[1:2] == ["quickstart"]:
        os.environ.setdefault("TOPLINE_DEMO", "1")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from project.embedded import CannotStart

    try:
        execute_from_command_line(sys.argv)
    except (CannotStart, ImproperlyConfigured) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
