"""A mail server of our own: it takes whatever the product sends, and keeps it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from project.processes import wait_until


class _Conversation(socketserver.StreamRequestHandler):
    server: "Mailbox"

    def handle(self) -> None:
        self._say("220 ready")
        for line in self.rfile:
            match line[:4].upper().strip():
                case b"DATA":
                    self._say("354 go on")
                    self.server.mails.append(message_from_bytes(self._text(), policy=default))
                    if self.server.answers:
                        self._say("250 kept")
                case b"QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("250 yes")

    def _text(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        # A line that begins with a dot was sent with another one before it.
        return b"".join(line.removeprefix(b".") for line in lines)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Mailbox(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mails: list[Any] = []
        # Else it keeps mails and does not say so.
        self.answers = True

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def newest_to(self, address: str, *, after: int = 0) -> EmailMessage:
        """The last mail to somebody, once there are more than `after`."""
        assert wait_until(lambda: len(self.to(address)) > after, seconds=30, every=0.1), (
            f"no mail to {address}"
        )
        return self.to(address)[-1]

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if address in str(mail["To"])]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        threading.Thread(target=box.serve_forever, daemon=True).start()
        yield box
        box.shutdown()
