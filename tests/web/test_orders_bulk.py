"""`POST /orders` on the real server: many orders as JSON lines, a result for each."""

from __future__ import annotations

import fcntl
import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.web.serving import TOKEN, Web, assert_error, parsed, read_all, resident, update, wait_until

API = {"Authorization": f"Bearer {TOKEN}"}


def line(ref: object, **more: Any) -> bytes:
    return json.dumps({"ref": ref} | more).encode() + b"\n"


def orders(prefix: str, count: int) -> list[bytes]:
    """Return lines that a shop would send."""
    return [
        line(f"{prefix}-{n}", orderID=f"3AF{n}", contact={"email": f"c{n}@example.org", "country": "NL"})
        for n in range(count)
    ]


def post(web: Web, content: bytes | Iterable[bytes]) -> httpx.Response:
    response = web.http.post("/orders", content=content, headers=API)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/x-ndjson")
    return response


def told(answer: bytes | httpx.Response) -> list[dict[str, Any]]:
    """Return the lines of an answer."""
    body = answer if isinstance(answer, bytes) else answer.content
    assert body.endswith(b"\n")
    return [json.loads(text) for text in body.splitlines()]


def count(web: Web, prefix: str) -> int:
    return int(web.rows("SELECT count(*) FROM orders WHERE ref LIKE ?", f"{prefix}-%")[0][0])


def open_request(web: Web, framing: bytes) -> socket.socket:
    """Send the head of a request."""
    client = web.connect()
    client.sendall(
        f"POST /orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n".encode()
        + framing
        + b"\r\n\r\n"
    )
    return client


def dechunked(body: bytes) -> bytes:
    """Return what a chunked body holds (RFC 9112, section 7.1)."""
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        if (length := int(size, 16)) == 0:
            break
        whole, body = whole + rest[:length], rest[length + 2 :]
    return whole


def test_each_line_is_answered_in_its_order_and_the_end_counts_them(web: Web) -> None:
    web.post(update("few-2"))
    body = (
        line("few-1", contact={"email": "jane@example.org"}, items=[{"name": "Poster"}])
        + b"\n"
        + line("few-2")
        + line("few-3", contact={"email": "jane@"})
        + b"{nonsense\n"
        + line(4)
        + line("few-1").rstrip(b"\n")
    )
    assert told(post(web, body)) == [
        {"line": 1, "ref": "few-1", "status": "ok", "new": True, "released": 0},
        {"line": 3, "ref": "few-2", "status": "ok", "new": True, "released": 1},
        {
            "line": 4,
            "ref": "few-3",
            "status": "ok",
            "new": True,
            "released": 0,
            "unusable": [
                {
                    "field": "contact.email",
                    "reason": "malformed",
                    "message": "There must be something after the @-sign",
                }
            ],
        },
        {
            "line": 5,
            "status": "error",
            "message": "the line is not JSON: Expecting property name enclosed in double quotes"
            " (line 1, column 2)",
        },
        {"line": 6, "ref": "4", "status": "ok", "new": True, "released": 0},
        {"line": 7, "ref": "few-1", "status": "ok", "new": False, "released": 0},
        {"done": True, "accepted": 5, "refused": 1},
    ]
    found = web.http.get("/orders/few-1", headers=API).json()["order"]
    assert (found["contact"]["email"], found["items"]) == (None, []), "the last word on an order wins"


@pytest.mark.parametrize("body", [b"", b"\n", b"\r\n \n"])
def test_an_empty_body_is_no_mistake(web: Web, body: bytes) -> None:
    assert told(post(web, body)) == [{"done": True, "accepted": 0, "refused": 0}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(b"[]", "ref: is missing", id="an empty list"),
        pytest.param(b"{}", "ref: is missing", id="nothing"),
        pytest.param(b"41", "must be a JSON object", id="a number"),
        pytest.param(b'{"ref":"a\\u0000b"}', "ref: holds a control character", id="NUL"),
        pytest.param(b'{"ref":"\\ud800"}', "ref: holds a control character", id="surrogate"),
        pytest.param(b'{"ref":"\xff"}', "the line is not valid UTF-8 (byte 8)", id="not UTF-8"),
        pytest.param(b'{"ref":"1","ref":"2"}', "the key 'ref' stands there more than once", id="twice"),
        pytest.param(b"[" * 100_000, "lists and objects are nested deeper than 32 levels", id="deep"),
        pytest.param(b'{"ref":"1"} {"ref":"2"}', "the line is not JSON: Extra data (line 1, column 13)",
                     id="two"),
        pytest.param(b"\x00" * 1000, "the line is not JSON: Expecting value (line 1, column 1)", id="zeroes"),
        pytest.param(b'{"ref":"1","contact":{"name":"' + b"y" * 300_000 + b'"}}',
                     "the line is longer than 262144 bytes", id="long"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_refused_alone(web: Web, text: bytes, message: str) -> None:
    answer = told(post(web, line("before") + text + b"\n" + line("after")))
    assert [entry.get("status") for entry in answer] == ["ok", "error", "ok", None]
    assert answer[1] == {"line": 2, "status": "error", "message": message}
    assert answer[-1] == {"done": True, "accepted": 2, "refused": 1}


def test_a_client_may_ask_for_refusals_and_gets_all_problems_of_a_line_at_once(web: Web) -> None:
    body = line("strict-1", contact={"email": "jane@", "phone": "n/a", "country": "NL"}) + line("strict-2")
    answer = told(web.http.post("/orders?strict=1", content=body, headers=API))
    assert answer == [
        {
            "line": 1,
            "status": "error",
            "message": "contact.email: There must be something after the @-sign;"
            " contact.phone: it is not a phone number",
        },
        {"line": 2, "ref": "strict-2", "status": "ok", "new": True, "released": 0},
        {"done": True, "accepted": 1, "refused": 1},
    ]
    assert count(web, "strict") == 1


def test_values_that_cannot_be_stored_cost_themselves_only(web: Web) -> None:
    text = (
        b'{"ref":"odd-1","contact":{"email":"jane@example.org","name":"Jane\\u0000","phone":NaN},"x":1,'
        b'"attributes":{"a":NaN,"b":"c","d":12345678901234567890123}}\n'
        b'{"ref":12345678901234567890123,"contact":{"email":"a@x.org","email":"b@x.org","locale":"nl"}}\n'
    )
    first, second, end = told(post(web, text))
    assert [flaw["field"] for flaw in first["unusable"]] == [
        "x",
        "contact.name",
        "contact.phone",
        "attributes.a",
    ]
    assert (second["ref"], [flaw["field"] for flaw in second["unusable"]]) == (
        "12345678901234567890123",
        ["contact.email"],
    )
    assert end == {"done": True, "accepted": 2, "refused": 0}
    found = web.http.get("/orders/odd-1", headers=API).json()["order"]
    assert (found["contact"]["name"], found["contact"]["email"]) == ("Jane", "jane@example.org")
    assert found["attributes"] == {"b": "c", "d": "12345678901234567890123"}


@pytest.mark.parametrize("header", [None, "Bearer wrong"])
def test_without_the_token_nothing_is_registered(web: Web, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    response = web.http.post("/orders", content=b"".join(orders("secret", 500)), headers=headers)
    assert_error(response, 401, "the bearer token is missing or wrong")
    assert response.headers["www-authenticate"] == "Bearer"
    assert count(web, "secret") == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_there_is_nothing_else_at_this_path(web: Web, method: str) -> None:
    response = web.http.request(method, "/orders", headers=API)
    assert_error(response, 405)
    assert response.headers["allow"] == "POST"


def test_a_client_may_send_everything_before_it_reads(web: Web) -> None:
    """The answer is larger than what sockets hold, so whoever waits for its reader would never end."""
    count_of_lines = 150_000
    body = b"".join(b"{}\n" for _ in range(count_of_lines)) + b"".join(orders("first", 5000))
    with open_request(web, b"Connection: close\r\nContent-Length: %d" % len(body)) as client:
        client.sendall(body)
        wait_until(lambda: count(web, "first") == 5000, "the last order's registration", 60)
        _, _, answer = read_all(client).partition(b"\r\n\r\n")
    results = told(dechunked(answer))
    assert [entry["line"] for entry in results[:-1]] == list(range(1, count_of_lines + 5001))
    assert results[-1] == {"done": True, "accepted": 5000, "refused": count_of_lines}


def test_of_a_client_that_does_not_read_no_more_is_read_and_the_rest_comes_when_it_does(
    tmp_path: Path,
) -> None:
    constants = {"notifier.web.bulk.UNREAD": 100_000}
    body = b"1\n" * 300_000 + line("last")  # each of these lines has a result fifty times its size
    with (
        Web(tmp_path, constants=constants) as web,
        open_request(web, b"Connection: close\r\nContent-Length: %d" % len(body)) as client,
    ):
        before = resident(web)
        sending = threading.Thread(target=client.sendall, args=(body,))
        sending.start()
        time.sleep(2)  # nothing may happen any more
        assert resident(web) - before < 12  # the results alone have 20 MB
        assert count(web, "last") == 0
        assert_error(web.post(update("meanwhile")), 404)
        results = told(dechunked(read_all(client).partition(b"\r\n\r\n")[2]))
        sending.join()
        assert results[-1] == {"done": True, "accepted": 1, "refused": 300_000}


def test_a_client_that_never_reads_is_cut_off(tmp_path: Path) -> None:
    constants = {"notifier.web.bulk.UNREAD": 100_000, "notifier.web.connection.LONGEST_REQUEST": 1.0}
    body = b"1\n" * 20_000_000  # more than what sockets hold
    with (
        Web(tmp_path, constants=constants) as web,
        open_request(web, b"Content-Length: %d" % len(body)) as client,
    ):
        with pytest.raises(ConnectionError):
            client.sendall(body)
        assert_error(web.post(update("after")), 404)


def test_results_come_while_the_client_is_still_sending(web: Web) -> None:
    with open_request(web, b"Transfer-Encoding: chunked") as client:
        answer = b""
        for n in range(5):
            chunk = line(f"slow-{n}")
            client.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            while f'"slow-{n}"'.encode() not in answer:
                answer += client.recv(65_536)
        client.sendall(b"0\r\n\r\n")
        while b'"done":true' not in answer:
            answer += client.recv(65_536)
    assert count(web, "slow") == 5


def test_a_client_that_sends_lines_in_pieces_is_understood(web: Web) -> None:
    body = b"".join(orders("pieces", 50))
    results = told(post(web, (body[n : n + 7] for n in range(0, len(body), 7))))
    assert results[-1] == {"done": True, "accepted": 50, "refused": 0}


def test_five_thousand_lines_take_few_transactions(web: Web) -> None:
    results = told(post(web, iter(orders("many", 5000))))
    assert results[-1] == {"done": True, "accepted": 5000, "refused": 0}
    assert [entry["line"] for entry in results[:-1]] == list(range(1, 5001))
    batches = web.rows("SELECT count(DISTINCT updated_at) FROM orders WHERE ref LIKE 'many-%'")[0][0]
    assert 25 <= batches <= 250, "at most 200 lines, and not one for each"


def test_the_webhook_is_answered_while_orders_come_in(web: Web) -> None:
    with open_request(web, b"Transfer-Encoding: chunked") as client:
        body = b"".join(orders("busy", 3000))
        client.sendall(b"%x\r\n%s\r\n" % (len(body), body))
        waits = []
        while count(web, "busy") < 3000:
            before = time.monotonic()
            web.post(update("busy-0"))
            waits.append(time.monotonic() - before)
        client.sendall(b"0\r\n\r\n")
        wait_until(lambda: b'"done":true' in client.recv(65_536), "the end")
    assert max(waits, default=0) < 2


def test_a_client_that_asks_whether_to_go_on_is_told_so(web: Web) -> None:
    """Curl does so before a large body (RFC 9110, section 10.1.1)."""
    body = line("expected")
    with open_request(
        web, b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: %d" % len(body)
    ) as client:
        assert client.recv(65_536).startswith(b"HTTP/1.1 100 ")
        client.sendall(body)
        assert b'"done":true' in read_all(client)


def test_the_connection_serves_on_behind_it(web: Web) -> None:
    assert told(post(web, line("kept")))[-1]["done"] is True
    assert web.http.get("/orders/kept", headers=API).status_code == 200


@pytest.mark.parametrize("framing", [b"Content-Length: 100000", b"Transfer-Encoding: chunked"])
def test_of_a_body_that_breaks_off_what_came_is_registered(web: Web, framing: bytes) -> None:
    prefix = "cut-" + framing.split(b":")[0].decode()
    body = b"".join(orders(prefix, 3)) + b'{"ref":"' + prefix.encode() + b'-half","cont'
    client = open_request(web, framing)
    client.sendall(body if framing.startswith(b"Content") else b"%x\r\n%s\r\n" % (len(body), body))
    client.close()
    wait_until(lambda: count(web, prefix) == 3, "the registration of what came")
    assert web.http.get(f"/orders/{prefix}-half", headers=API).status_code == 404


@pytest.mark.parametrize("end", [b"", b"0"])
def test_a_body_in_chunks_without_the_last_one_is_not_done(web: Web, end: bytes) -> None:
    prefix = f"unended-{end.hex()}"
    body = b"".join(orders(prefix, 3))
    with open_request(web, b"Transfer-Encoding: chunked") as client:
        client.sendall(b"%x\r\n%s\r\n%s" % (len(body), body, end))
        client.shutdown(socket.SHUT_WR)
        answer = read_all(client)
    wait_until(lambda: count(web, prefix) == 3, "the registration of what came")
    assert b'"done":true' not in answer


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Web]:
    constants = {
        "notifier.store.sqlite.database.LOCK_WAIT": 0.5,
        "notifier.web.connection.LONGEST_REQUEST": 1.0,
    }
    with Web(tmp_path, constants=constants) as server:
        yield server
        assert "Traceback" not in server.log


def test_a_locked_database_refuses_whole_batches_and_those_after_it_go_on(own: Web) -> None:
    with open_request(own, b"Connection: close\r\nTransfer-Encoding: chunked") as client:
        with own.database.with_name("n.db.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            early = b"".join(orders("early", 3)) + b"nonsense\n"
            client.sendall(b"%x\r\n%s\r\n" % (len(early), early))
            answer = b""
            while b'"line":4' not in answer:
                answer += client.recv(65_536)
        late = line("late-1")
        client.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(late), late))
        answer += read_all(client)
    results = told(dechunked(answer.partition(b"\r\n\r\n")[2]))
    message = "the database's write lock was held for more than 0.5 s; send this line again after 10 seconds"
    assert results[:3] == [{"line": n, "status": "error", "message": message} for n in (1, 2, 3)]
    assert results[3]["message"].startswith("the line is not JSON")
    assert results[4:] == [
        {"line": 5, "ref": "late-1", "status": "ok", "new": True, "released": 0},
        {"done": True, "accepted": 1, "refused": 4},
    ]
    assert (count(own, "early"), count(own, "late")) == (0, 1)


def test_an_upload_that_takes_long_may_go_on_and_one_that_stalls_may_not(own: Web) -> None:
    steady = line("steady", attributes={"x": "y" * 15_000})
    body = b"".join([steady] * 10)
    with (
        open_request(own, b"Transfer-Encoding: chunked") as client,
        open_request(own, b"Content-Length: 1000") as stalled,
    ):
        begun = time.monotonic()
        while time.monotonic() < begun + 4:
            client.sendall(b"%x\r\n%s\r\n" % (len(body), body))
            time.sleep(0.2)  # the speed of a sender, not a wait for something
        client.sendall(b"0\r\n\r\n")
        answer = b""
        while b'"done":true' not in answer:
            chunk = client.recv(65_536)
            assert chunk, "it was cut off"
            answer += chunk
        assert parsed(answer).status_code == 200
        assert b"done" not in read_all(stalled)
