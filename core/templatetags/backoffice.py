"""Where a page of the admin stands and what it is called."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from unfold.templatetags.unfold_list import result_headers

from core.backoffice import banners, list_rows, search, sidebar
from core.messages.inbox import unread_count

register = template.Library()

type Crumb = tuple[Any, str]


@register.simple_tag(takes_context=True)
def heading(context: Mapping[str, Any]) -> str:
    """The page's one h1: the plural on a list, the object on its page, else what the view says."""
    options, title = context.get("opts"), context.get("title") or ""
    if context.get("heading"):
        return str(context["heading"])
    if context.get("cl") and options:
        return capfirst(str(options.verbose_name_plural))
    if _is_history(context):
        return _("History")
    if context.get("adminform") and _object(context) is not None:
        return _("Edit") if _has_page(context) else str(_object(context))
    return str(title)


@register.simple_tag(takes_context=True)
def crumbs(context: Mapping[str, Any]) -> list[Crumb]:
    """The way here, without the page itself."""
    if context.get("index"):
        return []
    way: list[Crumb] = [(_("Home"), reverse("admin:index"))]
    if context.get("crumbs") is not None:
        return [*way, *context["crumbs"]]
    options = context.get("opts")
    if options is None or context.get("cl"):
        return way
    name = getattr(_admin(context), "heading", "") or capfirst(str(options.verbose_name_plural))
    way.append((name, _link(options, "changelist")))
    thing = _object(context)
    if thing is not None and str(thing) != heading(context):
        way.append((str(thing), _link(options, "change", thing.pk)))
    return [crumb for crumb in way if crumb[1]]


@register.filter
def direction(language: str) -> str:
    """For `dir`, of words in a language: a line of them may begin with a name in Latin letters."""
    known = language in dict(settings.LANGUAGES)
    return ("rtl" if get_language_info(language)["bidi"] else "ltr") if known else "auto"


@register.filter
def sidebar_group(group: Mapping[str, Any]) -> SafeString:
    """One group of the sidebar."""
    return sidebar.drawn(group)


@register.filter
def is_plain(changelist: Any) -> bool:
    """Whether its rows are drawn by `list_result`, not by Unfold."""
    return list_rows.can_draw(changelist)


@register.filter
def as_document(link: str, kind: str) -> str:
    """A list's address, with its filters, as that of its file."""
    path, _mark, query = link.partition("?")
    return f"{path}document/{kind}/" + (f"?{query}" if query else "")


@register.inclusion_tag("components/list_result.html", takes_context=True)
def list_result(context: Mapping[str, Any], changelist: Any) -> dict[str, Any]:
    """Unfold's `unfold_result_list`, with rows that cost less."""
    headers = list(result_headers(changelist))
    return {
        "cl": changelist,
        "result_headers": headers,
        "num_sorted_fields": sum(bool(header["sortable"] and header["sorted"]) for header in headers),
        "rows": list(list_rows.rows(changelist)),
        "actions_row": context.get("actions_row"),
        "has_add_permission": changelist.model_admin.has_add_permission(context["request"]),
    }


@register.simple_tag(takes_context=True)
def banners_shown(context: Mapping[str, Any]) -> list[banners.Banner]:
    """What is so at this moment and everybody has to know."""
    return banners.shown(context["request"]) if "request" in context else []


@register.simple_tag(takes_context=True)
def palette_hints(context: Mapping[str, Any]) -> list[str]:
    """By what this person may search."""
    return search.hints(context["request"])


@register.simple_tag(takes_context=True)
def unread_messages(context: Mapping[str, Any]) -> int:
    """How many messages wait in this person's inbox."""
    user = getattr(context.get("request"), "user", None)
    return unread_count(user) if user is not None and user.is_staff else 0


def _admin(context: Mapping[str, Any]) -> Any:
    return getattr(context.get("adminform"), "model_admin", None)


def _has_page(context: Mapping[str, Any]) -> bool:
    return bool(getattr(_admin(context), "page_template", ""))


def _object(context: Mapping[str, Any]) -> Any:
    found = context.get("original") or context.get("object")
    return found if hasattr(found, "pk") else None


def _is_history(context: Mapping[str, Any]) -> bool:
    return "module_name" in context and ("action_list" in context or "page_obj" in context)


def _link(options: Any, view: str, *args: Any) -> str:
    try:
        return reverse(f"admin:{options.app_label}_{options.model_name}_{view}", args=args)
    except NoReverseMatch:
        return ""
