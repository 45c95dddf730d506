"""Files for the tests of imports: made, handed in by somebody of a role, and read back."""

import csv
import io
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.models import ImportRun
from tests.factories import UserFactory

PRODUCTS = ["sku", "name", "brand", "price"]
NOUNS = ["category", "brand", "product", "pricelist", "reseller", "client", "customer"]


def signed_in(role: str = "admin") -> Client:
    client = Client()
    client.force_login(UserFactory(staff=role), backend="core.authentication.EmailOrUsernameBackend")
    return client


def csv_of(rows: list[list[Any]], **options: Any) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, **options).writerows(rows)
    return out.getvalue().encode()


def xlsx_of(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rows_of(data: bytes, kind: str) -> list[list[Any]]:
    if kind == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)]


def url(noun: str, view: str = "import", **kwargs: Any) -> str:
    return reverse(f"admin:commerce_{noun}_{view}", kwargs=kwargs or None)


def upload(client: Client, noun: str, content: bytes, name: str = "table.csv", resource: int = 0) -> Any:
    data = {"resource": str(resource), "import_file": SimpleUploadedFile(name, content)}
    return client.post(url(noun), data)


def handed_in(
    client: Client, noun: str, content: bytes, name: str = "table.csv", resource: int = 0
) -> ImportRun:
    """The run of a file that can be read."""
    answer = upload(client, noun, content, name, resource)
    assert answer.status_code == 302, answer.context["form"].errors
    return ImportRun.objects.get(pk=answer.url.rstrip("/").rpartition("/")[2])


def imported(client: Client, noun: str, run: ImportRun, **data: Any) -> ImportRun:
    answer = client.post(url(noun, "run_verb", run_id=run.pk, verb="confirm"), data)
    assert answer.status_code == 302, answer.context["error"]
    run.refresh_from_db()
    return run


def exported(client: Client, noun: str, kind: str, resource: int = 0, query: str = "") -> bytes:
    """All columns, as somebody takes them who changes nothing in the form."""
    form = client.get(url(noun, "export")).context["form"]
    chosen = {
        name: "on" for name, field in form.fields.items() if getattr(field, "is_selectable_field", False)
    }
    data = {**chosen, "resource": str(resource), "format": "0" if kind == "xlsx" else "1"}
    answer = client.post(url(noun, "export") + query, data)
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"], answer.context["form"].errors
    return bytes(answer.content)


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    """New, changed, unchanged, wrong."""
    return run.new, run.changed, run.unchanged, run.refused
