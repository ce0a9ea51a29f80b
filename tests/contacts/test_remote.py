"""Asking remote sources: real connections to a real server, in all kinds of trouble."""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from notifier.contacts import exchange
from notifier.contacts.exchange import KEEP_ALIVE
from notifier.contacts.remote import Remote
from notifier.core.contact import Contact
from notifier.core.lookup import Answer, AnswerKind
from notifier.core.source import Source, SourceKind
from tests.factories import JANE, T0
from tests.raw_server import Peer, RawServer
from tests.shop_api import BROKEN_JSON, CUT, HALF, HTML, SILENT, ShopApi, Trouble, cottoncast_order
from tests.sinks import HttpSink

DOWN, FOUND, NOT_FOUND = AnswerKind.DOWN, AnswerKind.FOUND, AnswerKind.NOT_FOUND
CERTIFICATE = Path(__file__).parents[1] / "channels" / "selfsigned.pem"

SOON = 0.4
"""Seconds that a source has in the tests of its timeout."""


@pytest.fixture
def api() -> Iterator[ShopApi]:
    with ShopApi() as api:
        api.add("3AF7", ref="41")
        api.add_woocommerce("41")
        yield api


@pytest.fixture
def certificate() -> ssl.SSLContext:
    """One that nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def source(api: ShopApi, kind: SourceKind = SourceKind.COTTONCAST, **more: Any) -> Source:
    fields = {"name": str(kind), "kind": kind, "url": api.url, "user": api.user, "secret": api.secret}
    return Source(**(fields | more))


def ask(given: Source, ref: str = "41", order_id: str = "3AF7") -> Answer:
    remote = Remote({given.name: given})
    try:
        return remote.ask(given.name, ref, order_id, T0)
    finally:
        remote.close()


def contact(answer: Answer) -> Contact | None:
    return answer.finding.contact if answer.finding else None


def test_cottoncast_is_asked_as_its_page_says(api: ShopApi) -> None:
    answer = ask(source(api))

    assert (answer.kind, contact(answer), answer.detail) == (FOUND, JANE, "")
    [asked] = api.asked
    assert asked.path == "/order/3AF7"
    assert asked.authorization == "Basic " + base64.b64encode(b"shop-user:shop-secret").decode()
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["accept-encoding"] == "identity"  # what is packed has no bound


def test_woocommerce_is_asked_as_its_page_says(api: ShopApi) -> None:
    answer = ask(source(api, SourceKind.WOOCOMMERCE), order_id="")

    assert answer.kind is FOUND
    assert api.asked[0].path == "/wp-json/wc/v3/orders/41"


def test_an_endpoint_is_asked_with_its_headers_and_no_login(api: ShopApi) -> None:
    api.put("/crm/41", {"mail": "jane@example.org"})
    crm = Source(
        "crm",
        SourceKind.HTTP,
        address=lambda ref, _: f"{api.url}/crm/{ref}",
        headers={"X-Token": "t0ken", "accept": "application/vnd.crm+json"},
        fields={"email": "mail"},
    )

    assert contact(ask(crm)) == Contact(email="jane@example.org")

    assert api.asked[0].path == "/crm/41"
    assert api.asked[0].authorization == ""
    assert api.asked[0].headers["x-token"] == "t0ken"
    assert api.asked[0].headers["accept"] == "application/vnd.crm+json"


def test_an_order_that_it_does_not_have_is_not_found(api: ShopApi) -> None:
    for kind, words in (
        (SourceKind.COTTONCAST, "cottoncast has no such order: HTTP 404"),
        (SourceKind.WOOCOMMERCE, "woocommerce has no such order: HTTP 404"),
    ):
        assert ask(source(api, kind), "99", "NONE") == Answer(NOT_FOUND, detail=words)


def test_a_wrong_secret_is_the_sources_trouble(api: ShopApi) -> None:
    answer = ask(source(api, secret="wrong"))

    assert answer == Answer(DOWN, detail="cottoncast refuses our user name and secret: HTTP 401")


NO_HTTP = "cottoncast cannot be asked at 127.0.0.1:PORT: the connection was cut off, or what came is not HTTP"
LATE = "cottoncast cannot be asked at 127.0.0.1:PORT: no whole answer within 0.4 s"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        pytest.param(Trouble(429, retry_after="7"), "cottoncast asks us to wait: HTTP 429", id="429"),
        pytest.param(Trouble(503), "cottoncast asks us to wait: HTTP 503", id="503"),
        pytest.param(Trouble(500), "cottoncast answers HTTP 500", id="500"),
        pytest.param(HTML, "cottoncast answers with text/html instead of JSON", id="html"),
        pytest.param(BROKEN_JSON, "cottoncast answers with broken JSON", id="broken-json"),
        pytest.param(
            Trouble(200, "x" * 3_000_000), "cottoncast answers with more than 1 MiB", id="too-large"
        ),
        pytest.param(SILENT, LATE, id="silent"),
        pytest.param(Trouble(drip=0.05), LATE, id="drips-its-headers"),
        pytest.param(CUT, NO_HTTP, id="cut-at-once"),
        pytest.param(Trouble(cut=40), NO_HTTP, id="cut-in-the-headers"),
        pytest.param(Trouble(cut=200), NO_HTTP, id="cut-in-the-body"),
        pytest.param(
            Trouble(200, headers={"Content-Encoding": "gzip"}, body="\x1f"),
            "cottoncast answers with broken JSON",
            id="packed-all-the-same",
        ),
        pytest.param(
            Trouble(302, headers={"Location": "/order/OTHER"}),
            "cottoncast leads to another address (HTTP 302), which is not followed: correct its url",
            id="redirect",
        ),
    ],
)
def test_trouble_is_named_and_ends_in_time(api: ShopApi, trouble: Trouble, words: str) -> None:
    api.trouble(trouble)
    began = time.monotonic()

    answer = ask(source(api, timeout=SOON))

    assert time.monotonic() - began < SOON + 0.5
    assert (answer.kind, answer.finding) == (DOWN, None)
    assert answer.detail == words.replace("PORT", str(api.port))
    assert answer.retry_after == (7.0 if trouble.status == 429 else None)
    assert len(api.asked) == 1


@contextmanager
def sending(chunk: bytes, pause: float) -> Iterator[str]:
    """Serve one answer whose headers are there at once and whose body never ends; yield the URL."""
    over = threading.Event()

    def send() -> None:
        line, _ = server.accept()
        with line, suppress(OSError):
            line.recv(4096)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
            while not over.wait(pause):
                line.sendall(chunk)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=send)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        over.set()
        thread.join()


def test_a_body_that_drips_ends_in_time() -> None:
    began = time.monotonic()
    with sending(b" ", 0.02) as url:
        answer = ask(Source("cottoncast", SourceKind.COTTONCAST, url, timeout=SOON))
    took = time.monotonic() - began

    assert "no whole answer within 0.4 s" in answer.detail
    assert SOON <= took < SOON + 0.5


def test_a_body_without_end_is_not_read_to_the_end() -> None:
    with sending(b" " * 65_536, 0.0) as url:
        answer = ask(Source("cottoncast", SourceKind.COTTONCAST, url))

    assert answer == Answer(DOWN, detail="cottoncast answers with more than 1 MiB")


@pytest.mark.parametrize("again", [b"HTTP/1.1 100 Continue\r\n\r\n", b"X-A: b\r\n", b"x"])
@pytest.mark.parametrize("manner", ["flood", "drip"])
def test_an_answer_that_never_gets_to_its_body_ends_in_time(manner: str, again: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.hear()
        if not again.startswith(b"HTTP"):
            peer.say(b"HTTP/1.1 200 OK\r\n")
        peer.drip(again) if manner == "drip" else peer.flood(again * 1_000)

    began = time.monotonic()
    with RawServer(script) as server:
        answer = ask(Source("cottoncast", SourceKind.COTTONCAST, server.url, timeout=SOON))
        assert time.monotonic() - began < SOON + 0.8
    assert answer.kind is DOWN


@pytest.mark.parametrize("hello", [b"", b"\x16\x03\x03\x40\x00\x02"], ids=["silent", "drips"])
def test_tls_that_does_not_come_about_ends_in_time(hello: bytes) -> None:
    began = time.monotonic()
    with RawServer(lambda peer: peer.drip(hello) if hello else peer.wait()) as server:
        url = server.url.replace("http", "https")
        answer = ask(Source("cottoncast", SourceKind.COTTONCAST, url, timeout=SOON))
        assert time.monotonic() - began < SOON + 0.8
    assert answer.kind is DOWN


def test_half_an_order_is_found_without_a_contact(api: ShopApi) -> None:
    api.trouble(HALF)

    assert contact(ask(source(api))) == Contact()


def test_trouble_with_one_order_is_not_that_of_another(api: ShopApi) -> None:
    api.add("3AF8", ref="42")
    api.trouble(Trouble(500), order="3AF7")

    assert ask(source(api)).kind is DOWN
    assert ask(source(api), "42", "3AF8").kind is FOUND


def refused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param(
            "http://127.0.0.1:PORT", "at 127.0.0.1:PORT: no connection (Connection refused)", id="refused"
        ),
        pytest.param(
            "https://shop.invalid", "at shop.invalid:443: its name cannot be resolved", id="no-such-name"
        ),
        pytest.param(
            "ftp://127.0.0.1", "at 127.0.0.1:80: its url must begin with https:// or http://", id="ftp"
        ),
        pytest.param("http://[::1", "its url or one of its headers cannot be sent", id="no-url"),
        pytest.param(
            "http://user:pa55@127.0.0.1:PORT",
            "at 127.0.0.1:PORT: no connection (Connection refused)",
            id="with-a-password",
        ),
    ],
)
def test_a_server_that_cannot_be_reached_is_named_by_host_and_port(url: str, words: str) -> None:
    port = str(refused_port())

    answer = ask(Source("shop", SourceKind.COTTONCAST, url.replace("PORT", port)))

    assert answer.kind is DOWN
    assert answer.detail.endswith(words.replace("PORT", port))


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: ssl.SSLContext) -> None:
    with HttpSink(certificate) as server:
        server.answer(200, "{}")

        answer = ask(Source("shop", SourceKind.COTTONCAST, server.url))

        assert answer.kind is DOWN
        assert "its certificate is not trusted (" in answer.detail
        assert server.requests == []


def test_over_tls_connections_are_kept_and_answers_end_in_time(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    trusting.check_hostname = False
    monkeypatch.setattr(exchange, "_tls", lambda: trusting)
    with HttpSink(certificate) as server:
        remote = Remote({"shop": Source("shop", SourceKind.COTTONCAST, server.url, timeout=SOON)})
        document = {"status": "ok", "response": {"order": cottoncast_order("3AF7", "41")}}
        server.answer(200, json.dumps(document))
        assert [contact(remote.ask("shop", "41", "3AF7", T0)) for _ in range(3)] == [JANE] * 3
        assert len({request.line for request in server.requests}) == 1

        server.answer(hang=True)
        assert "no whole answer within 0.4 s" in remote.ask("shop", "41", "3AF7", T0).detail
        remote.close()


def test_a_server_without_tls_is_told_from_one_that_is_down(api: ShopApi) -> None:
    answer = ask(source(api, url=api.url.replace("http:", "https:")))

    assert answer.kind is DOWN
    assert ": no TLS (" in answer.detail


@pytest.mark.parametrize("header", ["ü€", "a\r\nX-Other: b", "a\0"], ids=repr)
def test_a_header_that_cannot_be_sent_is_trouble_and_no_crash(api: ShopApi, header: str) -> None:
    answer = ask(source(api, headers={"X-Token": header}))

    words = "cottoncast cannot be asked: its url or one of its headers cannot be sent"
    assert answer == Answer(DOWN, detail=words)


def test_a_source_that_lacks_something_is_not_asked(api: ShopApi) -> None:
    words = "COTTONCAST_SECRET is not set"

    assert ask(source(api, lacking=words)) == Answer(DOWN, detail=words)
    assert api.asked == []


def test_a_source_that_is_gone_from_the_rules_is_down(api: ShopApi) -> None:
    assert Remote({}).ask("shop", "41", "3AF7", T0) == Answer(DOWN, detail="shop is no source any more")


def test_a_mistake_of_our_own_is_an_answer_too(api: ShopApi) -> None:
    def failing(ref: str, order_id: str) -> str:
        raise ZeroDivisionError(ref)

    answer = ask(Source("crm", SourceKind.HTTP, address=failing))

    assert answer == Answer(DOWN, detail="crm cannot be asked: notifier itself failed (ZeroDivisionError)")


def test_connections_are_kept(api: ShopApi) -> None:
    remote = Remote({"cottoncast": source(api)})
    for _ in range(100):
        assert remote.ask("cottoncast", "41", "3AF7", T0).kind is FOUND
    remote.close()

    assert (len(api.asked), api.connections) == (100, 1)


def test_several_threads_share_the_connections_and_never_the_answers(api: ShopApi) -> None:
    for number in range(50):
        api.add(f"ID-{number}", ref=str(number), email=f"customer-{number}@example.org")
    remote = Remote({"cottoncast": source(api)})

    def email(number: int) -> str | None:
        found = contact(remote.ask("cottoncast", str(number), f"ID-{number}", T0))
        return found.email if found else None

    with ThreadPoolExecutor(3) as pool:
        emails = list(pool.map(email, list(range(50)) * 4))
    remote.close()

    assert emails == [f"customer-{number}@example.org" for number in range(50)] * 4
    assert api.connections <= 3


def test_what_one_answer_sets_does_not_go_out_with_the_next_question(api: ShopApi) -> None:
    remote = Remote({"cottoncast": source(api)})
    api.trouble(Trouble(200, "{}", headers={"Set-Cookie": "session=jane; Path=/"}))
    remote.ask("cottoncast", "41", "3AF7", T0)
    remote.ask("cottoncast", "41", "3AF7", T0)
    remote.close()

    assert ["cookie" in asked.headers for asked in api.asked] == [False, False]


def test_a_server_that_comes_back_is_asked_again(api: ShopApi) -> None:
    remote = Remote({"cottoncast": source(api)})
    assert remote.ask("cottoncast", "41", "3AF7", T0).kind is FOUND
    api.stop()
    assert remote.ask("cottoncast", "41", "3AF7", T0).kind is DOWN
    api.start()
    assert remote.ask("cottoncast", "41", "3AF7", T0).kind is FOUND
    remote.close()


def test_a_kept_connection_that_the_server_closed_costs_no_answer(api: ShopApi) -> None:
    remote = Remote({"cottoncast": source(api)})
    for _ in range(3):
        assert remote.ask("cottoncast", "41", "3AF7", T0).kind is FOUND
        api.hang_up()
    remote.close()

    assert (len(api.asked), api.connections) == (3, 3)


def test_a_proxy_in_the_environment_is_not_asked(api: ShopApi, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{refused_port()}")

    assert ask(source(api)).kind is FOUND


def test_connections_end_with_the_last_who_can_ask(api: ShopApi) -> None:
    """No warning of an unclosed socket: the test run takes one for a failure."""
    remote = Remote({"cottoncast": source(api)})
    assert remote.ask("cottoncast", "41", "3AF7", T0).kind is FOUND
    del remote


def test_an_idle_connection_is_dropped_before_apache_does_it() -> None:
    assert KEEP_ALIVE < 5


@pytest.mark.parametrize(
    "trouble", [None, HTML, SILENT, CUT, Trouble(401), Trouble(404), Trouble(500)], ids=repr
)
def test_no_answer_speaks_of_paths_people_or_secrets(api: ShopApi, trouble: Trouble | None) -> None:
    api.trouble(trouble)

    for kind in (SourceKind.COTTONCAST, SourceKind.WOOCOMMERCE):
        detail = ask(source(api, kind, timeout=SOON), "987654321", "SECRET-ID").detail
        assert detail
        assert not re.search(r"987654321|SECRET-ID|/order|shop-user|shop-secret|jane", detail)
