"""The socket that the web listens at: held before anything starts, or a sentence that says why not."""

from __future__ import annotations

import os
import signal
import socket
import stat
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from notifier.config.exposure import Bind, bind
from notifier.errors import ConfigError
from notifier.web.listening import BACKLOG, listen, shown
from tests.web.serving import Web, wait_until


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "0.0.0.0"])
def test_connections_are_taken_from_the_first_moment(host: str) -> None:
    with listen(Bind(host, 0)) as listener:
        port = listener.getsockname()[1]
        reached = "127.0.0.1" if host == "0.0.0.0" else host
        with socket.create_connection((reached, port)), pytest.raises(ConfigError):
            listen(Bind(host, port))


@pytest.mark.parametrize(
    ("where", "cause"),
    [
        ("192.0.2.7:8080", "this machine does not have that address"),
        ("unix:/missing/web.sock", "its folder does not exist"),
        ("unix:/proc/web.sock", ""),
        (f"unix:/{'x' * 200}", "too long"),
    ],
)
def test_an_address_that_cannot_be_had_is_named_with_the_setting_and_the_cause(
    where: str, cause: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        listen(bind(where))
    assert str(raised.value).startswith(f"NOTIFIER_BIND: cannot listen at {where}: ")
    assert cause in str(raised.value)


def test_a_socket_file_of_a_process_that_is_gone_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    listen(Bind(unix=path)).close()
    assert path.is_socket()
    with listen(Bind(unix=path)) as listener:
        assert shown(listener) == f"unix:{path}"
        assert stat.S_IMODE(path.stat().st_mode) == 0o777


def test_a_socket_file_that_is_listened_at_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with listen(Bind(unix=path)), socket.socket(socket.AF_UNIX) as client:
        with pytest.raises(ConfigError, match="another program listens there"):
            listen(Bind(unix=path))
        client.connect(str(path))


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("mine")
    with pytest.raises(ConfigError):
        listen(Bind(unix=path))
    assert path.read_text() == "mine"


def test_the_rights_of_other_new_files_are_as_before(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with listen(Bind(unix=tmp_path / "web.sock")):
            assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


@pytest.mark.parametrize(
    ("address", "written"),
    [("127.0.0.1", "127.0.0.1:{}"), ("::1", "[::1]:{}")],
)
def test_a_socket_is_shown_as_the_setting_is_written(address: str, written: str) -> None:
    with listen(Bind(address, 0)) as listener:
        assert shown(listener) == written.format(listener.getsockname()[1])


def test_a_port_in_use_is_one_sentence_at_once(tmp_path: Path, taken: int) -> None:
    web = Web(tmp_path, {"NOTIFIER_BIND": f"127.0.0.1:{taken}"})
    began = time.monotonic()
    assert web.refusal() == 78
    assert time.monotonic() - began < 5
    assert web.log == (
        f"error: NOTIFIER_BIND: cannot listen at 127.0.0.1:{taken}: another program listens there"
        " (`ss -lntp` names it); stop it, or choose another port\n"
    )
    assert not web.database.exists()


def test_the_server_says_where_it_is_ready_and_that_it_has_stopped(tmp_path: Path) -> None:
    with Web(tmp_path) as web:
        assert web.stop() == 0
        events = [line.partition("] ")[2].split() for line in web.log.splitlines()]
        assert events == [
            ["web", "ready", f"address=127.0.0.1:{web.port}"],
            ["web", "stopped"],
        ]


def test_a_connection_made_while_the_server_starts_is_answered(tmp_path: Path) -> None:
    web = Web(tmp_path)
    answers: list[bytes] = []

    def ask() -> None:
        while not answers:
            try:
                with web.connect() as line:
                    line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    answers.append(line.recv(1000))
            except ConnectionRefusedError:
                time.sleep(0.005)

    asking = threading.Thread(target=ask)
    asking.start()
    with web:
        asking.join()
    assert answers[0].startswith(b"HTTP/1.1 200 OK")


@contextmanager
def paused(web: Web) -> Iterator[None]:
    """The process that answers does not run: what connects waits in the kernel."""
    (worker,) = web.workers
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


ASKED = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CROWD = 300
"""More than asyncio's own backlog of 100."""


def ask(stack: ExitStack, address: tuple[str, int] | str) -> socket.socket:
    """Connect without waiting for room, and send a request."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    line = stack.enter_context(socket.socket(family))
    line.settimeout(0.9)  # a SYN that is dropped for lack of room comes again after a second
    line.connect(address)
    line.sendall(ASKED)
    line.settimeout(30)
    return line


def answered(lines: list[socket.socket]) -> int:
    return sum(line.recv(1000).startswith(b"HTTP/1.1 200 OK") for line in lines)


def backlog(listener: socket.socket) -> int:
    """How many connections may wait at a socket (tcp(7), TCP_INFO: for a listener, tcpi_sacked)."""
    info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return int(struct.unpack("8B24I", info)[13])


def test_a_crowd_that_connects_at_once_waits_in_the_kernel(tmp_path: Path) -> None:
    with Web(tmp_path) as web, ExitStack() as stack:
        with paused(web):
            lines = [ask(stack, ("127.0.0.1", web.port)) for _ in range(CROWD)]
        assert answered(lines) == CROWD


def test_a_crowd_at_a_unix_socket_waits_in_the_kernel(tmp_path: Path) -> None:
    path = str(tmp_path / "web.sock")
    web = Web(tmp_path, {"NOTIFIER_BIND": f"unix:{path}"})
    web.process = web.launch()
    try:
        wait_until(lambda: "web ready" in web.log, "the server's start")
        with ExitStack() as stack:
            with paused(web):
                lines = [ask(stack, path) for _ in range(CROWD)]
            assert answered(lines) == CROWD
    finally:
        assert web.stop() == 0


def test_a_socket_of_systemd_keeps_its_queue_while_and_after_it_is_served(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener, ExitStack() as stack:
        before = backlog(listener)
        assert before > CROWD
        with Web(tmp_path, inherited=listener) as web:
            assert backlog(listener) == before
        assert backlog(listener) == before
        # Nobody runs; what comes during the restart is answered after it.
        lines = [ask(stack, ("127.0.0.1", web.port)) for _ in range(CROWD)]
        with Web(tmp_path, inherited=listener):
            assert answered(lines) == CROWD


def test_a_replaced_worker_keeps_the_queue(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        before = backlog(listener)
        with Web(tmp_path, inherited=listener) as web:
            web.reload()
            assert backlog(listener) == before
