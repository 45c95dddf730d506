"""What drawing a page costs, told by what is made for it and not by the clock."""

import gc

import pytest

from core.documents.pdf import html_to_pdf, is_available

pytestmark = pytest.mark.skipif(not is_available(), reason="needs Pango")
HTML = "<style>p::before { content: 'No. ' }</style><p>one</p><table><tr><td>two</td></tr></table>"


def test_no_styles_are_made_for_notes_that_no_page_has() -> None:
    from weasyprint.css import get_all_computed_styles

    from core.documents.drawing import Page

    styles = get_all_computed_styles(Page(string=HTML)).get_computed_styles()
    assert {pseudo for _element, pseudo in styles} == {None, "before"}
    shown = {element.tag: style["display"] for (element, pseudo), style in styles.items() if not pseudo}
    assert (shown["td"], shown["p"], shown["head"]) == (("table-cell",), ("block", "flow"), ("none",))


def test_rubbish_is_collected_again_after_a_drawing_however_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.documents.drawing import Page

    seen: list[bool] = []

    def broken(_page: Page, **_options: object) -> bytes:
        seen.append(gc.isenabled())
        raise ValueError

    assert html_to_pdf(HTML).startswith(b"%PDF")
    assert gc.isenabled()
    monkeypatch.setattr(Page, "write_pdf", broken)
    with pytest.raises(ValueError):
        html_to_pdf(HTML)
    assert (seen, gc.isenabled()) == ([False], True)
