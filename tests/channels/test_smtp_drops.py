"""A mail server that vanishes: only after the whole text was handed over is it unknown what became of it."""

from __future__ import annotations

import itertools
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from notifier.core.retry import OutcomeKind
from tests.channels.conftest import Open
from tests.channels.ways import WORDS, mail_url

SAID = {
    "close": "connection to {} lost",
    "hang": "no answer from {} in time",
    "nonsense": "{} gives no proper answer",
    "endless": "{} gives no proper answer",
}
"""What an operator reads of each manner."""


class _Vanishing(socketserver.StreamRequestHandler):
    """Speaks SMTP up to the command `server.last`, then hangs up, says nonsense, or says nothing."""

    def handle(self) -> None:
        server: Any = self.server
        if not self._say("banner", "220 here"):
            return
        for line in self.rfile:
            word = line.split()[0].upper().decode()
            if word == "DATA" and server.last == "DATA":
                return
            if word == "DATA":
                self.wfile.write(b"354 go on\r\n")
                for text in self.rfile:
                    if text == b".\r\n":
                        break
                server.whole.set()
                word = "DOT"
            if not self._say(word, "250 fine"):
                return

    def _say(self, word: str, reply: str) -> bool:
        server: Any = self.server
        if word != server.last:
            self.wfile.write(f"{reply}\r\n".encode())
            return True
        if server.manner == "hang":
            server.over.wait(20)
        elif server.manner == "nonsense":
            self.wfile.write(b"what?\r\n")
        elif server.manner == "endless":
            self.wfile.write(b"250 " + b"x" * 9000 + b"\r\n")
        return False


@contextmanager
def vanishing(last: str, manner: str) -> Iterator[Any]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Vanishing) as server:
        server.daemon_threads = True
        server.last, server.manner = last, manner  # type: ignore[attr-defined]
        server.over, server.whole = threading.Event(), threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.over.set()  # type: ignore[attr-defined]
        server.shutdown()


@pytest.mark.parametrize(
    ("last", "manner"),
    [
        *itertools.product(["banner", "EHLO", "MAIL", "RCPT"], ["close", "hang", "nonsense"]),
        ("DATA", "close"),
    ],
)
def test_a_connection_lost_before_the_text_is_tried_again(gateway: Open, last: str, manner: str) -> None:
    with vanishing(last, manner) as server:
        url = mail_url(server.server_address[1], "&rto=0.3&cto=5")
        outcome = gateway(url, to=True).send("way", WORDS, "anna@customer.example", "m1")
        assert outcome.kind is OutcomeKind.TRANSIENT
        # After nonsense instead of EHLO smtplib tries HELO, and finds the line cut.
        said = SAID["close" if (last, manner) == ("EHLO", "nonsense") else manner]
        assert outcome.detail == said.format(f"127.0.0.1:{server.server_address[1]}")
        assert not server.whole.is_set()


@pytest.mark.parametrize("manner", ["close", "hang", "nonsense", "endless"])
def test_an_answer_lost_after_the_text_leaves_it_unknown(gateway: Open, manner: str) -> None:
    with vanishing("DOT", manner) as server:
        url = mail_url(server.server_address[1], "&rto=0.3")
        outcome = gateway(url, to=True).send("way", WORDS, "anna@customer.example", "m1")
        assert outcome.kind is OutcomeKind.UNKNOWN
        assert outcome.detail == SAID[manner].format(f"127.0.0.1:{server.server_address[1]}")
        assert server.whole.is_set()


def test_a_server_that_says_nothing_to_quit_has_the_mail_all_the_same(gateway: Open) -> None:
    with vanishing("QUIT", "close") as server:
        url = mail_url(server.server_address[1])
        outcome = gateway(url, to=True).send("way", WORDS, "anna@customer.example", "m1")
        assert outcome.kind is OutcomeKind.DELIVERED
