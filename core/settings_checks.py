"""Django's system check of the variables that fix settings: a wrong one is named before anything starts."""

from typing import Any

from django.core import checks
from django.core.exceptions import ValidationError

from core.site_settings import fixed, locked, settings_pages


@checks.register
def variables_are_valid(**_options: Any) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    for _key, page in settings_pages.items():
        for name, variable in locked(page).items():
            try:
                fixed(page, name)
            except ValidationError as error:
                found.append(checks.Error(f"{variable}: {' '.join(error.messages)}", id="topline.E002"))
    return found
