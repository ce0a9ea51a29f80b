"""Stops, reloads and restarts: every request is answered whole or was never accepted, and nothing is lost."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import itertools
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.web.serving import HOOK, Web, signed, update, wait_until


class Senders:
    """Threads that send one update after the other, each over a kept connection.

    Every attempt ends in `held` (404, the order is not known), in `refused` (no connection
    could be made: nothing was sent), or in `broken`, which must not happen.
    """

    def __init__(self, web: Web, threads: int = 8) -> None:
        self.held: list[str] = []
        self.unavailable: list[str] = []
        self.refused = 0
        self.broken: list[str] = []
        self._web = web
        self._numbers = itertools.count()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(threads)]

    def __enter__(self) -> Senders:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, count: int = 200) -> None:
        """Return once so many more updates were answered."""
        enough = len(self.held) + count
        wait_until(lambda: len(self.held) >= enough or self.broken, f"{count} more answers")

    def _send(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._web.port, timeout=30)
        with contextlib.closing(line):
            while not self._over.is_set():
                ref = f"ref-{next(self._numbers)}"
                is_new = line.sock is None  # at first, and after `Connection: close`
                try:
                    if is_new:
                        line.connect()
                except ConnectionRefusedError:
                    self.refused += 1
                    return
                body = update(ref)
                try:
                    line.request("POST", HOOK, body, signed(body))
                    response = line.getresponse()
                    self._judge(ref, response.status, json.loads(response.read()))
                except (OSError, http.client.HTTPException, ValueError) as error:
                    self.broken.append(f"{ref} on a {'new' if is_new else 'kept'} connection: {error!r}")
                    return

    def _judge(self, ref: str, status: int, told: dict[str, str]) -> None:
        if (status, told["message"]) == (404, f"Order {ref} not found"):
            self.held.append(ref)
        elif status == 503:
            self.unavailable.append(ref)
        else:
            self.broken.append(f"{ref}: {status} {told}")


def recorded(web: Web) -> set[str]:
    return {ref for (ref,) in web.rows("SELECT ref FROM updates WHERE id > 0")}


def test_no_request_is_broken_by_reloads(tmp_path: Path) -> None:
    with Web(tmp_path) as web:
        with Senders(web) as senders:
            for _ in range(3):
                senders.wait_for_more()
                web.reload()
            senders.wait_for_more()
        assert senders.broken == []
        assert (senders.refused, senders.unavailable) == (0, [])
        assert recorded(web) == set(senders.held)
        assert "Traceback" not in web.log


def test_no_request_on_a_kept_connection_is_broken_by_a_stop(tmp_path: Path) -> None:
    with Web(tmp_path) as web:
        with Senders(web) as senders:
            senders.wait_for_more()
            assert web.stop() == 0
        # A new connection may still be in the kernel's queue when the port is closed: never accepted.
        assert [why for why in senders.broken if "kept connection" in why] == []
        assert recorded(web) >= set(senders.held)
        assert "Traceback" not in web.log


def test_no_request_is_broken_by_a_restart_behind_a_socket_of_systemd(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        web = Web(tmp_path, inherited=listener)
        with web, Senders(web) as senders:
            senders.wait_for_more()
            for _ in range(2):
                assert web.stop() == 0
                web.process = web.launch()
                senders.wait_for_more()
        assert senders.broken == []
        assert (senders.refused, senders.unavailable) == (0, [])
        assert recorded(web) == set(senders.held)


@contextlib.contextmanager
def held_lock(web: Web) -> Iterator[Callable[[], None]]:
    with web.database.with_name("n.db.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lambda: fcntl.flock(lock, fcntl.LOCK_UN)


def test_updates_on_their_way_to_the_disk_at_a_stop_are_answered_and_kept(tmp_path: Path) -> None:
    with Web(tmp_path) as web, contextlib.ExitStack() as open_lines:
        lines = [http.client.HTTPConnection("127.0.0.1", web.port, timeout=60) for _ in range(20)]
        for line in lines:
            open_lines.enter_context(contextlib.closing(line))
            line.request("GET", "/healthz")
            assert line.getresponse().read() == b'{"status":"ok"}'

        def send(n: int) -> None:
            body = update(f"way-{n}")
            lines[n].request("POST", HOOK, body, signed(body))

        with held_lock(web) as release:
            for n in range(10):
                send(n)
            web.process.send_signal(signal.SIGTERM)
            wait_until(lambda: not accepts(web.port), "the closing of the port")
            for n in range(10, 20):
                send(n)
            assert web.rows("SELECT count(*) FROM updates WHERE id > 0") == [(0,)]
            release()
        for line in lines:
            response = line.getresponse()
            assert response.status == 404
            assert response.read().endswith(b' not found"}')
            assert response.getheader("Connection") == "close"
        assert web.process.wait(40) == 0
        assert recorded(web) == {f"way-{n}" for n in range(20)}


def accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def test_an_idle_kept_connection_is_closed_cleanly_at_a_stop(tmp_path: Path) -> None:
    with Web(tmp_path) as web, web.connect() as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        response = http.client.HTTPResponse(line)
        response.begin()
        assert response.read() == b'{"status":"ok"}'
        web.process.send_signal(signal.SIGTERM)
        assert line.recv(100) == b""
        assert web.process.wait(40) == 0


def test_who_never_finishes_a_request_is_cut_off(tmp_path: Path) -> None:
    patience = {"notifier.web.connection.LONGEST_REQUEST": 0.5}
    with Web(tmp_path, constants=patience) as web:
        silent, heading, dripping = (web.connect() for _ in range(3))
        with silent, heading, dripping:
            heading.sendall(f"POST {HOOK} HTTP/1.1\r\nHost".encode())
            dripping.sendall(f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx".encode())
            for line in (silent, heading, dripping):
                assert line.recv(1000) == b""
        assert web.is_ready()


def test_a_worker_process_that_was_killed_is_replaced_and_what_it_acknowledged_is_there(
    tmp_path: Path,
) -> None:
    with Web(tmp_path) as web:
        (worker,) = web.workers
        assert web.post(update("before")).status_code == 404
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: web.workers not in ([], [worker]) and web.is_ready(), "a new worker")
        assert web.count("before") == 1
        assert web.post(update("after")).status_code == 404
