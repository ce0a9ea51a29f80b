"""Clients that break the protocol, vanish, dawdle or hurry."""

from __future__ import annotations

import json
import socket
import struct

import pytest

from tests.web.serving import HOOK, Web, assert_error, parsed, signed, update, wait_until

POST = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\n".encode()


def request(body: bytes, *headers: str) -> bytes:
    """A signed update as bytes."""
    given = [f"{name}: {value}" for name, value in signed(body).items()] + list(headers)
    head = "\r\n".join([f"POST {HOOK} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *given])
    return head.encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        (b"GARBAGE\r\n\r\n", 400, "malformed request: Invalid request line"),
        (b"GET / HTTP/9.9\r\n\r\n", 400, "malformed request: HTTP/9.9"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed request"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "Request line is too large"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431, "Request header field is too large"),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 65 + b"\r\n", 431, "Too many headers"),
        (POST + b"no colon\r\n\r\n", 400, "malformed request: Missing colon in header"),
        (POST + b"Bad Name: x\r\n\r\n", 400, "malformed request"),
        (POST + b"Content-Length: -3\r\n\r\n", 400, "malformed request: Invalid Content-Length"),
        (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400, "malformed request: Duplicate"),
        (
            POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "malformed request: Content-Length with Transfer-Encoding",
        ),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n", 400, "malformed request: Transfer-Encoding"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400, "malformed request"),
        (POST + b"X: a\rb\r\n\r\n", 400, "malformed request"),
    ],
    ids=lambda value: value[-40:].decode() if isinstance(value, bytes) else str(value),
)  # fmt: skip
def test_malformed_http_is_refused_in_the_same_shape(web: Web, sent: bytes, status: int, words: str) -> None:
    answer = parsed(web.raw(sent))
    assert_error(answer, status)
    assert answer.json()["message"].startswith(words)
    assert answer.headers["connection"] == "close"
    assert answer.reason_phrase


def test_a_second_request_hidden_in_a_body_is_not_answered(web: Web) -> None:
    hidden = request(update("hidden"))
    body = update("outer", hidden=hidden.decode())
    answer = web.raw(request(body, "Connection: close"))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert (web.count("outer"), web.count("hidden")) == (1, 0)


def test_requests_sent_in_one_go_are_all_answered_in_order(web: Web) -> None:
    refs = [f"pipelined-{n}" for n in range(20)]
    last = request(update("pipelined-last"), "Connection: close")
    answer = web.raw(b"".join(request(update(ref)) for ref in refs) + last)
    bodies = [json.loads(part.partition(b"\r\n\r\n")[2]) for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert [told["message"] for told in bodies] == [
        f"Order {ref} not found" for ref in [*refs, "pipelined-last"]
    ]
    assert all(web.count(ref) == 1 for ref in refs)


@pytest.mark.parametrize("abort", [False, True], ids=["closed", "reset"])
def test_a_client_that_leaves_within_its_body_leaves_nothing(web: Web, abort: bool) -> None:
    before = web.counter("refused")
    with web.connect() as line:
        line.sendall(request(update("left"))[:-5])
        if abort:  # a reset instead of an orderly end
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_until(lambda: web.counter("refused") == before + 1, "the broken body's refusal")
    assert web.count("left") == 0
    assert_error(web.post(update("after")), 404)


def test_a_client_that_leaves_before_the_answer_has_its_update_recorded(web: Web) -> None:
    with web.connect() as line:
        line.sendall(request(update("impatient")))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_until(lambda: web.count("impatient") == 1, "the recording")


def test_a_hundred_clients_that_dawdle_hold_nobody_up(web: Web) -> None:
    whole = [request(update(f"slow-{n}"), "Connection: close") for n in range(100)]
    lines = [web.connect() for _ in whole]
    cuts = (10, 60, len(whole[0]) - 30, len(whole[0]) - 1)  # in the request line, a header, the body
    for n, (line, sent) in enumerate(zip(lines, whole, strict=True)):
        line.sendall(sent[: cuts[n % 4]])
    for n in range(50):
        assert_error(web.post(update(f"quick-{n}")), 404)
    assert web.rows("SELECT count(*) FROM updates WHERE ref LIKE 'slow-%'") == [(0,)]
    for n, (line, sent) in enumerate(zip(lines, whole, strict=True)):
        line.sendall(sent[cuts[n % 4] :])
    for n, line in enumerate(lines):
        with line:
            answer = b"".join(iter(lambda line=line: line.recv(65_536), b""))
            assert_error(parsed(answer), 404, f"Order slow-{n} not found")


def test_a_body_that_comes_byte_by_byte_is_recorded_whole(web: Web) -> None:
    body = update("drip")
    with web.connect() as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request(body, "Connection: close"):
            line.sendall(bytes([byte]))
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
    assert_error(parsed(answer), 404, "Order drip not found")
    assert web.rows("SELECT body FROM updates WHERE ref = 'drip'") == [(body,)]


def test_http_1_0_is_answered_and_closed(web: Web) -> None:
    body = update("old")
    answer = web.raw(request(body).replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert b" 404 " in answer.splitlines()[0]
    assert answer.endswith(b'{"status":"error","message":"Order old not found"}')
    assert web.count("old") == 1
