"""`notifier demo` as a visitor meets it: a process, its output, its page, its end."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier.demo.stage import Stage
from tests.service_process import eventually

TRACKING = "https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB"

LEFT_RUNNING = "Everything keeps running"

HOSTILE = {
    "NOTIFIER_RULES": "/nonexistent/rules.yaml",
    "NOTIFIER_TEMPLATES": "/nonexistent",
    "NOTIFIER_DATABASE": "postgres://db/notifier",
    "NOTIFIER_WEBHOOK_SECRET_FILE": "/nonexistent",
    "NOTIFIER_API_TOKEN": "short",
    "NOTIFIER_BIND": "0.0.0.0:80",
    "EMAIL_URL": "mailto://127.0.0.1:1?from=me@real.example",
    "SMS_URL": "json://127.0.0.1:1",
    "SLACK_URL": "json://127.0.0.1:1",
    "GUNICORN_CMD_ARGS": "--workers=7 --bind=127.0.0.1:1",
    "LISTEN_FDS": "3",
    "http_proxy": "http://127.0.0.1:1",
}


class Demo:
    """A demo that runs; `place` is where it makes its temporary folder."""

    def __init__(self, place: Path, *options: str, cwd: Path | None = None, **env: str) -> None:
        self.place = place
        self.place.mkdir(parents=True, exist_ok=True)
        self.file = place / "output.txt"
        with self.file.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "notifier", "demo", *options],
                cwd=cwd or place,
                env=os.environ | {"TMPDIR": str(place)} | env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    @property
    def output(self) -> str:
        return self.file.read_text()

    @property
    def folder(self) -> Path:
        return next(self.place.glob("notifier-demo-*"))

    def wait_for(self, text: str, count: int = 1) -> None:
        def said() -> bool:
            assert self.process.poll() is None, self.output
            return self.output.count(text) >= count

        eventually(said, 30, f"{text!r} {count} times")

    def offered(self, title: str, line: int = 1) -> str:
        """Return what stands below a title, as a visitor would copy it."""
        lines = self.output.splitlines()
        return lines[lines.index(title) + line].strip()

    def end(self, signal_number: int | None = None) -> int:
        if signal_number is not None:
            self.process.send_signal(signal_number)
        return self.process.wait(60)

    def leftovers(self) -> list[object]:
        """Return processes that work in the demo's folder, and the folder if it is still there."""
        found: list[object] = list(self.place.glob("notifier-demo-*"))
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str((process / "cwd").readlink()).startswith(f"{self.place}/notifier-demo-"):
                    found.append((process / "cmdline").read_text().replace("\0", " "))
        return found


Start = Callable[..., Demo]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Demo] = []

    def run(*options: str, **given: object) -> Demo:
        started.append(Demo(tmp_path / f"place {len(started)}", *options, **given))  # type: ignore[arg-type]
        return started[-1]

    yield run
    for demo in started:
        if demo.process.poll() is None:
            demo.end(signal.SIGTERM)
        print(demo.output)  # noqa: T201  shown with a test that failed


def _worker_of(demo: Demo) -> int:
    """Return the pid of the demo's worker."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if words[-2:-1] == [b"worker"] and (process / "cwd").readlink() == demo.folder:
                return int(process.name)
    raise AssertionError("the demo has no worker")


def _shell(line: str) -> str:
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, timeout=30, cwd="/")
    assert done.returncode == 0, done.stderr
    return done.stdout


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _fault(folder: Path, code: str) -> dict[str, str]:
    """Return an environment in which `code` runs at the start of the worker."""
    folder.mkdir()
    lines = [
        "import sys",
        "if sys.orig_argv[-1] == 'worker':",
        *(f"    {line}" for line in code.splitlines()),
    ]
    (folder / "sitecustomize.py").write_text("\n".join(lines))
    return {"PYTHONPATH": str(folder)}


def test_one_round_in_a_pipe_tells_the_whole_story_and_leaves_nothing_behind(start: Start) -> None:
    demo = start("--once")
    assert demo.end() == 0
    for told in (
        "the shop registers order 41: Jane Example <jane@example.com>",
        '/cottoncast/orderstatus → 200 {"status":"ok"}',
        "Subject: Your Example Shop order 41 is on its way",
        "To: jane@example.com",
        TRACKING,
        "Problem with order 41",
        "✓ shipped: send: email",
        "✓ problem: send: slack",
        "✓ delivered: send: email",
        "3 updates, 4 messages",
    ):
        assert told in demo.output
    assert len(re.findall(r"\d ms after the webhook", demo.output)) == 4
    assert "\x1b" not in demo.output
    assert LEFT_RUNNING not in demo.output
    assert demo.leftovers() == []


def test_neither_the_visitors_settings_nor_the_folder_they_stand_in_play_a_part(
    start: Start, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    (here / "templates").mkdir(parents=True)
    for name in ("rules.yaml", "notifier.db", "notifier.env", "json.py", "notifier.py"):
        (here / name).write_text("raise SystemExit('this is not yours')\n")
    here.chmod(0o500)
    before = {path: path.stat().st_mtime_ns for path in here.rglob("*")}

    demo = start("--once", cwd=here, **HOSTILE)

    assert demo.end() == 0, demo.output
    assert {path: path.stat().st_mtime_ns for path in here.rglob("*")} == before


def test_of_the_visitors_environment_only_what_programs_need_is_passed_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, 1, 2, "http://127.0.0.1:3")
    needed = {"PATH": "/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": "/x"}
    assert stage.environment(needed | HOSTILE) == stage.environment(needed)
    assert needed.items() <= stage.environment(needed).items()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the printed line needs curl")
def test_what_it_prints_for_the_visitor_works_when_pasted_into_a_shell(start: Start) -> None:
    port = _free_port()
    demo = start("--port", str(port))
    demo.wait_for(LEFT_RUNNING)
    assert demo.offered("The webhook") == f"http://127.0.0.1:{port}/cottoncast/orderstatus"
    page = demo.offered("See the mails and messages")
    assert "on its way" in _get(page)
    assert "lost by the carrier" not in _get(page)

    line = demo.offered("Send one more update: the parcel is lost")
    assert _shell(line) == '{"status":"ok"}\n'
    demo.wait_for("Order 41: lost by the carrier")
    assert "lost by the carrier" in _get(page)

    assert _shell(line) == '{"status":"ok"}\n'  # the same again: taken, and nobody is told twice
    story = _shell(demo.offered("Ask what happened"))
    assert "✓ lost: send: slack" in story
    assert story.count("attempt 1") == 5
    assert "5\tdelivered\t41\tlost\tslack" in _shell(demo.offered("Ask what happened", 2))
    assert _get(page.rstrip("/") + "/count") == "5"

    assert demo.end(signal.SIGINT) == 0
    assert demo.leftovers() == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="the printed line needs curl")
def test_an_edit_of_the_rules_in_its_folder_is_taken_up(start: Start) -> None:
    demo = start()
    demo.wait_for(LEFT_RUNNING)
    rules = Path(demo.offered("Edit rules and templates: the worker takes it up at once"))
    edited = rules.read_text().replace("when: lost\n    send: slack", "when: lost\n    send: [slack, email]")
    assert edited != rules.read_text()
    rules.write_text(edited)
    eventually(lambda: "rules reloaded" in (demo.folder / "notifier.log").read_text())

    _shell(demo.offered("Send one more update: the parcel is lost"))

    demo.wait_for("Subject: Your Example Shop order 41 seems to be lost")
    demo.wait_for("chat to hooks.slack.com", 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_before_anything_is_ready_leaves_nothing_behind(start: Start, number: int) -> None:
    demo = start()
    demo.wait_for("on this machine only")
    assert demo.end(number) == 0
    assert demo.leftovers() == []
    assert "Traceback" not in demo.output


def test_a_round_that_is_stopped_is_not_a_round(start: Start) -> None:
    demo = start("--once")
    demo.wait_for("on this machine only")
    assert demo.end(signal.SIGTERM) == 1


def test_a_worker_that_dies_ends_the_demo_with_the_last_lines_of_the_log(start: Start) -> None:
    demo = start()
    demo.wait_for(LEFT_RUNNING)
    os.kill(_worker_of(demo), signal.SIGKILL)
    assert demo.end() == 1
    problem = demo.output.partition("✗ web or worker has ended")[2]
    assert "message delivered" in problem.partition("The last lines of the log:")[2]
    assert demo.leftovers() == []


def test_a_worker_that_cannot_start_is_shown_with_its_own_words(start: Start, tmp_path: Path) -> None:
    demo = start("--once", **_fault(tmp_path / "fault", "sys.exit('the disk is on fire')"))
    assert demo.end() == 1
    assert "the disk is on fire" in demo.output.partition("The last lines of the log:")[2]
    assert demo.leftovers() == []


def test_one_round_fails_and_says_what_is_missing_if_a_mail_does_not_arrive(
    start: Start, tmp_path: Path
) -> None:
    refuse = """\
from notifier.channels import connection
def refuse(self, _mail):
    raise connection.refusal(connection.Phase.DATA, self._line.peer, 554, b"5.7.1 not from you")
connection.Connection._hand_over = refuse"""
    demo = start("--once", **_fault(tmp_path / "fault", refuse))
    assert demo.end() == 1
    assert "✗ shipped: no mail arrived" in demo.output
    assert "permanent 554 5.7.1 data: not from you" in demo.output
    assert "exactly those" not in demo.output


def test_a_port_that_is_taken_is_named_before_anything_is_started(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        demo = start("--port", str(port))
        assert demo.end() == 1
    assert f"port {port} cannot be used: Address already in use" in demo.output
    assert "--port" in demo.output
    assert demo.leftovers() == []


def test_two_demos_at_once_do_not_meet(start: Start) -> None:
    demos = [start("--once"), start("--once")]
    assert [demo.end() for demo in demos] == [0, 0]


def test_a_terminal_gets_colours(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    demo = subprocess.Popen(
        [sys.executable, "-P", "-m", "notifier", "demo", "--once"],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path), "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how Linux reports the end of a terminal
        while piece := os.read(ours, 65_536):
            shown += piece
    os.close(ours)
    assert demo.wait(60) == 0
    assert "\x1b[32m\x1b[1m✓".encode() in shown
