"""What the demo's parties ask about, and what is answered. Words in braces are filled in with the ticket's order."""

from dataclasses import dataclass

THEM, US, NOTE = "them", "us", "note"


@dataclass(frozen=True, slots=True)
class Topic:
    """A question: of “reseller” or “customer”, about an order in one of `about`'s states, or about none."""

    party: str
    subject: str
    text: str
    talk: tuple[tuple[str, str], ...]
    priority: str = "medium"
    about: tuple[str, ...] = ()


DONE, FAILED = ("fulfilled",), ("failed", "cancelled")
TOPICS = (
    Topic(
        "reseller", "Customer says the top-up has not arrived",
        "Order {order}, {product}, was delivered according to you, but our customer {recipient} sees nothing on the"
        " phone. Can you check with the operator?",
        (
            (NOTE, "The provider's reference is on the order; asked them for a proof of delivery."),
            (US, "Thank you for telling us. The operator has confirmed it for {recipient}. Please have your customer"
                 " switch the phone off and on and check the balance again."),
            (THEM, "It is there now. Thank you!"),
        ),
        "high", DONE,
    ),
    Topic(
        "customer", "I paid but the order failed",
        "My order {order} says failed. When do I get my {amount} back?",
        (
            (US, "Hello {name}, the provider refused it, so nothing was delivered and the {amount} was released the"
                 " same moment. Your bank shows it within three working days."),
            (THEM, "Seen it today, thanks."),
        ),
        "medium", FAILED,
    ),
    Topic(
        "reseller", "Wrong player id, can it be moved?",
        "Our clerk typed a wrong player id on order {order}. Could the diamonds be moved to another account?",
        (
            (US, "I am sorry: once {product} is delivered the publisher does not move it. If the id belongs to nobody"
                 " it would have failed, so somebody did receive it."),
            (THEM, "Understood. Is there a way to check an id before we order?"),
            (US, "Yes: POST /api/recipients/validate/ checks the format, and for this game also the player's name."),
        ),
        "medium", DONE,
    ),
    Topic(
        "reseller", "Bank transfer not in our wallet yet",
        "We sent a transfer yesterday afternoon with your reference, and the balance has not moved.",
        (
            (NOTE, "Finance: it is on the statement, booked without a reference. Please fund it."),
            (US, "We have found it: the bank left the reference out. It is in your wallet since a minute ago."),
            (THEM, "Great, we see it."),
        ),
        "high",
    ),
    Topic(
        "reseller", "401 from one of our servers",
        "Since this morning one server gets 401 invalid_api_key with the same key that works on the other.",
        (
            (US, "The key is limited to two addresses, and this server's is not among them. You can add it under API"
                 " keys, or tell us the address and we do."),
            (THEM, "That was it. We moved it behind another gateway last night."),
        ),
        "urgent",
    ),
    Topic(
        "customer", "Where is my SIM card?",
        "It is a few days since I placed the order {order}. When will {product} arrive?",
        (
            (NOTE, "Courier says that nobody was at home twice."),
            (US, "Hello {name}, the courier rang twice and found nobody. Which day suits you? We shall tell them."),
            (THEM, "Saturday before noon please."),
            (US, "Saturday before noon it is."),
        ),
        "medium", ("shipped",),
    ),
    Topic(
        "reseller", "Price list question",
        "Your price for {product} went up this week. Is that for everybody, and is there an agreement for volume?",
        (
            (US, "The operator raised it on Monday, for everybody. From next month's volume on we can talk about the"
                 " gold list; our sales people will call you."),
        ),
        "low", DONE,
    ),
    Topic(
        "customer", "The code was used already",
        "The shop says the code of order {order} has been redeemed before. I have not shared it with anybody.",
        (
            (NOTE, "Asked the supplier for the redemption time and country."),
            (US, "Hello {name}, could you send us a picture of the message? The supplier looks it up with it."),
            (THEM, "It says: already redeemed, code RD-21. Nothing more."),
            (US, "Thank you. The supplier confirms a mistake of theirs; the order is refunded."),
        ),
        "high", DONE,
    ),
    Topic(
        "reseller", "Order of unknown outcome since an hour",
        "The order {order} is unknown since an hour, and the customer stands in the shop. Is it delivered or not?",
        (
            (US, "The provider did not answer. We have them on the phone; until they say so the money stays held and"
                 " nothing is charged."),
            (US, "Delivered, they say, with a reference. The order is settled."),
        ),
        "urgent", DONE,
    ),
    Topic(
        "reseller", "Invoice for last month",
        "Our accountant needs last month's statement as a PDF, with the company's number on it.",
        (
            (US, "It is attached to your statement page: choose the month and PDF. The company number is there since it"
                 " was added to your details today."),
            (THEM, "Perfect."),
        ),
        "low",
    ),
    Topic(
        "customer", "Cannot sign in any more",
        "I have a new phone and forgot my password. The reset mail does not come.",
        (
            (US, "Hello {name}, the mail goes to the address you registered with, perhaps an old one? Write to us from"
                 " the new address with an order number of yours, and we change it."),
            (THEM, "It was in the spam folder. Works now, sorry!"),
        ),
        "low",
    ),
    Topic(
        "reseller", "Many failures for one operator today",
        "About every fifth order of {product} fails since noon, always with the same message. Is something wrong?",
        (
            (NOTE, "Provider has trouble since 12:10, status page says so. Second provider has taken over."),
            (US, "The operator has trouble since noon. Orders now go by another route; failed ones were not charged and"
                 " may be placed again."),
            (THEM, "Looks good again. Thanks for the quick answer."),
        ),
        "urgent", FAILED,
    ),
    Topic(
        "customer", "Ordered twice by mistake",
        "The page was slow and I pressed twice. The order {order} is the second one, I only need one of them.",
        (
            (US, "Hello {name}, both were delivered, so the second cannot be taken back by the operator. We have given"
                 " you a voucher for the service fee."),
        ),
        "medium", DONE,
    ),
    Topic(
        "reseller", "Raise our monthly limit for a client",
        "Our largest client reaches its limit of orders every month on the 20th. What do you need to raise it?",
        (
            (US, "Nothing from us: you set limits of your clients yourself, on the client's page or by the API."),
            (THEM, "Found it, thank you."),
        ),
        "low",
    ),
)  # fmt: skip
CANNED = (
    (
        "Greeting",
        "Hello {customer},\n\nthank you for writing to us about {ticket_number}.\n\nKind regards,\n{agent}",
    ),
    (
        "Delivered, switch off and on",
        "Hello {customer},\n\nthe operator has confirmed {order_number}. Please switch the phone off and on and check"
        " the balance again. If it is not there in ten minutes, answer here and we ask them once more.\n\n{agent}",
    ),
    (
        "Failed, nothing was taken",
        "Hello {customer},\n\nyour order {order_number} was not delivered, and nothing was taken: the amount was"
        " released the same moment. You may place it again.\n\n{agent}",
    ),
    (
        "Please send a picture",
        "Hello {customer},\n\ncould you send us a picture of the message you see? Then we can ask the supplier about"
        " {order_number}.\n\n{agent}",
    ),
    (
        "Is it solved?",
        "Hello {customer},\n\nhas “{subject}” been solved for you? Without an answer we close {ticket_number} in three"
        " days; you can always write again.\n\n{agent}",
    ),
)
