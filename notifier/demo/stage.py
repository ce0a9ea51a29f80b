"""The demo's surroundings: web and worker as real processes, their environment, and calls to them."""

from __future__ import annotations

import http.client
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import quote

from notifier.demo.sinks import HOST
from notifier.errors import NotifierError

STOP_WITHIN = 45.0
"""Seconds that web and worker get to end; `notifier run` itself gives them 40."""

CALL_WITHIN = 10.0
"""Seconds that the web process gets to answer."""

_PASSED_ON = frozenset({"PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH"})
_PASSED_ON_BEGINNINGS = ("LC_", "PYTHON")


class DemoError(NotifierError):
    """The demo cannot go on."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the processes are told: `folder` has rules.yaml and templates, `port` is for the web process."""

    folder: Path
    port: int
    mail_port: int
    chat_url: str
    secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def url(self) -> str:
        """Where the web process listens, without a slash at its end."""
        return f"http://{HOST}:{self.port}"

    @property
    def database(self) -> str:
        """The value of NOTIFIER_DATABASE."""
        return f"sqlite:///{self.folder / 'notifier.db'}"

    @property
    def log(self) -> Path:
        """The file that the processes' logs go to."""
        return self.folder / "notifier.log"

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of the processes.

        Of the visitor's own only what programs need to run at all is passed on:
        no setting, channel or server of theirs plays a part here.
        """
        kept = {
            name: value
            for name, value in inherited.items()
            if name in _PASSED_ON or name.startswith(_PASSED_ON_BEGINNINGS)
        }
        sender = f"from=orders@shop.example&name={quote('Example Shop')}"
        return kept | {
            "PYTHONSAFEPATH": "1",
            "NOTIFIER_RULES": str(self.folder / "rules.yaml"),
            "NOTIFIER_TEMPLATES": str(self.folder / "templates"),
            "NOTIFIER_DATABASE": self.database,
            "NOTIFIER_BIND": f"{HOST}:{self.port}",
            "NOTIFIER_WEBHOOK_SECRET": self.secret,
            "NOTIFIER_API_TOKEN": self.token,
            "NOTIFIER_HTTP_SINK": self.chat_url,
            "EMAIL_URL": f"mailto://{HOST}:{self.mail_port}?{sender}",
            "SLACK_URL": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#orders?footer=no&image=no",
        }

    def call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask the web process. Raises OSError or http.client.HTTPException where it does not answer."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=CALL_WITHIN)
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.read().decode("utf-8", "replace"))
        finally:
            connection.close()

    def ready(self) -> bool:
        """Tell whether the web process records and the worker works."""
        try:
            recording = self.call("GET", "/readyz").status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        return recording and "worker ready" in self.log.read_text("utf-8", "replace")

    def last_words(self, count: int = 20) -> list[str]:
        """Return the last lines of the log."""
        try:
            return self.log.read_text("utf-8", "replace").splitlines()[-count:]
        except OSError:
            return []


@dataclass(frozen=True, slots=True)
class Answer:
    """What the web process said."""

    status: int
    text: str


class Processes:
    """`notifier run` on a stage, as a child: it starts web and worker, and ends both if one ends."""

    def __init__(self, stage: Stage, inherited: Mapping[str, str]) -> None:
        self._stage = stage
        self._environment = stage.environment(inherited)

    def __enter__(self) -> Self:
        with self._stage.log.open("ab") as log:
            # A group of its own: Ctrl-C reaches it through us, once.
            self._child = subprocess.Popen(
                [sys.executable, "-m", "notifier", "run"],
                cwd=self._stage.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self.alive:
            self._child.terminate()
        try:
            self._child.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    @property
    def alive(self) -> bool:
        """Whether both are running."""
        return self._child.poll() is None


def free_port(wanted: int | None) -> int:
    """Return `wanted` if it can be listened at, or any port that is free if it is None.

    Raises:
        DemoError: it cannot.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web process will
        try:
            probe.bind((HOST, wanted or 0))
        except OSError as error:
            raise DemoError(
                f"port {wanted} cannot be used: {error.strerror};"
                " name another with --port, or leave it out for any free one"
            ) from None
        return int(probe.getsockname()[1])
