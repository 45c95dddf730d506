"""The public page that confirms a paper: what it says, to whom, and how often."""

from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from commerce.models import Document
from commerce.services import documents, invoices, privacy
from core.api import throttles
from core.ids import ALPHABET
from tests.factories_documents import bought, invoice_of, wallet_of
from tests.factories_parties import CustomerFactory, ResellerFactory

pytestmark = pytest.mark.django_db


def seen(code: str, **headers: str) -> tuple[int, str]:
    answer = Client().get(reverse("document", args=[code]), headers=headers)
    return answer.status_code, unescape(strip_tags(answer.content.decode()))


def test_it_says_what_the_paper_must_say() -> None:
    from datetime import date

    from commerce.services import statement_papers
    from commerce.services.statement_papers import days

    reseller = ResellerFactory(funds=250, business_name="Nova & Söhne")
    period = days(date(2026, 9, 1), date(2027, 1, 31), "Europe/Berlin")
    paper = statement_papers.issue(account=wallet_of(reseller), period=period)
    status, text = seen(paper.code)
    assert status == 200
    for told in (paper.number, "Nova & Söhne", "Closing balance", "$250.00", "USD", "Europe/Berlin"):
        assert told in text
    assert "1 Sep 2026" in text and "31 Jan 2027" in text
    answer = Client().get(reverse("document", args=[paper.code]))
    assert answer["Cache-Control"] == "no-store" and answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert "movements" not in text.lower(), "What is on it besides is for who holds it"


def test_an_invoice_says_which_credit_notes_correct_it() -> None:
    paper = invoice_of(bought())
    note = invoices.cancel(invoice=paper, reason="Wrong")
    assert f"cancelled whole by {note.number}" in seen(paper.code)[1]
    assert "cancels the invoice" in seen(note.code)[1] and paper.number in seen(note.code)[1]


def test_a_code_is_read_as_people_type_it() -> None:
    paper = invoice_of(bought())
    for typed in (
        paper.code.lower(),
        paper.code.replace("-", ""),
        paper.code.replace("-", " "),
        paper.code.replace("0", "O").replace("1", "l"),
        paper.code.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")),
    ):
        assert documents.by_code(typed) == paper
    found = Client().get(reverse("document-look-up"), {"code": paper.code}, follow=True)
    assert paper.number in found.content.decode()


def test_other_codes_are_nobodys() -> None:
    paper = invoice_of(bought())
    others = (
        "0",
        "A" * 20,
        paper.code[:-1],
        paper.code + "0",
        "<script>alert(1)<script>",
        "😀",
        paper.number,
    )
    for code in others:
        status, text = seen(code)
        assert status == 404 and "No document of ours" in text
        assert paper.number not in text.replace(code, "")
    assert Client().post(reverse("document", args=[paper.code])).status_code == 405
    assert Client().get(reverse("document-look-up")).status_code == 200


def test_codes_are_long_and_none_is_like_another() -> None:
    codes = {documents.new_code() for _time in range(2000)}
    assert len(codes) == 2000
    letters = "".join(codes).replace("-", "")
    assert len(letters) == 2000 * 20 and set(letters) == set(ALPHABET)


def test_looking_up_is_rationed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "LOOK_UPS", 3)
    paper = invoice_of(bought())
    answers = [seen("A" * 20)[0] for _time in range(3)] + [seen(paper.code)[0]]
    assert answers == [404, 404, 404, 429]


def test_who_was_erased_is_not_named() -> None:
    customer = CustomerFactory(full_name="Katharina Blum")
    paper = invoice_of(bought(customer))
    assert "Blum" in seen(paper.code)[1]
    privacy.erase(customer=customer, reason="They asked for it")
    status, text = seen(paper.code)
    assert status == 200 and "Blum" not in text and paper.number in text


def test_it_speaks_the_readers_language() -> None:
    paper = invoice_of(bought())
    answer = Client().get(reverse("document", args=[paper.code]), headers={"Accept-Language": "fa"})
    assert b'dir="rtl"' in answer.content


def test_it_asks_the_database_little(django_assert_max_num_queries) -> None:
    paper = invoice_of(bought())
    seen(paper.code)
    with django_assert_max_num_queries(5):
        assert seen(paper.code)[0] == 200
    assert Document.objects.get().amount > Decimal(0)
