"""What operators read of a connection that failed: where, and what happened, and no more of the URL."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from notifier.channels.peer import Peer
from notifier.core.retry import OutcomeKind
from tests.channels.conftest import Open
from tests.channels.ways import FIXED, PHONE, SECRET, TEXTS, WORDS
from tests.sinks import HttpSink


def unverified() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "…")
    error.verify_message = "certificate has expired"
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(ConnectionRefusedError(), "connection refused by mail.example:587", id="refused"),
        pytest.param(
            socket.gaierror(socket.EAI_NONAME, "…"), "mail.example cannot be found", id="no such name"
        ),
        pytest.param(
            socket.gaierror(socket.EAI_AGAIN, "…"),
            "mail.example cannot be looked up now: no name server answers",
            id="no name server",
        ),
        pytest.param(TimeoutError(), "no answer from mail.example:587 in time", id="silence"),
        pytest.param(ConnectionResetError(), "connection to mail.example:587 lost", id="reset"),
        pytest.param(BrokenPipeError(), "connection to mail.example:587 lost", id="broken pipe"),
        pytest.param(ssl.SSLEOFError(), "connection to mail.example:587 lost", id="end within TLS"),
        pytest.param(ssl.SSLError(), "no TLS with mail.example:587", id="no TLS"),
        pytest.param(
            unverified(),
            "the certificate of mail.example:587 cannot be verified: certificate has expired",
            id="certificate",
        ),
        pytest.param(
            OSError(errno.ENETUNREACH, "Network is unreachable"),
            "no connection to mail.example:587: network is unreachable",
            id="no network",
        ),
        pytest.param(RuntimeError("anything"), "connection to mail.example:587 lost", id="anything else"),
    ],
)
def test_an_error_is_told_with_its_place(error: Exception, words: str) -> None:
    assert Peer("mail.example", 587).trouble(error) == words


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert str(Peer("::1", 25)) == "[::1]:25"


@pytest.mark.parametrize("service", FIXED | TEXTS)
def test_no_credentials_are_told_of_a_service_that_is_down(
    gateway: Open, http: HttpSink, service: str
) -> None:
    http.stop()
    to = PHONE if service in TEXTS else ""
    outcome = gateway((FIXED | TEXTS)[service], to=bool(to)).send("way", WORDS, to, "m1")
    assert outcome.kind is OutcomeKind.TRANSIENT
    assert SECRET not in repr(outcome)


def test_no_credentials_are_told_of_a_mail_server_that_cannot_be_found(gateway: Open) -> None:
    # RFC 6761, 6.4: no resolver may ever find a name below "invalid".
    url = f"mailtos://user:{SECRET}@mail.invalid:587?from=orders@shop.example"
    outcome = gateway(url, to=True).send("way", WORDS, "anna@customer.example", "m1")
    assert outcome.kind is OutcomeKind.TRANSIENT
    assert outcome.detail.startswith("mail.invalid cannot be ")
    assert SECRET not in repr(outcome)
