"""A store, a clock, and a line that sends nothing: what the use cases need to be run in a test."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from notifier.core.history import OrderHistory
from notifier.core.lookup import Answer, AnswerKind
from notifier.core.message import Message, Rendered, State
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind
from notifier.core.rules import RuleSet
from notifier.render.compiling import load_templates
from notifier.service.decider import Decider
from notifier.service.ledger import Ledger
from notifier.service.lookups import Lookups
from notifier.service.running import Running
from notifier.service.sender import Ready, Sender
from notifier.service.upkeep import Upkeep
from notifier.store.protocol import Receipt
from notifier.store.sqlite.store import SqliteStore
from tests.factories import T0, finding, received, ruleset


class Clock:
    """Unix seconds UTC, as the test says."""

    def __init__(self) -> None:
        self.now = T0 + 100

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Sent:
    """What was handed over."""

    channel: str
    rendered: Rendered
    recipient: str
    message_id: str


class Line:
    """A gateway that hands everything to a list: delivered, unless `outcomes` says more."""

    def __init__(self) -> None:
        self.kinds = {"email": "email", "sms": "sms", "slack": "chat"}
        self.outcomes: deque[Outcome | OutcomeKind] = deque()
        self.sent: list[Sent] = []

    def kind(self, name: str) -> str | None:
        return self.kinds.get(name)

    def fits(self, name: str, rendered: Rendered) -> bool:
        return True

    def problems(self) -> dict[str, str]:
        return {}

    def send(self, name: str, rendered: Rendered, recipient: str, message_id: str) -> Outcome:
        self.sent.append(Sent(name, rendered, recipient, message_id))
        outcome = self.outcomes.popleft() if self.outcomes else OutcomeKind.DELIVERED
        return outcome if isinstance(outcome, Outcome) else Outcome(outcome, "code", "detail")


class Shops:
    """Remote sources: they answer what `answers` holds by name, else that they have no such order."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str, str]] = []

    def ask(self, name: str, ref: str, order_id: str, now: float) -> Answer:
        self.asked.append((name, ref, order_id))
        return self.answers.get(name, Answer(AnswerKind.NOT_FOUND, detail=f"{name}: no such order"))


TEMPLATES = {
    "told/subject.txt": "Order {{ order.ref }}",
    "told/email.txt": "Dear {{ contact.name }}, {{ order.status_label }}",
    "told/sms.txt": "Order {{ order.ref }}: {{ order.status_label }}",
    "told/chat.html": "<b>{{ order.ref }}</b>",
}


def send(sender: Sender, message: Message) -> None:
    """Take one claimed message through all the steps, as the dispatcher does."""
    (result,) = sender.prepare([message])
    if isinstance(result, Ready):
        if not sender.start([result]):
            return
        result = sender.judge(result, sender.transmit(result))
    Ledger(sender._store, sender, sender._clock).write([result], [], None)


@dataclass
class Desk:
    """A worker without its threads: decide and send when the test says so."""

    store: SqliteStore
    clock: Clock
    line: Line
    templates: Path
    rules: RuleSet = field(default_factory=ruleset)

    def __post_init__(self) -> None:
        self.shops = Shops()
        self.decider = Decider(self.store, lambda: self.rules, "here/1/1", self.clock)
        self.sender = Sender(
            self.store, self.running, "here/1/1", self.clock, lambda: 0.0, lambda m: f"https://n.example/{m}"
        )
        self.lookups = Lookups(self.store, self.running, "here/1/1", self.clock, lambda: 0.0)
        self.upkeep = Upkeep(self.store, lambda: self.rules, self.clock)

    def running(self) -> Running:
        return Running(self.rules, load_templates(self.templates), self.line, self.shops)  # type: ignore[arg-type]

    def tell(self, code: str = "C", ref: str = "41", **more: object) -> Receipt:
        """Record one update."""
        return self.store.updates.record([received(code, ref, **more)], self.clock.now)[0]

    def decide(self) -> int:
        """Decide what there is."""
        return self.decider.run_once()

    def look_up(self) -> int:
        """Do all lookups that are due; return how many there were."""
        done = 0
        while claimed := self.lookups.claim():
            self.lookups.look_up(claimed)
            done += 1
        return done

    def history(self, ref: str = "41") -> OrderHistory:
        """Return everything on record for an order."""
        history = self.store.updates.history(ref)
        assert history is not None
        return history

    def reasons(self, ref: str = "41") -> list[dict[str, Reason]]:
        """Return every rule's verdict on each update of an order, in their order of arrival."""
        return [{d.rule: d.reason for d in u.decisions} for u in self.history(ref).updates]

    def claim(self, limit: int = 1) -> list[Message]:
        """Claim messages as the dispatcher does."""
        limits = {channel.name: channel.limits(limit) for channel in self.rules.channels.values()}
        return self.sender.claim(limit, limits, self.clock.now)

    def send(self) -> list[Message]:
        """Send what is due; return it as it stands afterwards."""
        claimed = self.claim(10)
        for message in claimed:
            send(self.sender, message)
        found = [self.store.outbox.get(message.id) for message in claimed]
        return [message for message in found if message is not None]

    def states(self) -> list[State]:
        """Return the state of every message, oldest first."""
        return [m.state for m in reversed(self.store.outbox.newest((), 100))]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """A migrated store in which order 41 is registered."""
    store = SqliteStore(tmp_path / "notifier.db")
    store.migrate()
    store.orders.register([("41", finding(order_id="NL-1"))], T0)
    yield store
    store.close()


@pytest.fixture
def desk(store: SqliteStore, clock: Clock, tmp_path: Path) -> Desk:
    folder = tmp_path / "templates"
    for name, text in TEMPLATES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Desk(store, clock, Line(), folder)
