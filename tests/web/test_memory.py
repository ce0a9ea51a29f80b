"""What strangers can make the web process hold: connections, heads, bodies and answers that nobody reads."""

from __future__ import annotations

import fcntl
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.web.serving import (
    HOOK,
    Web,
    assert_error,
    clean_environment,
    parsed,
    read_all,
    resident,
    signed,
    update,
    wait_until,
)

WELL_FORMED = "a" * 64
"""A signature of the right form; whether it fits is known once the body is whole."""

LARGE = 200_000


def head(length: int, *headers: str) -> bytes:
    lines = [f"POST {HOOK} HTTP/1.1", "Host: x", f"Content-Length: {length}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@contextmanager
def connections(web: Web, number: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(web.connect()) for _ in range(number)]


@pytest.mark.parametrize(
    "authentication",
    [(), ("Cottoncast-Authentication: abc",), (f"Cottoncast-Authentication: {WELL_FORMED}",)],
    ids=["missing", "malformed", "wrong"],
)
def test_bodies_that_stop_before_their_last_byte_take_little_memory(
    tmp_path: Path, authentication: tuple[str, ...]
) -> None:
    sent = head(262_144, *authentication) + b"{" * 262_143
    with Web(tmp_path, constants={"notifier.web.budget.MOST": 4_000_000}) as web:
        before = resident(web)
        with connections(web, 200) as lines:
            with ThreadPoolExecutor(20) as senders:
                list(senders.map(lambda line: line.sendall(sent), lines))
            assert_error(web.post(update("between")), 404, "Order between not found")
            assert resident(web) - before < 35  # they have sent 52 MB


def test_beyond_the_budget_large_bodies_are_asked_to_come_again_and_small_ones_are_taken(
    tmp_path: Path,
) -> None:
    body = update("large", padding="x" * LARGE)
    head_of_it = head(len(body), *(f"{name}: {value}" for name, value in signed(body).items()))
    with Web(tmp_path, constants={"notifier.web.budget.MOST": 2 * LARGE}) as web:
        with connections(web, 3) as lines:
            for line in lines:
                line.sendall(head_of_it + body[:-1])
                assert_error(web.post(update("small")), 404, "Order small not found")
            lines[2].sendall(body[-1:])
            answer = parsed(read_all(lines[2]))
            assert_error(answer, 503, "too much is being received at the moment")
            assert answer.headers["retry-after"] == "10"
            assert web.counter("unavailable") == 1
            lines[0].sendall(body[-1:])
            assert_error(parsed(read_all(lines[0])), 404, "Order large not found")
        # What was held by those who left is free again.
        assert_error(web.post(update("later", padding="x" * LARGE)), 404, "Order later not found")


def test_a_body_without_a_usable_signature_takes_nothing_of_the_budget(tmp_path: Path) -> None:
    body = update("unsigned", padding="x" * LARGE)
    with Web(tmp_path, constants={"notifier.web.budget.MOST": 1}) as web:
        for value in ("", "0" * 63, "g" * 64):
            # On a connection of its own: what comes right behind an answer counts as pipelined.
            request = head(len(body), f"Cottoncast-Authentication: {value}") + body
            assert_error(parsed(web.raw(request)), 401)
        assert_error(web.post(body), 503)


def test_a_head_has_a_size_and_heads_share_the_budget(tmp_path: Path) -> None:
    field = b"X: " + b"a" * 7_000 + b"\r\n"
    start = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    with Web(tmp_path, constants={"notifier.web.budget.MOST": 60_000}) as web:
        assert_error(parsed(web.raw(start + field * 5)), 431, "the headers are too large")
        with connections(web, 3) as lines:
            for line in lines[:2]:
                line.sendall(start + field * 4)
            wait_until(lambda: web.http.get("/healthz").status_code == 200, "an answer")
            lines[2].sendall(start + field * 4)
            answer = parsed(read_all(lines[2]))
            assert_error(answer, 503, "too much is being received at the moment")
            assert answer.headers["retry-after"] == "10"
        assert web.raw(start + field * 4 + b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_requests_behind_one_that_is_being_answered_share_the_budget(tmp_path: Path) -> None:
    body = update("first")
    request = head(len(body), *(f"{name}: {value}" for name, value in signed(body).items()))
    request = request.replace(b"Connection: close\r\n", b"")
    with Web(tmp_path, constants={"notifier.web.budget.MOST": 20_000}) as web, web.connect() as line:
        line.sendall(request + body + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 2_000)
        assert read_all(line).count(b"HTTP/1.1 503 ") == 1
        assert_error(web.post(update("after")), 404)


def test_who_does_not_read_its_answers_is_cut_off(tmp_path: Path) -> None:
    patience = {"notifier.web.connection.LONGEST_REQUEST": 0.5}
    with Web(tmp_path, constants=patience) as web, web.connect() as line:
        line.settimeout(5)
        many = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000
        with pytest.raises((TimeoutError, ConnectionError)):
            send_for_ever(line, many)
        wait_until(lambda: count_connections(web) <= 1, "the end of the connection")


def send_for_ever(line: socket.socket, data: bytes) -> None:
    while True:
        line.sendall(data)


def count_connections(web: Web) -> int:
    (worker,) = web.workers
    links = [str(fd.readlink()) for fd in Path(f"/proc/{worker}/fd").iterdir() if fd.is_symlink()]
    established = Path("/proc/net/tcp").read_text().splitlines()[1:]
    here = {f"socket:[{row.split()[9]}]" for row in established if row.split()[3] in ("01", "08")}
    return sum(link in here for link in links)


def test_beyond_the_most_connections_the_oldest_that_waits_for_its_client_is_closed(tmp_path: Path) -> None:
    with Web(tmp_path, constants={"notifier.web.worker.MOST_CONNECTIONS": 10}) as web:
        with connections(web, 40) as lines:
            for line in lines:
                line.sendall(b"GET / HTTP/1.1\r\nHost")
            assert all(line.recv(100) == b"" for line in lines[:30])
            assert_error(web.post(update("crowded")), 404, "Order crowded not found")
            assert count_connections(web) <= 10
        assert_error(web.post(update("after the crowd")), 404)


def test_an_unfinished_body_gives_way_with_an_answer(tmp_path: Path) -> None:
    constants = {"notifier.web.worker.MOST_CONNECTIONS": 5}
    with Web(tmp_path, constants=constants) as web, web.connect() as line:
        line.sendall(head(100, f"Cottoncast-Authentication: {WELL_FORMED}") + b"{")
        wait_until(lambda: web.http.get("/healthz").status_code == 200, "an answer")
        with connections(web, 10):
            answer = parsed(read_all(line))
        assert_error(answer, 503, "too many connections")
        assert answer.headers["retry-after"] == "10"


def test_where_all_connections_are_being_answered_one_more_is_asked_to_come_again(tmp_path: Path) -> None:
    constants = {"notifier.web.worker.MOST_CONNECTIONS": 4}
    body = update("waiting")
    request = head(len(body), *(f"{name}: {value}" for name, value in signed(body).items())) + body
    with Web(tmp_path, constants=constants) as web:
        web.http.close()
        wait_until(lambda: count_connections(web) == 0, "the end of the first connection")
        with web.database.with_name("n.db.lock").open() as file, connections(web, 4) as lines:
            fcntl.flock(file, fcntl.LOCK_EX)
            for line in lines:
                line.sendall(request)
            wait_until(lambda: count_connections(web) == 4, "four connections")
            answer = parsed(web.raw(b""))
            assert_error(answer, 503, "too many connections")
            assert answer.headers["retry-after"] == "10"
            fcntl.flock(file, fcntl.LOCK_UN)
            told = [json.loads(read_all(line).partition(b"\r\n\r\n")[2]) for line in lines]
        assert told == [{"status": "error", "message": "Order waiting not found"}] * 4


def test_what_connections_that_broke_off_leave_behind_does_not_pile_up(tmp_path: Path) -> None:
    """Each leaves some cycles, which live for some seconds, so that they are no young objects any more."""
    program = """
import asyncio, gc, os
from notifier.bootstrap import web
from notifier.config.settings import read_settings

class Left:
    alive = most = 0
    def __init__(self):
        self.me = self
        Left.alive += 1
    def __del__(self):
        Left.alive -= 1

web.COLLECT_AFTER = 1_000
asyncio.set_event_loop(asyncio.new_event_loop())
web.web_server(read_settings(os.environ), None).load()
connections = [None] * 2_000
for number in range(100_000):
    connections[number % len(connections)] = Left()
    Left.most = max(Left.most, Left.alive)
print(Left.most)
"""
    settings = {"NOTIFIER_DATABASE": f"sqlite:///{tmp_path}/n.db", "NOTIFIER_WEBHOOK_SECRET": "first-secret"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=clean_environment(**settings), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 20_000
