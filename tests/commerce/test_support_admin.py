"""Tickets in the admin: finding them, the conversation, and who may do what."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from commerce.admin.support import nobodys
from commerce.admin.support_search import by_subject
from commerce.models import SupportTicket, TicketAttachment, TicketMessage
from commerce.services import support
from commerce.services.attachments import Upload
from core.models import User
from tests.factories import UserFactory
from tests.factories_fulfilment import buyer, place, place_for_customer, player_product
from tests.factories_parties import ClientFactory, CustomerFactory, ResellerFactory
from tests.factories_support import agent, canned, picture, says, ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]
LIST = "admin:commerce_supportticket_changelist"
WORKERS, LOOKERS = ("super_admin", "admin", "moderator", "support"), ("finance", "auditor")


def as_user(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def signed_in(role: str = "support") -> Browser:
    return as_user(UserFactory(staff=role))


def page(about: SupportTicket, name: str = "change", *more: Any) -> str:
    return reverse(f"admin:commerce_supportticket_{name}", args=[about.pk, *more])


def dialog(browser: Browser, about: SupportTicket, action: str, **data: Any) -> Any:
    return browser.post(page(about, action), {"_form_submitted": "True", **data})


def rows(browser: Browser, **query: str) -> list[str]:
    answer = browser.get(reverse(LIST), query)
    assert answer.status_code == 200
    return [row.ticket_number for row in answer.context["cl"].result_list]


def test_the_list_is_found_through_by_number_party_and_order() -> None:
    order, _payment = place_for_customer()
    by_order = ticket(order=order)
    by_phone = ticket(reseller=ResellerFactory(phone="+447700900123", email="ops@nova.example"))
    browser = signed_in()
    for term in (
        by_phone.ticket_number,
        by_phone.ticket_number.lower(),
        str(by_phone.pk),
        "+447700",
        "OPS@no",
    ):
        assert rows(browser, q=term) == [by_phone.ticket_number], term
    assert order.customer is not None
    for term in (order.order_number, order.order_number.lower(), order.customer.email):
        assert rows(browser, q=term) == [by_order.ticket_number], term
    for nothing in ("nobody@", "%", "T-9999999999999999999", "'"):
        assert rows(browser, q=nothing) == []


def test_the_list_is_filtered_by_whose_it_is_and_whose_turn(django_assert_max_num_queries: Any) -> None:
    kevin = agent()
    mine, late, theirs = ticket(), ticket(), ticket()
    support.assign(ticket=mine, to=kevin)
    SupportTicket.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=2))
    says(agent(), theirs)
    browser = as_user(kevin)
    assert rows(browser, assignee="mine") == rows(browser, assignee=str(kevin.pk)) == [mine.ticket_number]
    assert rows(browser, assignee="nobody") == [late.ticket_number]
    assert rows(browser, clock="overdue") == [late.ticket_number]
    assert rows(browser, clock="theirs") == [theirs.ticket_number]
    assert set(rows(browser, status__exact="open")) == {mine.ticket_number, late.ticket_number}
    for odd in ("x", "٣", "9" * 30, "1; DROP"):
        assert rows(browser, assignee=odd) == []
    with django_assert_max_num_queries(12):
        text = browser.get(reverse(LIST)).content.decode()
    assert "overdue by 2" in text
    assert nobodys() == 1


def test_the_page_tells_the_story_in_few_queries(django_assert_max_num_queries: Any) -> None:
    order, _payment = place_for_customer()
    about = ticket(order=order, subject="<script>alert(1)</script>")
    says("customer", about, "<img src=x onerror=alert(2)>\nAnd {{ this }}")
    says(agent(first_name="Kevin"), about, "We look", files=[Upload("shot.png", picture())])
    for _number in range(12):
        says("customer", about, "More", files=[Upload("a.txt", b"words")])
    canned()
    browser = signed_in()
    browser.get(page(about))
    with django_assert_max_num_queries(20):
        text = browser.get(page(about)).content.decode()
    assert "<script>alert" not in text and "<img src=x" not in text
    assert "&lt;script&gt;alert(1)" in text and order.order_number in text and "shot.png" in text
    assert f"Hello {order.customer}, about {about.ticket_number}" in text


def test_an_answer_with_a_file_and_a_note_are_written(private: Path) -> None:
    kevin, about = agent(), ticket()
    browser = as_user(kevin)
    sent = {
        "message": "Look at this",
        "files": [SimpleUploadedFile(name, picture()) for name in ("a.png", "b.png")],
    }
    answer = browser.post(page(about, "reply"), sent)
    assert answer.status_code == 302, answer.content
    assert browser.post(page(about, "reply"), {"message": "Secret", "internal": "1"}).status_code == 302
    reply, note = TicketMessage.objects.filter(ticket=about)
    assert (reply.author_id, reply.is_internal, note.is_internal) == (str(kevin.pk), False, True)
    assert reply.attachments.count() == 2
    text = browser.get(page(about)).content.decode()
    assert "tl-bubble--note" in text and "tl-bubble--ours" in text


def test_a_refused_answer_says_why_and_keeps_what_was_typed() -> None:
    about, browser = ticket(), signed_in()
    bad = SimpleUploadedFile("evil.png", b"<svg onload=alert(1)>", content_type="image/png")
    answer = browser.post(page(about, "reply"), {"message": "A long answer", "files": bad})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "is not taken" in text and ">A long answer</textarea>" in text
    assert browser.post(page(about, "reply"), {"message": " "}).context["reply_form"].errors
    too_many = [SimpleUploadedFile("a.txt", b"a")] * 6
    answer = browser.post(page(about, "reply"), {"message": "Six", "files": too_many})
    assert "At most 5 files" in answer.content.decode()
    assert not TicketMessage.objects.exists()


def test_an_answer_needs_a_csrf_token() -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(agent())
    about = ticket()
    assert browser.post(page(about, "reply"), {"message": "Forged"}).status_code == 403
    assert not TicketMessage.objects.exists()


def test_only_what_is_new_is_put_into_the_conversation() -> None:
    about, browser = ticket(), signed_in()
    says("reseller", about, "The first words")
    shown = browser.get(page(about)).context
    asked = {"seen": shown["seen"], "after": shown["after"]}
    assert browser.get(page(about, "conversation"), asked).status_code == 204
    says("reseller", about, "Anybody there?")
    answer = browser.get(page(about, "conversation"), asked)
    text = answer.content.decode()
    assert "Anybody there?" in text and "The first words" not in text
    assert "<textarea" not in text and "<html" not in text
    asked = {"seen": answer.context["seen"], "after": answer.context["after"]}
    assert browser.get(page(about, "conversation"), asked).status_code == 204
    support.set_priority(ticket=about, priority="urgent")
    text = browser.get(page(about, "conversation"), asked).content.decode()
    assert "Urgent" in text and "Anybody" not in text
    for odd in ("", "x", "-1", "9" * 40, "٣"):
        assert browser.get(page(about, "conversation"), {"after": odd}).status_code == 204
    assert as_user(UserFactory(is_staff=True)).get(page(about, "conversation"), asked).status_code == 403


def test_files_are_for_those_who_see_the_ticket() -> None:
    about, other = ticket(), ticket()
    says("reseller", about, files=[Upload("a.png", picture())])
    kept = TicketAttachment.objects.get()
    url = page(about, "file", kept.pk)
    answer = signed_in("auditor").get(url)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert (answer["X-Content-Type-Options"], answer["Content-Security-Policy"]) == (
        "nosniff",
        "default-src 'none'; sandbox",
    )
    assert signed_in().get(page(other, "file", kept.pk)).status_code == 404
    assert as_user(UserFactory(is_staff=True)).get(url).status_code == 403
    for outsider in (Browser(), as_user(CustomerFactory().user)):
        assert outsider.get(url).status_code == 302


@pytest.mark.parametrize("role", [*WORKERS, *LOOKERS])
def test_the_roles_table_says_who_works_on_tickets(role: str) -> None:
    about, browser = ticket(), signed_in(role)
    works = role in WORKERS
    text = browser.get(page(about)).content.decode()
    assert ("Send the answer" in text) is works
    assert browser.post(page(about, "reply"), {"message": "Hello"}).status_code == (302 if works else 403)
    for action, data in (
        ("assign", {"assigned_to": ""}),
        ("set_priority", {"priority": "high", "reason": "VIP"}),
        ("resolve", {}),
        ("reopen", {"reason": "It is back"}),
        ("take", {}),
        ("close", {"reason": "Spam"}),
    ):
        if action == "take" and works:
            support.assign(ticket=about, to=None)
        answer = dialog(browser, about, action, **data)
        assert answer.status_code == (200 if works else 403), action
        assert ("HX-Redirect" in answer.headers) is works, action
    about.refresh_from_db()
    assert about.status == ("closed" if works else "open")
    assert browser.get(reverse("admin:commerce_supportticket_add")).status_code == (200 if works else 403)
    assert browser.get(reverse("admin:commerce_cannedanswer_add")).status_code == (200 if works else 403)


def test_a_closed_ticket_offers_to_open_it_again_and_takes_no_answer() -> None:
    about, browser = ticket(), signed_in()
    support.move(ticket=about, status="closed")
    text = browser.get(page(about)).content.decode()
    assert "Open it again to answer" in text and "<textarea" not in text
    assert "closed" in browser.post(page(about, "reply"), {"message": "Late"}).content.decode()
    assert dialog(browser, about, "close", reason="Again").status_code == 409


def test_it_is_opened_for_somebody_who_called() -> None:
    order, _payment = place_for_customer()
    browser, add = signed_in(), reverse("admin:commerce_supportticket_add")
    told = {"subject": "Called", "description": "Lost the code", "priority": "high"}
    answer = browser.post(add, {**told, "order": str(order.pk)})
    assert answer.status_code == 302, answer.context["errors"]
    opened = SupportTicket.objects.get()
    assert (opened.customer, opened.order, opened.priority) == (order.customer, order, "high")
    assert answer["Location"] == page(opened)
    refused = browser.post(add, told)
    assert "Name one customer or one reseller" in refused.content.decode()
    assert SupportTicket.objects.count() == 1


def test_several_are_assigned_and_closed_at_once() -> None:
    kevin, done = agent(), ticket()
    support.move(ticket=done, status="closed")
    chosen = [str(done.pk), str(ticket().pk), str(ticket().pk)]
    browser = signed_in()
    base = {"_selected_action": chosen, "apply": "1", "_form_submitted": "True"}
    answer = browser.post(
        reverse(LIST), {**base, "action": "assign_chosen", "assigned_to": str(kevin.pk)}, follow=True
    )
    assert SupportTicket.objects.filter(assigned_to=kevin).count() == 2
    assert "This ticket is closed" in answer.content.decode()
    browser.post(reverse(LIST), {**base, "action": "close_chosen", "reason": "Outage over"})
    assert SupportTicket.objects.filter(status="closed").count() == 3


def test_pages_of_parties_and_orders_have_their_tickets() -> None:
    order, _payment = place_for_customer()
    assert order.customer is not None
    about, of_seller = ticket(order=order, subject="Where is it"), ticket(subject="Our wallet")
    assert of_seller.reseller is not None
    browser = signed_in()
    for name, pk, subject in (
        ("order", order.pk, about.subject),
        ("customer", order.customer.pk, about.subject),
        ("reseller", of_seller.reseller.pk, of_seller.subject),
    ):
        text = browser.get(reverse(f"admin:commerce_{name}_change", args=[pk])).content.decode()
        assert subject in text and f"supportticket/add/?{name}={pk}" in text, name


def test_a_clients_page_has_what_was_asked_about_its_orders() -> None:
    client = ClientFactory(reseller=ResellerFactory(funds=500))
    product = player_product()
    about = ticket(order=place(product=product, by=buyer(client.reseller), client_id=client.pk))
    ticket(reseller=client.reseller, subject="Something else")
    text = signed_in().get(reverse("admin:commerce_client_change", args=[client.pk])).content.decode()
    assert about.ticket_number in text and "Something else" not in text
    assert f"supportticket/add/?reseller={client.reseller_id}" in text


def test_the_first_page_says_what_waits() -> None:
    late, taken = ticket(), ticket()
    support.assign(ticket=taken, to=agent())
    SupportTicket.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=2))
    cache.clear()
    text = signed_in().get("/admin/").content.decode()
    assert "1 ticket is overdue" in text and "1 open ticket is nobody&#x27;s" in text
    assert "?clock=overdue" in text


def test_words_of_a_subject_find_it_by_an_index() -> None:
    about = ticket(subject="Voucher code: “already used” in the game")
    ticket(subject="Something else")
    browser = signed_in()
    for term in ("voucher", "ALREADY us", "game code", "used,"):
        assert rows(browser, q=term) == [about.ticket_number], term
        assert about.ticket_number in browser.get("/admin/search/", {"s": term}).content.decode(), term
    for odd in ("oucher", "' | !", ":*", "& & &", "\\", "<->", "!!(("):
        assert rows(browser, q=odd) == [], odd
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "commerce_ticket_words" in by_subject("voucher").order_by().explain()


def test_the_palette_finds_a_ticket_by_number() -> None:
    about = ticket()
    for term in (about.ticket_number, about.ticket_number[2:], "t-0"):
        answer = signed_in().get("/admin/search/", {"s": term})
        assert about.ticket_number in answer.content.decode(), term
    nobody = as_user(UserFactory(is_staff=True))
    assert about.subject not in nobody.get("/admin/search/", {"s": about.ticket_number}).content.decode()
