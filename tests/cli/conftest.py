"""Commands as processes, in a folder of their own."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from notifier.core.contact import Contact
from notifier.core.message import Send
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind, Transition
from notifier.core.situation import Decision
from notifier.core.update import Shipment
from notifier.store.protocol import Received
from notifier.store.sqlite.attendance import Attendance
from notifier.store.sqlite.store import SqliteStore
from tests import factories
from tests.outbox import settle_one, start_attempt

ROOT = Path(__file__).parents[2]

Done = subprocess.CompletedProcess[str]


class Shop:
    """A folder in which `notifier` is run, with the shipped rules and templates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "notifier.db"
        self.settings = {
            "NOTIFIER_RULES": str(ROOT / "rules.yaml"),
            "NOTIFIER_TEMPLATES": str(ROOT / "templates"),
            "NOTIFIER_UNSIGNED": "allow",
        }

    def run(self, *words: str, before: str = "", **settings: str) -> Done:
        """Run a command as in a pipe; whatever it says, it never shows a traceback.

        `before` is a line of Python that shortens a wait of the product.
        """
        program = f"{before}\nfrom notifier.cli.main import main\nmain()"
        ours = ("NOTIFIER_", "EMAIL_URL", "SMS_URL", "SLACK_URL", "LISTEN_")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=self.folder,
            env=environ | self.settings | settings,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    def watch(self, *words: str, typed: str = "", columns: int = 80) -> tuple[int, str]:
        """Run a command as on a terminal; return its exit code and the screen, without colours."""
        code, screen = self.screen(*words, typed=typed, columns=columns)
        return code, re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", screen)

    def screen(self, *words: str, typed: str = "", columns: int = 80, **settings: str) -> tuple[int, str]:
        """Run a command as on a terminal; return its exit code and all that it wrote."""
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (50, columns))
        environ = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
        process = subprocess.Popen(
            [sys.executable, "-m", "notifier", *words],
            cwd=self.folder,
            env=environ | self.settings | {"TERM": "xterm", "PYTHONPATH": str(ROOT)} | settings,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.write(ours, typed.encode())
        screen = b""
        with suppress(OSError):  # Linux says EIO where a terminal ends
            while part := os.read(ours, 65_536):
                screen += part
        os.close(ours)
        return process.wait(60), screen.decode().replace("\r\n", "\n")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def worker(shop: Shop) -> Iterator[None]:
    """A worker seems to run."""
    attendance = Attendance(shop.database)
    attendance.begin()
    yield
    attendance.end()


NOW = factories.T0 + 100


@pytest.fixture
def story(shop: Shop, worker: None) -> Shop:
    """A shop in whose database order 41 has a history.

    Message 1 was delivered, 2 was refused, 3 has an unknown end, 4 waits; order 42 is not
    registered and has an update that is held.
    """
    store = SqliteStore(shop.database)
    store.migrate()
    jane = Contact("Jane Example", "jane@example.org", "+31612345678", "nl", "NL", "Europe/Amsterdam")
    registration = factories.finding(jane, at=NOW, order_id="3AF7", attributes={"total": 49.9})
    store.orders.register([("41", registration)], NOW)
    parcel = Shipment("postnl", "PostNL", "3SABC", "https://track.example/3SABC", True)
    update = factories.update("C", "41", shipments=(parcel,))
    store.updates.record([Received(update, b"{}"), factories.received("D", "42")], NOW)
    (claimed,) = store.updates.claim("worker", NOW, 60, 10)
    decisions = (
        Decision("shipped", True, Reason.FIRED, "send: email"),
        Decision("delivered", False, Reason.OTHER_STATUS),
        Decision("vip", False, Reason.CONDITION_FALSE),
    )
    messages = tuple(
        factories.new_message(
            f"shipped/order/41/{n}",
            rule="shipped",
            send=Send(channel, "shipped"),
            recipient=recipient,
            due_at=due,
        )
        for n, (channel, recipient, due) in enumerate(
            [
                ("email", "jane@example.org", NOW),
                ("sms", "+31612345678", NOW),
                ("slack", "", NOW),
                ("email", "jane@example.org", NOW + 3600),
            ]
        )
    )
    store.updates.record_plan(claimed, "worker", Plan(decisions, messages), False, "0123456789ab", NOW)
    endings = [
        (Outcome(OutcomeKind.DELIVERED, "250"), Transition(factories.State.DELIVERED)),
        (
            Outcome(OutcomeKind.PERMANENT, "HTTP 400", "no such number"),
            Transition(factories.State.FAILED, Reason.REFUSED),
        ),
        (Outcome(OutcomeKind.UNKNOWN), Transition(factories.State.UNKNOWN, Reason.ANSWER_LOST)),
    ]
    for message, (outcome, transition) in zip(
        store.outbox.claim("worker", NOW, 60, 10), endings, strict=True
    ):
        start_attempt(store, message, message.recipient, "subject", "text", NOW + 1)
        settle_one(store, message, transition, NOW + 2, outcome=outcome)
    store.channels.pause("slack", Reason.CHANNEL_DOWN, NOW + 1e9, "HTTP 403", NOW)
    store.close()
    return shop


@pytest.fixture
def begun(shop: Shop) -> Shop:
    """The folder that `init` made, with nothing else set."""
    assert shop.run("init", "new/shop").returncode == 0
    begun = Shop(shop.folder / "new/shop")
    begun.settings = {}
    return begun
