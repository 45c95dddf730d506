"""The buttons and pages that put a noun's files into its admin."""

from typing import Any, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV, XLSX
from unfold.contrib.import_export.forms import ImportForm, SelectableFieldsExportForm

from core.backoffice.importing import exporting, files, pages, runs
from core.backoffice.importing.resource import ImportResource, importers
from core.events import record
from core.exceptions import DomainError, InvalidInput
from core.models import ImportRun, User


class UploadForm(ImportForm):
    """A file; which format it has its name says."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["format"]
        self.fields["resource"].label = _("What the file holds")
        self.fields["import_file"].label = _("File")
        self.fields["import_file"].widget.attrs["accept"] = ".xlsx,.csv"
        self.fields["import_file"].help_text = _("An .xlsx or .csv file of up to 5 MB.")


class ExportForm(SelectableFieldsExportForm):
    """The columns to take, chosen from the whitelisted ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resource"].label = _("What to export")
        for field in self.fields.values():
            field.label = str(field.label)


class ImportExportAdmin(ImportExportMixin):
    """For categories to customers; never for wallets, transfers, orders, people or keys.

    What can be imported is registered with `importers` under the label of the model, and under
    `<label>_<other>` for what belongs to it. Put before the admin's base class.
    """

    import_form_class = UploadForm
    export_form_class = ExportForm
    formats = (XLSX, CSV)
    # Further labels whose rows come and go with this noun's: price rules with price lists.
    also_imports: tuple[str, ...] = ()

    def resources(self) -> list[type[ImportResource]]:
        names = (self.model._meta.label_lower, *self.also_imports)
        return [importers.get(name) for name in names]

    def get_import_resource_classes(self, request: HttpRequest) -> list[type[ImportResource]]:
        return [resource for resource in self.resources() if resource.may_import(request.user)]

    def get_export_resource_classes(self, request: HttpRequest) -> list[type[ImportResource]]:
        return [resource for resource in self.resources() if resource.may_export(request.user)]

    def get_import_formats(self) -> list[Any]:
        return list(self.formats)

    def get_export_formats(self) -> list[Any]:
        return list(self.formats)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return super().has_import_permission(request) and bool(self.get_import_resource_classes(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return super().has_export_permission(request) and bool(self.get_export_resource_classes(request))

    def get_urls(self) -> list[URLPattern]:
        """Instead of the library's way, which reads the whole file before anything is bounded."""
        info = "_".join(self.get_model_info())
        views = [
            ("import/", self.import_action, f"{info}_import"),
            ("import/sample/<str:key>.<str:kind>", self.sample_view, f"{info}_sample"),
            ("import/<uuid:run_id>/", self.run_view, f"{info}_run"),
            ("import/<uuid:run_id>/progress/", self.progress_view, f"{info}_run_progress"),
            ("import/<uuid:run_id>/<str:verb>/", require_POST(self.verb_view), f"{info}_run_verb"),
        ]
        own = [path(route, self.admin_site.admin_view(view), name=name) for route, view, name in views]
        return own + [
            url for url in super().get_urls() if url.name not in (f"{info}_process_import", views[0][2])
        ]

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        raise Http404

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Upload a file; a run is made of it and shown."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        offered = self.get_import_resource_classes(request)
        form = UploadForm(self.formats, offered, data=request.POST or None, files=request.FILES or None)
        if request.method == "POST" and form.is_valid():
            chosen = offered[self.get_resource_index(form)]
            uploaded = form.cleaned_data["import_file"]
            try:
                if uploaded.size > files.MAX_UPLOAD:
                    raise files.refuse(
                        _("The file is larger than 5 MB. Split it and import the parts one by one.")
                    )
                run = runs.start(
                    key=chosen.slug(),
                    user=request.user,  # type: ignore[arg-type]
                    name=uploaded.name,
                    content=uploaded.read(),
                    ask=ask_worker,
                )
                return redirect(self.run_url(run))
            except InvalidInput as error:
                form.add_error("import_file", error.message)
        return pages.upload_page(self, request, form, offered)

    def run_url(self, run: ImportRun, view: str = "run", **kwargs: Any) -> str:
        return reverse(f"admin:{'_'.join(self.get_model_info())}_{view}", kwargs={"run_id": run.pk, **kwargs})

    def run_view(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        return pages.run_page(self, request, self.own_run(request, run_id))

    def progress_view(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        return pages.progress(self, request, self.own_run(request, run_id))

    def verb_view(self, request: HttpRequest, run_id: UUID, verb: str) -> HttpResponse:
        run = self.own_run(request, run_id)
        steps: dict[str, Any] = {
            "confirm": lambda: runs.confirm(
                run=run,
                user=request.user,  # type: ignore[arg-type]
                only_good=request.POST.get("only_good") == "yes",
                ask=ask_worker,
            ),
            "discard": lambda: runs.discard(run=run),
            "restart": lambda: runs.restart(run=run, user=request.user, ask=ask_worker),  # type: ignore[arg-type]
        }
        if verb not in steps:
            raise Http404
        try:
            steps[verb]()
        except DomainError as error:
            return pages.run_page(self, request, self.own_run(request, run_id), error=error.message)
        return redirect(self.run_url(run))

    def own_run(self, request: HttpRequest, run_id: UUID) -> ImportRun:
        """A run of this noun, for whoever handed it in and for super admins, while they may import it.

        Raises:
            PermissionDenied: they may import nothing here. Http404: it is somebody else's, or of another noun.
        """
        if not self.has_import_permission(request):
            raise PermissionDenied
        offered = [resource.slug() for resource in self.get_import_resource_classes(request)]
        mine = ImportRun.objects.defer("content").filter(pk=run_id, resource__in=offered)
        if not request.user.is_superuser:
            mine = mine.filter(user=cast("User", request.user))
        run = mine.select_related("user").first()
        if run is None:
            raise Http404
        return run

    def sample_view(self, request: HttpRequest, key: str, kind: str) -> HttpResponse:
        """A file with a few rows that can be imported as it is."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        offered = {resource.slug(): resource for resource in self.get_import_resource_classes(request)}
        if key not in offered or kind not in exporting.CONTENT_TYPES:
            raise Http404
        headers, *rows = offered[key]().sample()
        name = f"{key.partition('.')[2]}-sample.{kind}"
        return attachment(exporting.table(kind, headers, rows), name, kind)

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any) -> bytes:
        """The chosen columns of what the list shows, in the shape that can be imported again.

        Raises:
            ValueError: too many rows for a request; shown above the form.
        """
        if not self.has_export_permission(request):
            raise PermissionDenied
        form = kwargs.get("export_form")
        offered = self.get_export_resource_classes(request)
        resource = offered[self.get_resource_index(form)]()
        selected = form.get_selected_resource_export_fields() if form else None
        kind = files.XLSX if file_format.is_binary() else files.CSV
        headers = resource.get_export_headers(selected_fields=selected)
        written = 0

        def rows() -> Any:
            nonlocal written
            for instance in resource.of(pages.plain(queryset)).iterator(chunk_size=1000):
                written += 1
                yield resource.export_resource(instance, selected_fields=selected)

        try:
            data = exporting.table(kind, headers, rows())
        except InvalidInput as error:
            raise ValueError(error.message) from error
        record("list.exported", subject=(resource.slug(), ""), data={"rows": written, "format": kind})
        return data


def attachment(data: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(data, content_type=exporting.CONTENT_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def ask_worker(run_id: UUID, generation: int) -> None:
    """Have a worker go on with a run once it is committed; if that is lost, the run's page says so in a minute."""
    from core.tasks import run_import

    transaction.on_commit(lambda: run_import.delay(str(run_id), generation), robust=True)
