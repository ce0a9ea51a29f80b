"""Servers that do not stop, or hardly begin: each exchange has an end and a size, and is judged honestly."""

from __future__ import annotations

import gzip
import resource
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from notifier.channels import recorder
from notifier.channels.classify import from_http
from notifier.channels.gateway import Gateway
from notifier.core.retry import Outcome, OutcomeKind
from tests.channels.ways import JSON, PHONE, TWILIO, WORDS, channel, mail_url
from tests.raw_server import Peer, RawServer
from tests.smtp_faults import DRIP, FLOOD, Fault, FaultServer, Step

DELIVERED, TRANSIENT, PERMANENT, DOWN, UNKNOWN = OutcomeKind

SOON = 0.4
"""Seconds that the tests allow for an answer."""

LARGEST = 8_000_000
"""Bytes that may leave the server before the other side is gone: what is read, and what kernels buffer."""


def after(head: str, then: Callable[[Peer], None]) -> Callable[[Peer], None]:
    """Return a script that hears a request, answers `head` and goes on with `then`."""

    def script(peer: Peer) -> None:
        peer.hear()
        peer.say(head.replace("\n", "\r\n").encode())
        then(peer)

    return script


def flood(chunk: bytes) -> Callable[[Peer], None]:
    return lambda peer: peer.flood(chunk)


def drip(data: bytes) -> Callable[[Peer], None]:
    return lambda peer: peer.drip(data)


CHUNKED = "HTTP/1.1 {}\nTransfer-Encoding: chunked\n\n"
LONG = "HTTP/1.1 {}\nContent-Length: 100000000000\n\n"
BODY = flood(b"x" * 65_536)
CHUNKS = flood(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
BOMB = gzip.compress(b"x" * 300_000_000, 9)

HTTP = {
    "body": (after(LONG.format("200 OK"), BODY), UNKNOWN, "HTTP 200"),
    "body until it closes": (after("HTTP/1.1 200 OK\n\n", BODY), UNKNOWN, "HTTP 200"),
    "chunks": (after(CHUNKED.format("200 OK"), CHUNKS), UNKNOWN, "HTTP 200"),
    "refusal": (after(LONG.format("400 No"), BODY), PERMANENT, "HTTP 400"),
    "refusal in chunks": (after(CHUNKED.format("400 No"), CHUNKS), PERMANENT, "HTTP 400"),
    "wrong key": (after(LONG.format("401 No"), BODY), DOWN, "HTTP 401"),
    "trouble": (after(LONG.format("503 No"), BODY), TRANSIENT, "HTTP 503"),
    "elsewhere": (after(LONG.format("302 There"), BODY), PERMANENT, "HTTP 302"),
    "chunk without end": (after(CHUNKED.format("200 OK"), flood(b"1" * 65_536)), UNKNOWN, "HTTP 200"),
    "headers": (after("HTTP/1.1 200 OK\n", flood(b"X-A: b\r\n" * 8_000)), UNKNOWN, ""),
    "header": (after("HTTP/1.1 200 OK\nX-A: ", flood(b"b" * 65_536)), UNKNOWN, ""),
    "status": (after("HTTP/1.1 200 ", flood(b"b" * 65_536)), UNKNOWN, ""),
    "interim": (after("", flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000)), UNKNOWN, ""),
    "drip of a body": (after(LONG.format("200 OK"), drip(b"x")), UNKNOWN, "HTTP 200"),
    "drip of chunks": (after(CHUNKED.format("200 OK"), drip(b"1\r\nx\r\n")), UNKNOWN, "HTTP 200"),
    "drip of a refusal": (after(LONG.format("400 No"), drip(b"x")), PERMANENT, "HTTP 400"),
    "drip of trouble": (after(LONG.format("503 No"), drip(b"x")), TRANSIENT, "HTTP 503"),
    "drip of headers": (after("HTTP/1.1 200 OK\n", drip(b"X-A: b\r\n")), UNKNOWN, ""),
    "drip of a status": (after("", drip(b"HTTP/1.1 200 OK")), UNKNOWN, ""),
    "drip of interims": (after("", drip(b"HTTP/1.1 100 Continue\r\n\r\n")), UNKNOWN, ""),
    "packed": (
        after(
            f"HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {len(BOMB)}\n\n",
            lambda peer: peer.say(BOMB),
        ),
        UNKNOWN,
        "HTTP 200",
    ),
}


@contextmanager
def little_memory() -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 30_000, f"{grown} KiB"


def send(server: RawServer, url: str, recipient: str = "") -> Outcome:
    ways = Gateway({"way": channel(url, to=bool(recipient))}, "Shop", server.url)
    assert ways.problems() == {}
    began = time.monotonic()
    with little_memory():
        outcome = ways.send("way", WORDS, recipient, "m1")
    assert time.monotonic() - began < SOON + 0.8
    return outcome


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize(("url", "recipient"), [(JSON, ""), (TWILIO, PHONE)], ids=["json", "twilio"])
def test_an_answer_without_end_is_read_to_a_limit(name: str, url: str, recipient: str) -> None:
    script, kind, code = HTTP[name]
    with RawServer(script) as server:
        outcome = send(server, f"{url}?rto={SOON}", recipient)
        assert outcome.kind is kind
        assert code in outcome.code or kind is UNKNOWN
        (peer,) = server.peers
        assert peer.sent < LARGEST


@pytest.mark.parametrize("name", ["body", "drip of a body", "drip of headers"])
def test_an_operator_reads_what_the_server_did(name: str) -> None:
    with RawServer(HTTP[name][0]) as server:
        outcome = send(server, f"{JSON}?rto={SOON}")
    host = f"127.0.0.1:{server.port}"
    said = f"no answer from {host} in time" if "drip" in name else f"{host} does not stop answering"
    assert outcome.detail == said
    assert outcome.unreachable


def test_a_drip_that_ends_in_time_is_an_answer() -> None:
    def script(peer: Peer) -> None:
        peer.hear()
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok":
            peer.say(bytes([byte]))

    with RawServer(script) as server:
        assert send(server, JSON).kind is DELIVERED


def calls_of(url: str, **options: object) -> tuple[Outcome, float]:
    """Make one call as a plugin would; return the outcome and the seconds it took."""
    began = time.monotonic()
    with recorder.recording() as calls, pytest.raises(requests.RequestException):
        recorder.Recorder().request("post", url, **options)
    return from_http("json", False, calls, fixed=True), time.monotonic() - began


@pytest.mark.parametrize("script", [Peer.wait, drip(b"\x16\x03\x03\x40\x00\x02")], ids=["hang", "drip"])
def test_tls_that_does_not_come_about_has_sent_nothing(script: Callable[[Peer], None]) -> None:
    with RawServer(script) as server:
        outcome, took = calls_of(server.url.replace("http", "https"), timeout=(SOON, 5.0))
    assert (outcome.kind, outcome.unreachable) == (TRANSIENT, True)
    assert took < SOON + 0.5


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 No\r\n\r\n"])
def test_tls_that_is_broken_off_has_sent_nothing(answer: bytes) -> None:
    with RawServer(lambda peer: peer.say(answer)) as server:
        outcome, _ = calls_of(server.url.replace("http", "https"), timeout=(SOON, 5.0))
    assert (outcome.kind, outcome.unreachable) == (TRANSIENT, True)


def test_a_request_that_is_not_taken_in_time_was_not_sent() -> None:
    with RawServer(Peer.wait) as server:
        outcome, took = calls_of(server.url, data=b"x" * 30_000_000, timeout=(5.0, SOON))
        assert outcome.detail == f"127.0.0.1:{server.port} does not take what we send"
    assert (outcome.kind, outcome.unreachable) == (TRANSIENT, True)
    assert took < SOON + 0.5


def test_a_plugin_that_asks_for_ever_is_stopped() -> None:
    def script(peer: Peer) -> None:
        while peer.hear():
            peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with RawServer(script) as server, recorder.recording() as calls:
        stand_in = recorder.Recorder()
        with pytest.raises(requests.exceptions.RetryError):  # noqa: PT012
            for page in range(1000):
                stand_in.request("get", f"{server.url}/page/{page}")
        assert len(calls) == recorder.MOST_CALLS


STEPS = [Step.BANNER, Step.EHLO, Step.MAIL, Step.RCPT, Step.DATA, Step.TEXT]


def mail(server: FaultServer, extra: str = "", *, schema: str = "mailto") -> Outcome:
    url = mail_url(server.port, f"&rto={SOON}&cto={SOON}&verify=no{extra}").replace("mailto", schema, 1)
    ways = Gateway({"way": channel(url, to=True)}, "Shop")
    assert ways.problems() == {}
    began = time.monotonic()
    with little_memory():
        outcome = ways.send("way", WORDS, "anna@customer.example", "m1")
    # A line may be opened, a refused mail put aside (2 s), before or after the exchange that fails.
    assert time.monotonic() - began < 2 * SOON + 0.8
    ways.close()
    return outcome


@pytest.mark.parametrize("fault", [FLOOD, DRIP], ids=["flood", "drip"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_mail_server_without_end_is_read_to_a_limit(step: Step, fault: Fault, pipelining: bool) -> None:
    with FaultServer({step: fault}, extensions=("PIPELINING",) if pipelining else ()) as server:
        outcome = mail(server)
        assert outcome.kind is (UNKNOWN if step is Step.TEXT else TRANSIENT)
        assert outcome.unreachable
        assert server.written < LARGEST
        said = "does not stop answering" if fault is FLOOD else "in time"
        assert said in outcome.detail


@pytest.mark.parametrize("fault", [FLOOD, DRIP], ids=["flood", "drip"])
@pytest.mark.parametrize("step", [Step.EHLO, Step.STARTTLS, Step.TLS_EHLO, Step.AUTH, Step.TEXT])
def test_a_mail_server_without_end_over_tls(step: Step, fault: Fault, certificate: ssl.SSLContext) -> None:
    with FaultServer({step: fault}, tls=certificate, login=("anna", "pw")) as server:
        outcome = mail(server, "&mode=starttls&user=anna&pass=pw", schema="mailtos")
        assert outcome.kind is (UNKNOWN if step is Step.TEXT else TRANSIENT)
        assert server.written < LARGEST


@pytest.mark.parametrize("script", [Peer.wait, drip(b"\x16\x03\x03\x40\x00\x02")], ids=["hang", "drip"])
@pytest.mark.parametrize("banner", [b"", b"220 here\r\n"], ids=["ssl", "starttls"])
def test_tls_of_a_mail_server_that_does_not_come_about(script: Callable[[Peer], None], banner: bytes) -> None:
    def talk(peer: Peer) -> None:
        if banner:
            peer.say(banner)
            peer.hear(b"\r\n")
            peer.say(b"250-here\r\n250 STARTTLS\r\n")
            peer.hear(b"\r\n")
            peer.say(b"220 go on\r\n")
        script(peer)

    with RawServer(talk) as server:
        mode = "starttls" if banner else "ssl"
        outcome = mail(server, f"&mode={mode}", schema="mailtos")  # type: ignore[arg-type]
    assert (outcome.kind, outcome.unreachable) == (TRANSIENT, True)


def test_a_login_that_asks_for_ever_is_given_up() -> None:
    def talk(peer: Peer) -> None:
        peer.say(b"220 here\r\n")
        peer.hear(b"\r\n")
        peer.say(b"250-here\r\n250 AUTH LOGIN\r\n")
        while peer.hear(b"\r\n"):
            peer.say(b"334 " + b"QUJD" * 100 + b"\r\n")

    with RawServer(talk) as server:
        outcome = mail(server, "&user=anna&pass=pw")  # type: ignore[arg-type]
        assert (outcome.kind, outcome.unreachable) == (TRANSIENT, True)


@pytest.mark.parametrize("secure", [False, True])
def test_a_mail_that_is_not_taken_in_time_was_not_sent(secure: bool, certificate: ssl.SSLContext) -> None:
    stop = {Step.DATA: Fault("stop", b"354 go on\r\n")}
    with FaultServer(stop, tls=certificate if secure else None, from_start=secure) as server:
        url = mail_url(server.port, f"&rto={SOON}&verify=no" + "&mode=ssl" * secure)
        ways = Gateway({"way": channel(url.replace("mailto", "mailtos") if secure else url, to=True)}, "Shop")
        began = time.monotonic()
        large = WORDS.__class__(subject="s", text="words " * 5_000_000)
        outcome = ways.send("way", large, "anna@customer.example", "m1")
        assert (outcome.kind, outcome.unreachable) == (TRANSIENT, True)
        assert "does not take what we send" in outcome.detail
        assert time.monotonic() - began < 20  # most of it makes the mail
        assert server.taken == []
