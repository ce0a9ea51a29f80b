"""The units: systemd understands them, they fit the program and lock it in, the web takes its socket."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from notifier.cli.commands import COMMANDS
from notifier.config.settings import SETTINGS, read_settings
from notifier.service.worker import GRACE
from notifier.web.server import STOP_WITHIN
from notifier.web.worker import LINGER

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "systemd"
UNITS = ["notifier.target", "notifier-web.socket", "notifier-web.service", "notifier-worker.service"]
SERVICES = ["web", "worker"]
PROGRAM = "/opt/notifier/bin/notifier"

analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
activate = pytest.mark.skipif(
    not shutil.which("systemd-socket-activate"), reason="systemd-socket-activate is not installed"
)


def entries(unit: str) -> list[tuple[str, str]]:
    """Return key and value of every line of a unit."""
    lines = (FOLDER / unit).read_text().splitlines()
    return [(key, value) for key, equals, value in (line.partition("=") for line in lines) if equals]


def value(unit: str, key: str) -> str:
    """Return the only value of a key."""
    (found,) = [v for k, v in entries(unit) if k == key]
    return found


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A folder with the units, whose program is one that exists here."""
    program = tmp_path / "notifier"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m notifier "$@"\n')
    program.chmod(0o755)
    for unit in UNITS:
        (tmp_path / unit).write_text((FOLDER / unit).read_text().replace(PROGRAM, str(program)))
    return tmp_path


@analyze
def test_systemd_finds_nothing_wrong_with_the_units(units: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(f"./{unit}" for unit in UNITS)],
        cwd=units,
        text=True,
        capture_output=True,
    )
    said = [line for line in done.stderr.splitlines() if "notifier" in line]
    assert (done.returncode, said) == (0, [])


@analyze
@pytest.mark.parametrize(("service", "tenths"), [("web", 5), ("worker", 15)])
def test_the_services_are_locked_in(units: Path, service: str, tenths: int) -> None:
    command = ["systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={tenths}"]
    done = subprocess.run(
        [*command, f"./notifier-{service}.service"], cwd=units, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_services_have_the_same_sandbox() -> None:
    sandboxes = [
        re.split(r"# The same in .*\n", (FOLDER / f"notifier-{service}.service").read_text())[1]
        for service in SERVICES
    ]
    assert sandboxes[0] == sandboxes[1]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_a_command_that_exists(service: str) -> None:
    program, command = value(f"notifier-{service}.service", "ExecStart").split()
    assert program == PROGRAM
    assert command in COMMANDS


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sets_settings_that_exist_to_values_that_can_be_used(service: str) -> None:
    set_here = dict(v.split("=", 1) for k, v in entries(f"notifier-{service}.service") if k == "Environment")
    assert set(set_here) <= {setting.name for setting in SETTINGS}
    settings = read_settings(set_here)
    assert settings.warnings == ()
    state = Path("/var/lib", value(f"notifier-{service}.service", "StateDirectory"))
    assert settings.sqlite_path.parent == state


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_started_again_for_ever_but_not_with_settings_that_cannot_be_used(service: str) -> None:
    unit = f"notifier-{service}.service"
    assert value(unit, "Restart") == "always"
    assert value(unit, "StartLimitIntervalSec") == "0"
    assert value(unit, "RestartPreventExitStatus") == "78"


@pytest.mark.parametrize(("service", "needed"), [("web", STOP_WITHIN + LINGER), ("worker", GRACE)])
def test_a_service_gets_the_time_that_it_takes_to_stop(service: str, needed: float) -> None:
    assert float(value(f"notifier-{service}.service", "TimeoutStopSec")) > needed


def test_the_readme_installs_files_that_exist_and_all_of_them() -> None:
    named = re.findall(r"(?<!/)systemd/[\w.*-]+\w", (ROOT / "README.md").read_text())
    installed = {path for name in named for path in ROOT.glob(name)}
    assert all(list(ROOT.glob(name)) for name in named)
    assert installed == set(FOLDER.iterdir())


SECRET = "a-secret-for-this-test"
UPDATE = b'{"ref":"41","status":{"code":"C","timestamp":1622007287}}'


@pytest.fixture
def notified(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket that a service of Type=notify reports to (sd_notify(3))."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(str(tmp_path / "notify"))
        ours.settimeout(30)
        yield ours


@activate
def test_the_web_takes_the_socket_that_systemd_passes_on_and_reports_ready(
    tmp_path: Path, notified: socket.socket
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = {
        "NOTIFIER_DATABASE": f"sqlite:///{tmp_path}/notifier.db",
        "NOTIFIER_BIND": "127.0.0.1:1",  # would not work, and does not count
        "NOTIFIER_WEBHOOK_SECRET": SECRET,
        "NOTIFY_SOCKET": notified.getsockname(),
    }
    command = [sys.executable, "-m", "notifier", value("notifier-web.service", "ExecStart").split()[1]]
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                "systemd-socket-activate",
                f"--listen={address}",
                *(f"--setenv={name}={text}" for name, text in environment.items()),
                *command,
            ],
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
    try:
        signature = hmac.new(SECRET.encode(), UPDATE, hashlib.sha256).hexdigest()
        transport = httpx.HTTPTransport(retries=8)  # until the socket is there
        with httpx.Client(transport=transport, timeout=30) as client:
            answer = client.post(
                f"http://{address}/cottoncast/orderstatus",
                content=UPDATE,
                headers={"Cottoncast-Authentication": signature},
            )
        assert (answer.status_code, answer.json()["message"]) == (404, "Order 41 not found")
        assert b"READY=1" in notified.recv(4096)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert process.returncode == 0, log.read_text()


# --- the command for root --------------------------------------------------------------------------

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="runuser is for root only")


@pytest.fixture
def wrapper(tmp_path: Path) -> Path:
    """The installed command, whose program says who runs it and on which terminal, and then types into it."""
    program = tmp_path / "program"
    program.write_text(
        "#!/usr/bin/env -S python3 -I\n"
        "import fcntl, os, pwd, sys, termios\n"
        "def typed():\n"
        "    for c in b'owned':\n"
        "        fcntl.ioctl(0, termios.TIOCSTI, bytes([c]))\n"
        "try:\n"
        "    os.open('/dev/tty', os.O_RDWR)\n"
        "    terminal = os.ttyname(0)\n"
        "except OSError:\n"
        "    terminal = 'none'\n"
        "print(pwd.getpwuid(os.geteuid()).pw_name, terminal, *sys.argv[1:], flush=True)\n"
        "try:\n"
        "    typed()\n"
        "except OSError:\n"
        "    pass\n"
        "sys.exit(7)\n"
    )
    program.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    script = tmp_path / "notifier.sh"
    text = (FOLDER / "notifier.sh").read_text().replace(PROGRAM, str(program))
    script.write_text(text.replace("-u notifier ", "-u nobody "))
    return script


@as_root
def test_in_a_pipe_the_services_user_runs_the_command_without_a_terminal(wrapper: Path) -> None:
    done = subprocess.run(["sh", wrapper, "status", "--json"], capture_output=True, text=True)
    assert done.stdout == "nobody none --env-file /etc/notifier/notifier.env status --json\n"
    assert done.returncode == 7


@as_root
@pytest.mark.parametrize("piped", [False, True])
def test_on_a_terminal_the_services_user_cannot_type_into_the_shell_of_root(
    wrapper: Path, piped: bool
) -> None:
    ours, theirs = os.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[3] &= ~termios.ICANON  # what is typed into it can be read at once
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    end = "| cat; exit 7" if piped else ""
    shell = f"sh {wrapper} status {end}"
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", "sh", "-c", shell], stdin=theirs, stdout=theirs, stderr=theirs
    )
    assert process.wait(30) == 7
    (waiting,) = struct.unpack("i", fcntl.ioctl(theirs, termios.FIONREAD, b"\0" * 4))
    said = os.read(ours, 1000).decode()
    assert said.startswith("nobody ")
    assert os.ttyname(theirs) + " " not in said or piped
    assert ("/dev/pts/" in said) != piped
    assert waiting == 0, "typed into the terminal of root"
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize("words", [("init", "shop"), ("messages", "extract", "--check")])
def test_what_writes_the_files_of_root_runs_as_root(tmp_path: Path, words: tuple[str, ...]) -> None:
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\necho "$NOTIFIER_TEMPLATES" "$@"\n')
    program.chmod(0o755)
    script = (FOLDER / "notifier.sh").read_text().replace(PROGRAM, str(program))
    done = subprocess.run(["sh", "-c", script, "notifier", *words], capture_output=True, text=True)
    assert done.stdout == f"/etc/notifier/templates {' '.join(words)}\n"
