"""What is true of every template, whatever is drawn with it."""

import re

from django.conf import settings

RUN = r"x-[\w:.-]+|@[\w:.-]+|:[\w-]+|on\w+|hx-on[\w:.-]*|hx-vals|hx-headers"
WRITTEN = re.compile(rf'\s(?:{RUN})="[^"]*{{{{\s*([^}}]*?)\s*}}}}')


def test_none_writes_a_value_into_what_a_browser_runs() -> None:
    """Escaping does not help there: Alpine and htmx run an attribute's text as it is once it was read."""
    assert WRITTEN.findall('<p x-data="{ a: {{ name }} }" onclick="{{ other }}">') == ["name", "other"]
    found = {
        (file.name, value)
        for file in (settings.BASE_DIR / "templates").rglob("*.html")
        for value in WRITTEN.findall(file.read_text())
    }
    assert {value for _file, value in found} <= {"forloop.counter"}, found
