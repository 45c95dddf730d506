"""Somebody at the admin who opens lists, presses actions and reads pages; and which addresses that went through."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, Q
from django.test import Client
from django.urls import resolve, reverse
from lxml import html

from core.models import User
from tests.factories import UserFactory

SHOWN: dict[str, Callable[["Desk"], None]] = {}
A_PAGE = 50


def shows(*names: str) -> Callable[[Callable[["Desk"], None]], Callable[["Desk"], None]]:
    """This function opens and uses what these rows name."""

    def keep(use: Callable[[Desk], None]) -> Callable[[Desk], None]:
        for name in names:
            assert name not in SHOWN, f"“{name}” is shown twice"
            SHOWN[name] = use
        return use

    return keep


class Screen:
    """A page as its reader sees it."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.text = answer.content.decode()
        self.tree = html.document_fromstring(self.text)

    @property
    def words(self) -> str:
        return _words(self.tree)

    def card(self, title: str) -> "Card":
        """The part under this heading."""
        for heading in self.tree.xpath("//main//h2"):
            if _words(heading) == title:
                parts = list(heading.iterancestors("section"))
                return Card(parts[0] if parts else heading.getparent().getparent())
        headed = [_words(one) for one in self.tree.xpath("//main//h2")]
        raise AssertionError(f"No part is headed “{title}”, but {headed}")

    def part(self, id: str) -> "Card":
        return Card(self.tree.get_element_by_id(id))

    @property
    def rows(self) -> list[list[str]]:
        """Of a list, what stands in its cells."""
        found = self.tree.xpath("//table[@id='result_list']")
        return Card(found[0]).rows if found else []

    @property
    def keys(self) -> set[str]:
        """The rows of a list, by their ids."""
        boxes = self.tree.xpath("//table[@id='result_list']//input[@name='_selected_action']")
        return {box.get("value") for box in boxes}

    @property
    def links(self) -> set[str]:
        return {link.get("href") for link in self.tree.iter("a") if link.get("href")}

    @property
    def form(self) -> dict[str, str]:
        """What the page's own form would send back as it stands."""
        forms = [one for one in self.tree.iter("form") if (one.get("method") or "").lower() == "post"]
        found = max(forms, key=lambda one: len(list(one.iter("input", "select", "textarea"))))
        return {
            name: value or "" for name, value in found.fields.items() if name and not name.startswith("_")
        }


class Card:
    def __init__(self, part: Any) -> None:
        self.part = part

    @property
    def words(self) -> str:
        return _words(self.part)

    @property
    def facts(self) -> dict[str, str]:
        """Of a list of facts, each by its label."""
        return {
            _words(one.find("dt")): _words(one.find("dd"))
            for one in self.part.iter("div")
            if one.find("dt") is not None
        }

    @property
    def rows(self) -> list[list[str]]:
        """Of its table."""
        return [[_words(cell) for cell in row.iter("td", "th")] for row in self.part.xpath(".//tbody/tr")]

    @property
    def links(self) -> list[str]:
        return [link.get("href") for link in self.part.iter("a")]


def _words(part: Any) -> str:
    return " ".join(" ".join(part.itertext()).split())


class Desk:
    """A person of the staff."""

    def __init__(self, role: str = "super_admin") -> None:
        self.opened: set[str] = set()
        self.client = Client()
        self.be(role)

    def be(self, role: str) -> "Desk":
        """From here on somebody of another role."""
        self.user: User = UserFactory(staff=role)
        self.client.force_login(self.user, backend="core.authentication.EmailOrUsernameBackend")
        return self

    def get(self, path: str, **query: Any) -> Any:
        self._went(path)
        return self.client.get(path, query)

    def post(self, path: str, data: dict[str, Any], **extra: Any) -> Any:
        self._went(path)
        return self.client.post(path, data, **extra)

    def _went(self, path: str) -> None:
        self.opened |= {path.partition("?")[0], resolve(path.partition("?")[0]).view_name}

    def see(self, name: str, *args: Any, **query: Any) -> Screen:
        """Open a page that is there."""
        answer = self.get(reverse(name, args=args), **query)
        assert answer.status_code == 200, f"{name} {args} answered {answer.status_code}"
        return Screen(answer)

    def object(self, obj: Model, **query: Any) -> Screen:
        return self.see(f"admin:{_of(obj)}_change", obj.pk, **query)

    def list(self, model: type[Model], **query: Any) -> Screen:
        return self.see(f"admin:{_of(model)}_changelist", **query)

    def act(self, obj: Model, action: str, **given: Any) -> Any:
        """Open the dialog from the object's page, read it, send it; what was done is in the database now."""
        url = reverse(f"admin:{_of(obj)}_{action}", args=[obj.pk])
        assert url in self.object(obj).text, f"The page of {obj} has no button for {action}"
        dialog = Screen(self.get(url))
        asked = {field for field in dialog.form if field != "csrfmiddlewaretoken"}
        assert set(given) <= asked, f"{action} asks for {asked}"
        answer = self.post(url, {**dialog.form, "_form_submitted": "True", **given})
        assert "HX-Redirect" in answer.headers, Screen(answer).words
        obj.refresh_from_db()
        return answer

    def act_on_many(self, objects: "list[Any]", action: str, **given: Any) -> None:
        """Tick rows of a list, choose an action, confirm it."""
        model = type(objects[0])
        url = reverse(f"admin:{_of(model)}_changelist")
        ticked = {"action": action, "_selected_action": [str(one.pk) for one in objects]}
        confirm = Screen(self.post(url, ticked))
        assert set(given) <= set(confirm.form), confirm.form
        for one in objects:
            assert str(one) in confirm.words
        answer = self.post(url, {**ticked, "apply": "1", "_form_submitted": "True", **given})
        assert answer.status_code == 302, Screen(answer).words
        for one in objects:
            one.refresh_from_db()

    def narrowed(self, model: type[Model], wanted: Q, **query: Any) -> None:
        """A filter's rows are those SQL finds, and it leaves others out."""
        inside = {str(pk) for pk in model._default_manager.filter(wanted).values_list("pk", flat=True)}
        everything = model._default_manager.count()
        shown = self.list(model, **query).keys
        assert inside and len(inside) < everything, f"{len(inside)} of {everything} leave nothing to filter"
        assert shown == inside if len(inside) <= A_PAGE else len(shown) == A_PAGE
        assert shown <= inside, f"{query} shows {len(shown - inside)} rows too many"


def _of(model: Model | type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"
