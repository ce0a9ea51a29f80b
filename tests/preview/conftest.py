"""A preview as a person starts it: a process in a folder of its own, asked by HTTP."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import pytest

from tests.sinks import SmtpSink

ROOT = Path(__file__).parents[2]
MAIL = "shipped/en/one-parcel.html"


class Preview:
    """A preview of a copy of the shipped rules and templates, whose mails go to a sink."""

    def __init__(self, folder: Path, smtp: SmtpSink) -> None:
        self.folder = folder
        self.smtp = smtp
        shutil.copy(ROOT / "rules.yaml", folder)
        shutil.copytree(ROOT / "templates", folder / "templates")
        ours = ("NOTIFIER_", "EMAIL_URL", "SMS_URL", "SLACK_URL")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "notifier", "preview", "shipped", "--port", "0"],
            cwd=folder,
            env=environ
            | {
                "PYTHONPATH": str(ROOT),
                "EMAIL_URL": f"mailto://127.0.0.1:{smtp.port}?from=orders@shop.example",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = self._line()
        found = re.fullmatch(r"preview: (http://127\.0\.0\.1:\d+)/([\w-]{20,})/(\S*)\n", said)
        assert found, said
        self.url, self.secret, self.start = found[1], found[2], found[3]
        self.http = httpx.Client(base_url=f"{self.url}/{self.secret}", trust_env=False, timeout=10)

    def _line(self) -> str:
        out: IO[str] | None = self._process.stdout
        assert out is not None
        return out.readline()

    def page(self, path: str = MAIL) -> str:
        """Return a page that is there."""
        answer = self.http.get(f"/{path.removeprefix(f'/{self.secret}/')}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def token(self) -> str:
        """Return the token of the forms."""
        found = re.search(r'name="token" value="([^"]+)"', self.page())
        assert found
        return found[1]

    def send(
        self, address: str = "me@example.org", path: str = MAIL, token: str | None = None, **headers: str
    ) -> httpx.Response:
        """Press the button "Send to me" as a browser does."""
        fields = {"token": self.token() if token is None else token, "address": address}
        return self.http.post(f"/{path}", data=fields, headers={"Origin": self.url} | headers)

    def edit(self, file: str, text: str) -> None:
        """Write a template, and wait until the pages have followed."""
        with self.http.stream("GET", "/live", params={"version": self.version()}) as stream:
            (self.folder / "templates" / file).write_text(text)
            assert any(line.startswith("data: ") for line in stream.iter_lines())

    def version(self) -> str:
        """Return the version that the pages say they are."""
        found = re.search(r'data-version="(\d+)"', self.page(""))
        assert found
        return found[1]

    def end(self) -> int:
        """Stop it as a terminal does; return the exit code."""
        self.http.close()
        self._process.terminate()
        code = self._process.wait(10)
        assert self._process.stdout is not None
        rest = self._process.stdout.read()
        self._process.stdout.close()
        assert "Traceback" not in rest, rest
        return code


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """One preview for all tests of a module: those that edit put back what they edited."""
    with SmtpSink() as smtp:
        running = Preview(tmp_path_factory.mktemp("preview"), smtp)
        yield running
        assert running.end() == 0
