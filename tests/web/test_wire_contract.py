"""The contract on the wire, row by row, against the real server."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.web.serving import (
    HOOK,
    SECOND_SECRET,
    SECRET,
    SEED,
    Web,
    assert_error,
    parsed,
    read_all,
    signed,
    update,
)

LIMIT = 262_144
"""The largest body that is accepted by default, in bytes."""


# --- 200: recorded -------------------------------------------------------------------------------


def test_the_seeds_example_for_a_known_order_is_recorded_and_answered_as_printed(web: Web) -> None:
    web.register("41")
    response = web.post(SEED)
    assert response.status_code == 200
    assert response.content == b'{"status":"ok"}'
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-length"] == "15"
    assert web.rows("SELECT state, order_id, code, event_at, body FROM updates WHERE ref = '41'") == [
        ("undecided", "3AF7", "C", 1622007287.0, SEED)
    ]


@pytest.mark.parametrize("path", [HOOK, HOOK + "/", HOOK + "?shop=1", "/cottoncast/order%73tatus"])
def test_the_path_may_be_spelled_with_a_slash_a_query_or_escapes(web: Web, path: str) -> None:
    ref = f"path {path}"
    web.register(ref.replace("/", "%2F").replace("?", "%3F").replace("%73", "%2573"))
    response = web.post(update(ref), path)
    assert (response.status_code, response.content) == (200, b'{"status":"ok"}')
    assert web.count(ref) == 1


@pytest.mark.parametrize(
    "content_type",
    [None, "application/json", "application/x-www-form-urlencoded", "text/plain; charset=latin1", "nonsense"],
)
def test_any_content_type_is_taken(web: Web, content_type: str | None) -> None:
    ref = f"type {content_type}"
    headers = {"Content-Type": content_type} if content_type else {}
    response = web.post(update(ref), **headers)
    assert_error(response, 404)
    assert web.count(ref) == 1


def test_the_raw_body_is_kept_byte_for_byte(web: Web) -> None:
    body = (
        b'\xef\xbb\xbf{ "ref":"raw" ,\r\n\t"status":{"code":"C","timestamp":1.0e9},'
        b'"\\u00e9":"\xc3\xa9\\/",  "x":[ ] }\n\n'
    )
    web.post(body)
    assert web.rows("SELECT body FROM updates WHERE ref = 'raw'") == [(body,)]


def test_a_chunked_body_is_read_like_any_other(web: Web) -> None:
    body = update("chunked")
    response = web.http.post(HOOK, content=iter([body[:10], body[10:]]), headers=signed(body))
    assert response.request.headers["transfer-encoding"] == "chunked"
    assert_error(response, 404)
    assert web.rows("SELECT body FROM updates WHERE ref = 'chunked'") == [(body,)]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("ref as a number", {"ref": 7001}),
        ("time as digits", {"status": {"code": "C", "timestamp": "1622007287"}}),
        ("time as ISO 8601", {"status": {"code": "C", "timestamp": "2021-05-26T07:34:47+02:00"}}),
        ("no time", {"status": {"code": "C"}}),
        ("shipments null", {"shipments": None}),
        ("shipments with a gap", {"shipments": {"3": {"trackingcode": "3S", "new": 1}}}),
        ("unknown letter", {"status": {"code": "F", "timestamp": 1}}),
        ("unknown fields", {"surprise": {"a": [1, None]}}),
    ],
)
def test_php_spellings_are_recorded(web: Web, name: str, changes: dict[str, object]) -> None:
    body = update(**({"ref": name} | changes))
    assert_error(web.post(body), 404)
    assert web.rows("SELECT body FROM updates WHERE ref = ?", str(changes.get("ref", name))) == [(body,)]


ODD_FIELDS: dict[str, dict[str, object]] = {
    **{
        f"timestamp {given}": {"status": {"code": "C", "timestamp": given}}
        for given in [False, "0000-00-00 00:00:00", -62169984000, 1622007287000, "1622007287000", "soon", []]
    },
    "trackingurl false": {"shipments": [{"trackingcode": "3S", "trackingurl": False}]},
    "shipments false": {"shipments": False},
    "carrier false": {"shipments": [{"trackingcode": "3S", "carrier": False}]},
    "code beyond 64 bits": {"shipments": [{"trackingcode": 340434188126731234567890}]},
    "code as a float": {"shipments": [{"trackingcode": 3.4e23, "trackingurl": "https://t.example/1"}]},
    "new 1.0": {"shipments": [{"trackingcode": "3S", "new": 1.0}]},
    "link with a blank": {"shipments": [{"trackingurl": "https://t.example/a b?x=1&amp;y=2 "}]},
    "code as its label": {"status": {"code": "Collected", "timestamp": 1622007287}},
    "orderID a list": {"orderID": ["3AF7"]},
    "numbers beyond reason": {"extra": [10**400, -(10**40)]},
}


@pytest.mark.parametrize("name", ODD_FIELDS)
def test_one_odd_field_does_not_lose_an_update(web: Web, name: str) -> None:
    body = update(name, **ODD_FIELDS[name])
    for _ in range(2):
        assert_error(web.post(body), 404, f"Order {name} not found")
    assert web.rows("SELECT code, body FROM updates WHERE ref = ?", name) == [("C", body)]


def test_a_reference_with_a_point_is_the_order_without_it(web: Web) -> None:
    body = update("X").replace(b'"X"', b"7300.0")
    assert_error(web.post(body), 404, "Order 7300 not found")
    assert web.count("7300") == 1


def test_what_could_not_be_read_is_on_record_and_counted_by_its_kind(web: Web) -> None:
    line = 'notifier_update_fields_unread_total{kind="not_a_time"} '

    def counted() -> float:
        return float(web.http.get("/metrics").text.partition(line)[2].partition("\n")[0])

    web.register("noted")
    before = counted()
    for _ in range(2):
        assert web.post(update("noted", status={"code": "C", "timestamp": "canary"})).status_code == 200
    assert counted() == before + 1
    ((notes,),) = web.rows("SELECT notes FROM updates WHERE ref = 'noted'")
    ((field, kind, _),) = json.loads(notes)
    assert (field, kind) == ("status.timestamp", "not_a_time")
    assert "canary" not in notes


def test_a_thousand_repeats_in_twenty_threads_are_all_answered_and_recorded_once(web: Web) -> None:
    web.register("again")
    body = update("again")
    answers: list[tuple[int, bytes]] = []

    def repeat() -> None:
        line = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
        for _ in range(50):
            line.request("POST", HOOK, body, signed(body))
            response = line.getresponse()
            answers.append((response.status, response.read()))
        line.close()

    threads = [threading.Thread(target=repeat) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(200, b'{"status":"ok"}')] * 1000
    assert web.count("again") == 1


def test_the_same_update_in_another_spelling_is_recorded_once(web: Web) -> None:
    web.register("spelled")
    for body in (
        update("spelled"),
        update("spelled", status={"timestamp": "2021-05-26T05:34:47Z", "code": "C"}),
        update("spelled", status={"code": "C", "timestamp": "1622007287"}, later_field=True),
    ):
        assert web.post(body).status_code == 200
    assert web.count("spelled") == 1


# --- 404: order not known ------------------------------------------------------------------------


def test_an_unknown_order_is_answered_as_printed_and_held_until_it_becomes_known(web: Web) -> None:
    for _ in range(3):
        response = web.post(update("4100"))
        assert response.status_code == 404
        assert response.content == b'{"status":"error","message":"Order 4100 not found"}'
        assert response.headers["content-type"] == "application/json"
    assert web.rows("SELECT state FROM updates WHERE ref = '4100'") == [("held",)]

    registered = web.register("4100")
    assert (registered.status_code, registered.json()["released"]) == (201, 1)
    assert web.rows("SELECT state FROM updates WHERE ref = '4100'") == [("undecided",)]
    assert web.post(update("4100")).content == b'{"status":"ok"}'
    assert web.count("4100") == 1


@pytest.mark.parametrize("ref", ['4"1\\', "№ 41/é", "x" * 200, "{{ 7*7 }}"])
def test_the_reference_in_the_message_is_the_one_that_was_sent(web: Web, ref: str) -> None:
    assert_error(web.post(update(ref)), 404, f"Order {ref} not found")


# --- 401: signature ------------------------------------------------------------------------------


BODY = update("signature")
GOOD = signed(BODY)["Cottoncast-Authentication"]


@pytest.mark.parametrize(
    "header",
    [
        None, b"", b"wrong", GOOD[:-1].encode(), GOOD.encode() + b"0", b"sha256=" + GOOD.encode(),
        GOOD.encode() + b", " + GOOD.encode(), "é".encode() * 32, b"\xff" * 64,
        signed(BODY + b" ")["Cottoncast-Authentication"].encode(),
        signed(BODY, "not-the-secret")["Cottoncast-Authentication"].encode(),
    ],
)  # fmt: skip
def test_a_signature_that_is_missing_or_wrong_is_refused_and_only_counted(
    web: Web, header: bytes | None
) -> None:
    before = web.counter("unsigned")
    headers = [(b"Cottoncast-Authentication", header)] if header is not None else []
    response = web.http.post(HOOK, content=BODY, headers=headers)
    assert_error(response, 401, "the header Cottoncast-Authentication is missing or does not fit the body")
    assert web.count("signature") == 0
    assert web.counter("unsigned") == before + 1


def test_the_signature_is_judged_before_the_body(web: Web) -> None:
    assert_error(web.http.post(HOOK, content=b"not JSON"), 401)
    assert_error(web.http.post(HOOK, content=b""), 401)


@pytest.mark.parametrize("secret", [SECRET, SECOND_SECRET])
def test_each_of_several_secrets_is_good(web: Web, secret: str) -> None:
    body = update(f"secret {secret}")
    assert_error(web.http.post(HOOK, content=body, headers=signed(body, secret)), 404)
    assert web.count(f"secret {secret}") == 1


@pytest.mark.parametrize(
    "written", [str.upper, lambda s: f"  {s}\t", str.title], ids=["upper", "spaces", "title"]
)
def test_a_signature_may_be_in_capitals_and_between_spaces(
    web: Web, written: Callable[[str], str], request: pytest.FixtureRequest
) -> None:
    ref = request.node.callspec.id
    body = update(ref)
    header = written(signed(body)["Cottoncast-Authentication"])
    head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    head += f"Connection: close\r\nCottoncast-Authentication:{header}\r\n\r\n"
    assert_error(parsed(web.raw(head.encode() + body)), 404, f"Order {ref} not found")
    assert web.count(ref) == 1


# --- 400: not understood -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is not JSON: Expecting value (line 1, column 1)"),
        (b"ref=41", "the body is not JSON: Expecting value (line 1, column 1)"),
        (SEED[:-9], "the body is not JSON: Expecting ',' delimiter"),
        (b"[]", "the body must be a JSON object, not a list"),
        (b"\xff\xfe", "the body is not valid UTF-8 (byte 0)"),
        (b'{"ref":"4\xe91"}', "the body is not valid UTF-8 (byte 9)"),
        (b"{}", "ref: missing; it must hold the order reference"),
        (update(None), "ref: missing; it must hold the order reference"),
        (update(["41"]), "ref: must be text or a whole number, not a list"),
        (update(True), "ref: must be text or a whole number, not true or false"),
        (update("4\x001"), "ref: a NUL character is not allowed"),
        (update("\ud800"), "ref: a lone surrogate is not a character"),
        (update("r" * 201), "ref: is 201 characters long; at most 200 are accepted"),
        (update(10**200), "ref: is 201 characters long; at most 200 are accepted"),
        (update(status=None), "status: missing; it must be an object with code and timestamp"),
        (update(status="C"), "status: must be an object with code and timestamp, not text"),
        (update(status={}), "status.code: missing; it must hold a status code such as C"),
        (update(status={"code": {}}), "status.code: must be text or a whole number, not an object"),
        (b'{"ref":"1","ref":"2"}', "the key 'ref' stands there more than once"),
        (b'{"a":' * 50_000, "lists and objects are nested deeper than 32 levels"),
        (b"[" * 250_000, "lists and objects are nested deeper than 32 levels"),
        (b'{"ref":' + b"1" * 100_000 + b"}", "ref: is 100000 characters long; at most 200 are accepted"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_the_field_named(web: Web, body: bytes, message: str) -> None:
    recorded = web.rows("SELECT count(*) FROM updates WHERE id > 0")
    before = web.counter("refused")
    response = web.post(body)
    assert_error(response, 400)
    assert response.json()["message"].startswith(message)
    assert web.rows("SELECT count(*) FROM updates WHERE id > 0") == recorded
    assert web.counter("refused") == before + 1


@pytest.mark.parametrize(
    "end",
    [b"", b"zz\r\n", b"5\r\nab", b"-1\r\n\r\n", b"0"],
    ids=["no last chunk", "no size", "half a chunk", "negative", "half the last chunk"],
)
def test_a_body_that_breaks_off_is_not_recorded(web: Web, end: bytes, request: pytest.FixtureRequest) -> None:
    """It is whole JSON with a good signature, and the sender went away before the end of the request."""
    ref = request.node.callspec.id
    body = update(ref)
    with web.connect() as line:
        head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in signed(body).items())
        line.sendall(f"{head}\r\n{len(body):x}\r\n".encode() + body + b"\r\n" + end)
        line.shutdown(socket.SHUT_WR)
        answer = read_all(line)
    assert answer == b"" or parsed(answer).status_code == 400
    assert_error(web.post(update(f"after {ref}")), 404)  # the server has seen both by now
    assert web.count(f"after {ref}") == 1
    assert web.count(ref) == 0


def test_a_body_of_a_stated_length_that_breaks_off_is_not_recorded(web: Web) -> None:
    body = update("short")
    with web.connect() as line:
        head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body) + 5}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in signed(body).items())
        line.sendall(f"{head}\r\n".encode() + body)
        line.shutdown(socket.SHUT_WR)
        read_all(line)
    assert_error(web.post(update("after short")), 404)
    assert web.count("short") == 0


# --- 413: too large ------------------------------------------------------------------------------


def sized(ref: str, size: int) -> bytes:
    body = update(ref, padding="")
    return body.replace(b'"padding": ""', b'"padding": "' + b"x" * (size - len(body)) + b'"')


def test_a_body_of_just_the_limit_is_taken(web: Web) -> None:
    body = sized("just", LIMIT)
    assert len(body) == LIMIT
    assert_error(web.post(body), 404)
    assert web.rows("SELECT length(body) FROM updates WHERE ref = 'just'") == [(LIMIT,)]


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("size", [LIMIT + 1, 2_000_000, 20_000_000])
def test_a_larger_body_is_refused_and_the_connection_goes_on(web: Web, size: int, framing: str) -> None:
    body = sized("large", size)
    with web.connect() as line:
        head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in signed(body).items())
        if framing == "length":
            sent = f"{head}Content-Length: {size}\r\n\r\n".encode() + body
        else:
            sent = f"{head}Transfer-Encoding: chunked\r\n\r\n{size:x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
        line.sendall(sent)  # all of it, before a byte of the answer is read
        response, told = answer_on(line)
        assert (response.status, response.getheader("Content-Type")) == (413, "application/json")
        assert json.loads(told) == {"status": "error", "message": f"the body is larger than {LIMIT} bytes"}
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        response, told = answer_on(line)
        assert (response.status, told) == (200, b'{"status":"ok"}')
    assert web.count("large") == 0


@pytest.mark.parametrize("expect", ["100-continue", ""])
@pytest.mark.parametrize("chunked", [False, True])
def test_curl_reads_the_refusal_of_a_large_body(web: Web, tmp_path: Path, expect: str, chunked: bool) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * 5_000_000)
    command = ["curl", "-sS", "-w", "\n%{http_code} %{content_type}", "--data-binary", f"@{large}"]
    command += ["-H", f"Expect: {expect}"] if expect else ["-H", "Expect:"]
    command += ["-H", "Transfer-Encoding: chunked"] if chunked else []
    done = subprocess.run([*command, web.url + HOOK], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    told, _, outcome = done.stdout.rpartition("\n")
    assert outcome == "413 application/json"
    assert json.loads(told) == {"status": "error", "message": f"the body is larger than {LIMIT} bytes"}


def test_who_asks_first_is_told_to_go_on(web: Web) -> None:
    body = update("expected")
    with web.connect() as line:
        line.sendall(
            f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n"
            f"Cottoncast-Authentication: {signed(body)['Cottoncast-Authentication']}\r\n\r\n".encode()
        )
        assert line.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(body)
        response, _ = answer_on(line)
    assert response.status == 404
    assert web.count("expected") == 1


# --- 405 and 404: other methods and paths --------------------------------------------------------


@pytest.mark.parametrize(
    "method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "FOO", "PROPFIND", "HEAD"]
)
@pytest.mark.parametrize("path", [HOOK, HOOK + "/"])
def test_other_methods_are_refused_with_the_one_that_is_allowed(web: Web, method: str, path: str) -> None:
    response = web.http.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    if method == "HEAD":
        assert response.content == b""
    else:
        assert_error(response, 405, f"{method} is not allowed here")


def test_a_method_in_small_letters_is_none(web: Web) -> None:
    answer = web.raw(f"post {HOOK} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert_error(parsed(answer), 400, "malformed request: post")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/orders/41", "DELETE, GET, PUT"),
        ("/healthz", "GET, HEAD"),
        ("/readyz", "GET, HEAD"),
        ("/metrics", "GET"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS", "FOO"])
def test_the_other_resources_name_their_methods_too(web: Web, method: str, path: str, allowed: str) -> None:
    response = web.http.request(method, path)
    assert_error(response, 405, f"{method} is not allowed here")
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "FOO"])
@pytest.mark.parametrize(
    "path",
    ["/", "/cottoncast", HOOK + "/x", "/cottoncast//orderstatus", HOOK.upper(), "/%ff", "/order", "/.env"],
)
def test_other_paths_are_not_found(web: Web, method: str, path: str) -> None:
    assert_error(web.http.request(method, path), 404, "there is nothing at this path")


@pytest.mark.parametrize(("method", "path"), [("POST", "/nothing"), ("PUT", HOOK), ("PUT", "/orders/41")])
def test_a_refusal_that_needs_no_body_can_be_read_after_sending_one(web: Web, method: str, path: str) -> None:
    with web.connect() as line:
        line.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n".encode())
        line.sendall(b"x" * 20_000_000)
        response, told = answer_on(line)
    assert response.status in (401, 404, 405)
    assert json.loads(told)["status"] == "error"


def test_a_request_to_upgrade_is_answered_like_any_other(web: Web) -> None:
    response = web.http.get(
        HOOK,
        headers={
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
    )  # fmt: skip
    assert_error(response, 405)


def answer_on(line: object) -> tuple[http.client.HTTPResponse, bytes]:
    """Read one answer from a plain connection."""
    response = http.client.HTTPResponse(line)  # type: ignore[arg-type]
    response.begin()
    return response, response.read()
