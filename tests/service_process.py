"""The service as an operator runs it: `notifier web`, `worker` and `run` as processes, sinks for the world.

Whatever a test starts is found by its working folder and ended by its pid. At
the end of every test the logs of all processes are searched for secrets and for
what was registered of customers; of a test that failed they are shown.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from tests.shop_api import ShopApi
from tests.sinks import HttpSink, SmtpSink

ROOT = Path(__file__).parent.parent

WEBHOOK_SECRET = "canary-webhook-secret"
API_TOKEN = "canary-api-token-0123456789"
SMTP_LOGIN = ("shopuser", "canary-smtp-password")
SLACK_TOKENS = ("T1CANARY1", "B1CANARY1", "canaryCANARYcanaryCANARY")
SECRETS = (WEBHOOK_SECRET, API_TOKEN, SMTP_LOGIN[1], *SLACK_TOKENS)

AT = 1_622_007_287
"""When the updates of these tests begin, in Unix seconds."""

Found = TypeVar("Found")

_LOOKED_UP = """
orders:
  sources: [registered, cottoncast]
  retry: { for: 10m, first: 1s, factor: 1, max: 1s }
  missing_contact: { send: slack, template: contact-missing, once: order, group: none }

sources:
  cottoncast:
    url: "URL"
    user: "${env:COTTONCAST_USER}"
    secret: "${env:COTTONCAST_SECRET}"
    timeout: 1s
"""


def eventually(condition: Callable[[], Found], within: float = 15.0, what: str = "") -> Found:
    """Return what `condition` gives as soon as it is true; AssertionError after `within` seconds."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:g} s: {what or 'the condition'}")
        time.sleep(0.01)
    return found


def body(ref: str, code: str, at: float | None = AT, **parcel: Any) -> bytes:
    """Return a webhook's body; `parcel` replaces fields of its one parcel."""
    shipment = {
        "carrier": "postnl",
        "carrierName": "PostNL",
        "trackingcode": f"3S{ref}",
        "trackingurl": f"https://track.example/3S{ref}",
        **parcel,
    }
    status = {"code": code, "timestamp": at}
    return json.dumps({"orderID": "3AF7", "ref": ref, "status": status, "shipments": [shipment]}).encode()


def signed(raw: bytes) -> dict[str, str]:
    """Return the headers that Cottoncast sends with a body."""
    return {"Cottoncast-Authentication": hmac.new(WEBHOOK_SECRET.encode(), raw, hashlib.sha256).hexdigest()}


class Process:
    """One `notifier` command and its log."""

    def __init__(self, command: str, folder: Path, env: dict[str, str], log: Path) -> None:
        self.log_file = log
        with log.open("ab") as out:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "notifier", command],
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.pid = self._child.pid

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self.log_file.read_text()

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._child.poll() is None

    def wait_for_log(self, text: str, within: float = 15.0) -> None:
        """Wait until it has written `text`."""
        eventually(lambda: text in self.log, within, f"{text!r} in the log")

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._child.send_signal(number)

    def wait(self, within: float = 30.0) -> int:
        """Return its exit code once it has ended; AssertionError if it does not end."""
        try:
            return self._child.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.pid} did not end within {within:g} s") from None

    def stop(self) -> int:
        """Ask it to end, as systemd does, and return its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End it and its children at once, as the kernel does when memory runs out."""
        for pid in [self.pid, *descendants(self.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.wait()


def descendants(pid: int) -> list[int]:
    """Return the children of a process, and theirs."""
    try:
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
    return [*found, *(grandchild for child in found for grandchild in descendants(child))]


class Service:
    """An installation: its folder with rules, templates and database, and the processes started in it.

    Args:
        folder: empty; everything happens in it.
    """

    def __init__(self, folder: Path, mail: SmtpSink, chat: HttpSink) -> None:
        self.folder = folder
        self.rules = folder / "rules.yaml"
        self.templates = folder / "templates"
        self.database = folder / "notifier.db"
        # What notifier tells of its own trouble would stand among the messages that tests count;
        # tests/e2e/test_told_of_trouble.py has it all.
        shipped = (ROOT / "rules.yaml").read_text()
        rules = re.sub(r"  - id: notifier-in-trouble\n(?:    .*\n)+", "", shipped)
        assert rules != shipped
        self.rules.write_text(rules)
        shutil.copytree(ROOT / "templates", self.templates)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        user, password = SMTP_LOGIN
        ours = ("NOTIFIER_", "EMAIL_URL", "SMS_URL", "SLACK_URL")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
            "NOTIFIER_BIND": self.address,
            "NOTIFIER_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "NOTIFIER_API_TOKEN": API_TOKEN,
            "NOTIFIER_HTTP_SINK": chat.url,
            "EMAIL_URL": f"mailto://{user}:{password}@127.0.0.1:{mail.port}?from=orders@shop.example",
            "SLACK_URL": f"slack://{'/'.join(SLACK_TOKENS)}/#orders",
        }
        self.personal: set[str] = set()
        self._processes: list[Process] = []
        # A connection of its own for every request: servers get killed in these tests.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.Client(
            base_url=f"http://{self.address}", limits=limits, timeout=20, trust_env=False, verify=False
        )

    def look_up_at(self, api: ShopApi) -> None:
        """Have contacts looked up at Cottoncast, played by `api`, and tried again after short times."""
        self.env |= {"COTTONCAST_USER": api.user, "COTTONCAST_SECRET": api.secret}
        self.personal.add(api.secret)
        shipped = self.rules.read_text()
        rules = re.sub(r"^orders:\n(?:[ #].*\n|\n)*", "", shipped, flags=re.MULTILINE)
        assert rules != shipped
        self.rules.write_text(f"{rules}{_LOOKED_UP.replace('URL', api.url)}")

    # processes

    def start(self, command: str) -> Process:
        """Start one command without waiting for it."""
        log = self.folder / f"{len(self._processes):02}-{command}.log"
        process = Process(command, self.folder, self.env, log)
        self._processes.append(process)
        return process

    def web(self) -> Process:
        """Start `notifier web` and wait until it takes updates."""
        process = self.start("web")
        self._until_ready(process)
        return process

    def worker(self) -> Process:
        """Start `notifier worker` and wait until it works."""
        process = self.start("worker")
        eventually(lambda: not process.running or "worker ready" in process.log, what="the worker")
        assert process.running, process.log
        return process

    def run(self) -> Process:
        """Start `notifier run` and wait until both of its processes work."""
        process = self.start("run")
        self._until_ready(process)
        process.wait_for_log("worker ready")
        return process

    def both(self) -> tuple[Process, Process]:
        """Start web and worker."""
        web, worker = self.start("web"), self.start("worker")
        self._until_ready(web)
        worker.wait_for_log("worker ready")
        return web, worker

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [sys.executable, "-m", "notifier", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=30
        )

    def pids(self) -> list[int]:
        """Return all processes that run in the folder, whoever started them."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and (entry / "cwd").readlink() == self.folder:
                    found.append(int(entry.name))
        return found

    def end(self) -> None:
        """Kill whatever still runs."""
        self._http.close()
        for process in self._processes:
            if process.running:
                process.kill()
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: not self.pids(), what="all processes ended")

    # requests

    def post(self, raw: bytes) -> httpx.Response:
        """Post a signed update."""
        return self._http.post("/cottoncast/orderstatus", content=raw, headers=signed(raw))

    def put(self, ref: str, **contact: str) -> httpx.Response:
        """Register an order; what it says of the customer must never be logged."""
        self.personal |= {contact[field] for field in ("name", "email", "phone") if field in contact}
        return self._http.put(f"/orders/{ref}", json={"contact": contact}, headers=self._token())

    def delete(self, ref: str) -> httpx.Response:
        """Forget an order."""
        return self._http.delete(f"/orders/{ref}", headers=self._token())

    def customer(self, ref: str, email: str = "", name: str = "Jane Canary") -> str:
        """Register an order with a mail address, its own unless `email` is given; return the address."""
        email = email or f"customer-{ref}@canary.example"
        contact = {"name": name, "email": email, "country": "NL", "locale": "en"}
        assert self.put(ref, **contact).status_code in (200, 201)
        return email

    def metrics(self) -> str:
        """Return the web's counters."""
        return self._http.get("/metrics").text

    # what is on disk

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        """Read the database without touching it."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(sql, parameters)]

    def messages(self, ref: str = "%") -> list[dict[str, Any]]:
        """Return the messages of an order, oldest first."""
        return self.rows("SELECT * FROM messages WHERE ref LIKE ? ORDER BY id", ref)

    def states(self, ref: str = "%") -> list[tuple[str, str | None]]:
        """Return state and reason of an order's messages, oldest first."""
        return [(message["state"], message["reason"]) for message in self.messages(ref)]

    def wait_for_states(self, ref: str, *states: tuple[str, str | None], within: float = 15.0) -> None:
        """Wait until the order's messages are in these states."""
        eventually(lambda: self.states(ref) == list(states), within, f"order {ref}: {states}")

    def edit(self, path: Path, old: str, new: str) -> None:
        """Replace the first `old` in a file, as an editor does: written aside, then moved into its place."""
        text = path.read_text()
        assert old in text
        aside = self.folder / "edited"
        aside.write_text(text.replace(old, new, 1))
        aside.replace(path)

    def logs(self) -> str:
        """Return the logs of all processes, one after the other."""
        return "\n".join(f"--- {p.log_file.name}\n{p.log}" for p in self._processes)

    def leaks(self) -> list[str]:
        """Return the lines of logs that hold a secret or what is known of a customer."""
        private = [*SECRETS, *self.personal]
        return [line for line in self.logs().splitlines() if any(text in line for text in private)]

    def _until_ready(self, web: Process) -> None:
        def ready() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return self._http.get("/readyz").status_code == 200 or not web.running
            return not web.running

        eventually(ready, what="the web process takes updates")
        assert web.running, web.log

    @staticmethod
    def _token() -> dict[str, str]:
        return {"Authorization": f"Bearer {API_TOKEN}"}


@pytest.fixture
def mail() -> Iterator[SmtpSink]:
    """A mail server that demands the login of EMAIL_URL."""
    with SmtpSink(login=SMTP_LOGIN) as sink:
        yield sink


@pytest.fixture
def chat() -> Iterator[HttpSink]:
    """What Slack gets."""
    with HttpSink() as sink:
        yield sink


@pytest.fixture
def service(tmp_path: Path, mail: SmtpSink, chat: HttpSink) -> Iterator[Service]:
    """An installation of which nothing runs yet."""
    installed = Service(tmp_path, mail, chat)
    try:
        yield installed
    finally:
        installed.end()
        print(installed.logs())  # noqa: T201  pytest shows it if the test failed
    assert installed.leaks() == []
