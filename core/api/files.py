"""Answers that are files: whoever asks for just their kind is served, and refused in JSON as everybody."""

from typing import Any, ClassVar

from rest_framework.exceptions import NotAcceptable
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches


class SendsFiles:
    """For views. Put before the base class.

    Attributes:
        file_types: what the files are; REST framework knows its renderers alone, and says 406 to all else.
    """

    file_types: ClassVar[tuple[str, ...]] = ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        view: Any = super()
        try:
            return view.perform_content_negotiation(request, force)
        except NotAcceptable:
            wanted = self.get_content_negotiator().get_accept_list(request)  # type: ignore[attr-defined]
            if not any(media_type_matches(ours, one) for ours in self.file_types for one in wanted):
                raise
        renderer = self.get_renderers()[0]  # type: ignore[attr-defined]
        return renderer, renderer.media_type
