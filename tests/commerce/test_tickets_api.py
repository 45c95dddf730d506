"""Tickets by the API: asking, reading the answers, files; what stays inside, and what is refused."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from commerce.models import ApiKey, Membership, Reseller, SupportTicket, TicketAttachment, TicketMessage
from commerce.services import support
from commerce.services.attachments import Upload
from core.actors import acting_as, actor_for_user
from core.api_settings import ApiPage
from core.models import User
from tests.factories import UserFactory
from tests.factories_fulfilment import buyer, place, player_product
from tests.factories_parties import CustomerFactory, MembershipFactory, ResellerFactory, key_for
from tests.factories_support import agent, picture, says, ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]
URL = "/api/tickets/"
ASKED = {"subject": "No code", "description": "The order is delivered, where is the code?"}


def by_key(reseller: Reseller, **values: Any) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key_for(reseller, **values)}")
    return client


def by_token(user: User | None) -> APIClient:
    assert user
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(user)}")
    return client


def of(about: SupportTicket, what: str = "messages/") -> str:
    return f"{URL}{about.pk}/{what}"


def test_a_reseller_asks_about_an_order_and_reads_the_answer() -> None:
    # The product first: a buyer knows the catalogue as it is when they come.
    product, by = player_product(), buyer()
    order = place(product=product, by=by)
    reseller = Reseller.objects.get(pk=by.reseller_id)
    client = by_key(reseller)
    opened = client.post(URL, {**ASKED, "order": str(order.pk), "priority": "high"}, format="json")
    assert opened.status_code == 201, opened.content
    about = SupportTicket.objects.get()
    assert (about.reseller, about.order, about.priority) == (reseller, order, "high")
    told = opened.json()
    assert told["ticket_number"] == about.ticket_number and told["order_number"] == order.order_number
    says(agent(first_name="Kevin"), about, "It is in the order's page.")
    [answer] = client.get(of(about)).json()["results"]
    assert (answer["author"], answer["author_name"]) == ("staff", "Topline")
    assert "Kevin" not in str(answer)
    [row] = client.get(URL).json()["results"]
    assert (row["status"], row["messages"], row["last_message_at"]) == (
        "in_progress",
        1,
        answer["created_at"],
    )


def test_notes_are_nowhere_in_the_api() -> None:
    about = ticket()
    assert about.reseller
    client = by_key(about.reseller)
    before = client.get(of(about, "")).json()
    with acting_as(actor_for_user(agent())):
        support.note(
            ticket=about, message="Suspicious reseller", files=[Upload("secret.txt", b"Do not show")]
        )
    kept = TicketAttachment.objects.get()
    for path in (URL, of(about, ""), of(about)):
        assert "Suspicious" not in client.get(path).content.decode()
    assert client.get(of(about, "")).json() == before
    assert client.get(of(about, f"attachments/{kept.pk}/")).status_code == 404
    assert by_token(UserFactory(staff="support")).get(of(about)).json()["results"] == []


def test_a_message_comes_with_files_which_come_back_as_downloads() -> None:
    about = ticket()
    assert about.reseller
    client = by_key(about.reseller)
    files = [SimpleUploadedFile("../shot.png", picture()), SimpleUploadedFile("log.txt", b"error 12")]
    said = client.post(of(about), {"message": "See", "files": files}, format="multipart")
    assert said.status_code == 201, said.content
    shot, log = said.json()["attachments"]
    assert (shot["name"], shot["content_type"]) == ("shot.png", "image/png")
    answer = client.get(log["url"])
    assert b"".join(answer) == b"error 12"  # type: ignore[call-overload]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    stranger = by_key(ResellerFactory())
    assert stranger.get(log["url"]).status_code == 404
    other = ticket(reseller=about.reseller)
    assert client.get(of(other, f"attachments/{log['id']}/")).status_code == 404


@pytest.mark.parametrize(
    ("files", "field"),
    [
        ([SimpleUploadedFile("a.png", b"<svg onload=alert(1)>")], "files"),
        ([SimpleUploadedFile("a.html", b"<!doctype html><script>1</script>")], "files"),
        ([SimpleUploadedFile(f"{number}.txt", b"a") for number in range(6)], "files"),
        ([SimpleUploadedFile("a.txt", b"a" * (5 * 1024 * 1024 + 1))], "files"),
    ],
)
def test_files_that_are_not_taken_say_why(files: list[Any], field: str) -> None:
    about = ticket()
    assert about.reseller
    refused = by_key(about.reseller).post(of(about), {"message": "See", "files": files}, format="multipart")
    assert refused.status_code == 400 and field in refused.json()["errors"]
    assert not TicketMessage.objects.exists()


def test_a_form_that_is_too_long_is_not_read() -> None:
    about = ticket()
    assert about.reseller
    client = by_key(about.reseller)
    answer = client.post(
        of(about), b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(30 * 1024 * 1024)
    )
    assert answer.status_code == 413
    odd = {"message": "See", "picture": SimpleUploadedFile("a.txt", b"a")}
    assert client.post(of(about), odd, format="multipart").json()["code"] == "unknown_field"
    many = {"message": "See", "files": [SimpleUploadedFile(f"{n}.txt", b"a") for n in range(120)]}
    assert client.post(of(about), many, format="multipart").json()["code"] == "invalid_body"


def test_the_same_message_sent_twice_is_one() -> None:
    about = ticket()
    assert about.reseller
    client, key = by_key(about.reseller), {"HTTP_IDEMPOTENCY_KEY": "m-1"}

    def send(text: str, content: bytes) -> Any:
        body = {"message": text, "files": [SimpleUploadedFile("a.txt", content)]}
        return client.post(of(about), body, format="multipart", **key)  # type: ignore[arg-type]

    first, again = send("See", b"one"), send("See", b"one")
    assert first.status_code == again.status_code == 201
    assert again["Idempotent-Replayed"] == "true" and again.json() == first.json()
    assert send("See", b"two").status_code == send("Seen", b"one").status_code == 422
    assert TicketMessage.objects.count() == TicketAttachment.objects.count() == 1
    opened = [client.post(URL, ASKED, format="json", HTTP_IDEMPOTENCY_KEY="t-1") for _twice in range(2)]
    assert opened[0].json() == opened[1].json() and SupportTicket.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"description": "  "}, "description"),
        ({"description": 7}, "description"),
        ({"priority": "now"}, "priority"),
        ({"order": "7"}, "order"),
        ({"order": "01977c5e-4d0f-7c1e-9a53-4f6f0f1f2a3b"}, "order"),
    ],
)
def test_bad_input_names_the_field(wrong: dict[str, Any], field: str) -> None:
    refused = by_key(ResellerFactory()).post(URL, {**ASKED, **wrong}, format="json")
    assert refused.status_code == 400 and field in refused.json()["errors"], refused.content
    assert not SupportTicket.objects.exists()


def test_somebody_elses_order_is_not_asked_about() -> None:
    order = place()
    refused = by_key(ResellerFactory()).post(URL, {**ASKED, "order": str(order.pk)}, format="json")
    assert refused.json()["errors"] == {"order": ["There is no such order."]}


def test_a_member_and_a_customer_speak_for_their_party() -> None:
    reseller, customer = ResellerFactory(), CustomerFactory()
    member = MembershipFactory(reseller=reseller, role=Membership.Role.OWNER).user
    for user, kind in ((member, "reseller"), (customer.user, "customer")):
        client = by_token(user)
        opened = client.post(URL, ASKED, format="json").json()
        said = client.post(f"{URL}{opened['id']}/messages/", {"message": "Hello?"}, format="json").json()
        assert said["author"] == kind and opened[kind], said
    assert SupportTicket.objects.filter(reseller=reseller).count() == 1
    assert SupportTicket.objects.filter(customer=customer).count() == 1


def test_staff_open_one_for_a_party_and_must_name_it() -> None:
    client, customer = by_token(UserFactory(staff="support")), CustomerFactory()
    assert client.post(URL, ASKED, format="json").json()["code"] == "party_required"
    assert "reseller" in client.post(URL, {**ASKED, "reseller": 2**62}, format="json").json()["errors"]
    opened = client.post(URL, {**ASKED, "customer": customer.pk}, format="json")
    assert opened.json()["customer"] == customer.pk
    said = client.post(f"{URL}{opened.json()['id']}/messages/", {"message": "We look"}, format="json")
    assert said.json()["author"] == "staff"


def test_a_closed_ticket_is_closed_and_a_resolved_one_opens_by_answering() -> None:
    about = ticket()
    assert about.reseller
    client = by_key(about.reseller)
    support.move(ticket=about, status="resolved")
    assert client.post(of(about), {"message": "Not yet"}, format="json").status_code == 201
    assert client.get(of(about, "")).json()["status"] == "open"
    assert client.post(of(about, "close/"), {"reason": "Works"}, format="json").json()["status"] == "closed"
    assert client.post(of(about, "close/"), {}, format="json").status_code == 409
    assert client.post(of(about), {"message": "Again"}, format="json").json()["code"] == "ticket_closed"


def test_test_keys_have_no_tickets() -> None:
    reseller = ResellerFactory()
    about = ticket(reseller=reseller)
    client = by_key(reseller, mode=ApiKey.Mode.TEST)
    assert client.get(URL).json()["results"] == []
    assert client.get(of(about, "")).status_code == 404
    assert client.post(URL, ASKED, format="json").json()["code"] == "live_only"


def test_writing_is_limited_and_reading_is_not(in_force: Any) -> None:
    in_force(ApiPage, rate_writing=2)
    client = by_key(ResellerFactory())
    statuses = [client.post(URL, ASKED, format="json").status_code for _try in range(3)]
    assert statuses == [201, 201, 429]
    assert client.get(URL).status_code == 200


def test_lists_are_filtered_and_cheap(django_assert_max_num_queries: Any) -> None:
    reseller = ResellerFactory()
    client = by_key(reseller)
    first = ticket(reseller=reseller)
    support.move(ticket=first, status="closed")
    for _number in range(8):
        says("reseller", ticket(reseller=reseller), files=[Upload("a.txt", b"a")])
    assert [row["id"] for row in client.get(URL, {"status": "closed"}).json()["results"]] == [first.pk]
    assert client.get(URL, {"status": "odd"}).status_code == 400
    assert client.get(URL, {"cursor": "x"}).status_code == 404
    with django_assert_max_num_queries(8):
        assert len(client.get(URL).json()["results"]) == 9
