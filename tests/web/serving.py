"""The real web process, on a free port, with its own database."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import httpx

ROOT = Path(__file__).parents[2]
SEED = (ROOT / "tests/seed.json").read_bytes()
"""The example of the publisher's page "Orderstatus", word for word."""

SECRET = "first-secret"
SECOND_SECRET = "second-secret"
TOKEN = "token-of-the-orders-api"
HOOK = "/cottoncast/orderstatus"


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the header that Cottoncast sends with a body."""
    return {"Cottoncast-Authentication": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def update(ref: object = "41", **changes: Any) -> bytes:
    """Return the seed's example for another order, with other fields where given."""
    return json.dumps(json.loads(SEED) | {"ref": ref} | changes).encode()


def free_port() -> int:
    """Ask the kernel for a port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Return once the condition holds; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.01)


def clean_environment(**settings: str) -> dict[str, str]:
    """Return the environment of this process without notifier's settings, and with these."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NOTIFIER_", "LISTEN_"))}
    return kept | settings


class Web:
    """`notifier web` as a process.

    Args:
        folder: where its database and its log are.
        settings: environment variables, over those that every test uses; None takes one away.
        constants: waits of the product that a test has no time for, by module and name.
        inherited: a listening socket that it gets as systemd passes one on.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str | None] | None = None,
        constants: Mapping[str, float] | None = None,
        inherited: socket.socket | None = None,
    ) -> None:
        self.folder = folder
        self.database = folder / "n.db"
        self.port = inherited.getsockname()[1] if inherited else free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._constants = constants or {}
        self._inherited = inherited
        given = {
            "NOTIFIER_DATABASE": f"sqlite:///{self.database}",
            "NOTIFIER_BIND": f"127.0.0.1:{self.port}",
            "NOTIFIER_WEBHOOK_SECRET": f"{SECRET} {SECOND_SECRET}",
            "NOTIFIER_API_TOKEN": TOKEN,
        } | dict(settings or {})
        self._settings = {name: value for name, value in given.items() if value is not None}

    def _program(self) -> list[str]:
        """The server, behind a few lines that prepare what an environment cannot."""
        lines = ["import os", "from importlib import import_module"]
        if self._inherited is not None:
            lines += [
                f"os.dup2({self._inherited.fileno()}, 3)",
                "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))",
            ]
        for name, value in self._constants.items():
            module, _, constant = name.rpartition(".")
            lines.append(f"import_module({module!r}).{constant} = {value}")
        lines += ["from notifier.cli.main import main", "main()"]
        return [sys.executable, "-c", "\n".join(lines), "web"]

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process, and leave it to the caller."""
        with (self.folder / "web.log").open("ab") as log:
            return subprocess.Popen(
                self._program(),
                env=clean_environment(**self._settings),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                pass_fds=[self._inherited.fileno()] if self._inherited else [],
            )

    def refusal(self) -> int:
        """Start it where it must not start, and return its exit code."""
        self.process = self.launch()
        try:
            return self.process.wait(30)
        finally:
            self.stop()

    def __enter__(self) -> Self:
        self.process = self.launch()
        self.http = httpx.Client(base_url=self.url, timeout=30)
        try:
            wait_until(self.is_ready, "the server's start")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self.stop()

    def stop(self) -> int:
        """End it as systemd would, and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    @property
    def log(self) -> str:
        """Everything that it said."""
        return (self.folder / "web.log").read_text()

    def is_ready(self) -> bool:
        """Tell whether it answers that it could record an update."""
        assert self.process.poll() is None, self.log
        try:
            return self.http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    @property
    def workers(self) -> list[int]:
        """The processes that answer."""
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in task.read_text().split()]

    def reload(self) -> None:
        """Have gunicorn replace its worker, and return once the old one is gone."""
        before = set(self.workers)
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: before.isdisjoint(self.workers), "the end of the old worker", 40)

    def post(self, body: bytes, path: str = HOOK, **headers: str) -> httpx.Response:
        """Send a signed update."""
        return self.http.post(path, content=body, headers=signed(body) | headers)

    def register(self, ref: str, **given: Any) -> httpx.Response:
        """Register an order."""
        return self.http.put(f"/orders/{ref}", json=given, headers={"Authorization": f"Bearer {TOKEN}"})

    def connect(self) -> socket.socket:
        """Open a plain connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def raw(self, request: bytes) -> bytes:
        """Send bytes, and return everything that comes until the server closes."""
        with self.connect() as line:
            line.sendall(request)
            return read_all(line)

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT on the database."""
        connection = sqlite3.connect(self.database, timeout=10)
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()

    def count(self, ref: str) -> int:
        """Return how many updates are recorded for an order."""
        return int(self.rows("SELECT count(*) FROM updates WHERE ref = ?", ref)[0][0])

    def counter(self, result: str) -> float:
        """Return the counter of webhook calls that came to that."""
        for line in self.http.get("/metrics").text.splitlines():
            if line.startswith(f'notifier_updates_received_total{{result="{result}"}}'):
                return float(line.split()[-1])
        return 0.0


def resident(web: Web) -> int:
    """The megabytes of memory of the process that answers."""
    (worker,) = web.workers
    status = Path(f"/proc/{worker}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1]) // 1024


def read_all(line: socket.socket) -> bytes:
    """Return everything that comes until the other side closes."""
    parts = []
    while chunk := line.recv(65_536):
        parts.append(chunk)
    return b"".join(parts)


def assert_error(response: httpx.Response, status: int, message: str | None = None) -> None:
    """Check that an answer is an error of exactly the publisher's shape."""
    assert response.status_code == status, response.text[:300]
    assert response.headers["content-type"] == "application/json"
    told = response.json()
    assert list(told) == ["status", "message"]
    assert told["status"] == "error"
    assert isinstance(told["message"], str)
    assert told["message"]
    if message is not None:
        assert told["message"] == message


def parsed(answer: bytes) -> httpx.Response:
    """Return the first HTTP answer in some bytes."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    version, code, *_ = first.split(" ")
    assert version == "HTTP/1.1", answer
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    length = int(dict((n.lower(), v) for n, v in headers).get("content-length", "0"))
    return httpx.Response(int(code), headers=headers, content=rest[:length])
