"""The dispatcher: many messages on their way at the same time, few transactions, and nothing lost."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from notifier.core.alert import Severity
from notifier.core.message import Rendered, State
from notifier.core.quota import Quota
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind
from notifier.errors import StoreBusy
from notifier.service import ledger
from notifier.service.dispatcher import Dispatcher
from notifier.service.wording import Told, Worded
from tests.factories import T0, channel, delivery, register, rule, ruleset, to_email, to_phone
from tests.service.conftest import Desk, Line
from tests.service_process import eventually

MAIL, TEXT, HOOK = (
    channel("email", to=to_email, asks=frozenset({"email"})),
    channel("sms", to=to_phone, asks=frozenset({"phone"})),
    channel("slack"),
)


class Wire(Line):
    """A line whose channels can be held up, and that counts how many messages are on it."""

    def __init__(self) -> None:
        super().__init__()
        self.going: dict[str, threading.Event] = {}
        self.now: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self._counting = threading.Lock()

    def hold(self, name: str) -> None:
        self.going[name] = threading.Event()

    def release(self, name: str) -> None:
        self.going[name].set()

    def send(self, name: str, rendered: Rendered, recipient: str, message_id: str) -> Outcome:
        with self._counting:
            self.now[name] += 1
            self.most[name] = max(self.most[name], self.now[name])
        if name in self.going:
            self.going[name].wait(20)
        with self._counting:
            self.now[name] -= 1
            return super().send(name, rendered, recipient, message_id)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def busy(desk: Desk, wire: Wire) -> Desk:
    """A desk with the wire, whose clock goes with the time of day."""
    desk.line = wire
    desk.rules = ruleset(channels=[MAIL, TEXT, HOOK])
    began = time.monotonic()
    start = desk.clock.now

    class Ticking:
        def __call__(self) -> float:
            return start + time.monotonic() - began

    desk.sender._clock = Ticking()
    return desk


@contextmanager
def dispatching(desk: Desk, concurrency: int = 2) -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(desk.store, desk.sender, lambda: desk.rules, desk.sender._clock, concurrency)
    dispatcher.start()
    try:
        yield dispatcher
    finally:
        dispatcher.stop(5.0)


def tell(desk: Desk, count: int, *, first: int = 0) -> None:
    """Have updates of `count` orders decided."""
    for n in range(first, first + count):
        register(desk.store, f"o{n}")
        desk.tell("C", f"o{n}")
    while desk.decide():
        pass


def states(desk: Desk) -> Counter[State]:
    return Counter(m.state for m in desk.store.outbox.newest((), 1000))


def all_delivered(desk: Desk) -> bool:
    return set(states(desk)) == {State.DELIVERED}


def test_everything_that_is_due_is_sent_once(busy: Desk, wire: Wire) -> None:
    tell(busy, 40)
    with dispatching(busy, 8):
        eventually(lambda: all_delivered(busy))

    assert len(wire.sent) == 40
    assert len({sent.message_id for sent in wire.sent}) == 40


def test_many_messages_take_few_transactions(busy: Desk) -> None:
    tell(busy, 60)
    with dispatching(busy, 8):
        eventually(lambda: all_delivered(busy))

    with busy.store._db.transaction() as tx:
        (pages,) = tx.execute("SELECT count(DISTINCT ended_at) FROM attempts").fetchone()
    assert pages <= 40, "a transaction each would be sixty"


def test_what_comes_later_is_sent_when_it_is_told_of(busy: Desk, wire: Wire) -> None:
    with dispatching(busy) as dispatcher:
        tell(busy, 1)
        dispatcher.wake()
        eventually(lambda: len(wire.sent) == 1)


def test_what_waits_for_a_time_is_sent_then_without_being_told_of(busy: Desk, wire: Wire) -> None:
    wire.outcomes.append(OutcomeKind.TRANSIENT)
    short = channel("email", to=to_email, retry=busy.rules.channels["email"].retry.__class__(first=0.4))
    busy.rules = ruleset(channels=[short])
    tell(busy, 1)
    with dispatching(busy):
        eventually(lambda: all_delivered(busy))

    assert len(wire.sent) == 2


def test_a_channel_has_no_more_on_the_wire_than_it_may(busy: Desk, wire: Wire) -> None:
    narrow = channel("sms", to=to_phone, concurrency=1)
    busy.rules = ruleset(
        rule("shipped"), rule("texted", send=[delivery("sms")]), channels=[MAIL, narrow, HOOK]
    )
    tell(busy, 20)
    with dispatching(busy, 3):
        eventually(lambda: all_delivered(busy))

    assert wire.most["email"] <= 3
    assert wire.most["sms"] == 1


def test_a_channel_that_hangs_keeps_no_other_waiting(busy: Desk, wire: Wire) -> None:
    busy.rules = ruleset(rule("shipped"), rule("texted", send=[delivery("sms")]), channels=[MAIL, TEXT, HOOK])
    wire.hold("email")
    tell(busy, 30)
    with dispatching(busy, 2):
        eventually(lambda: sum(sent.channel == "sms" for sent in wire.sent) == 30)
        assert not any(sent.channel == "email" for sent in wire.sent)
        wire.release("email")
        eventually(lambda: all_delivered(busy))


def test_a_critical_alert_overtakes_the_mails_that_wait_on_the_same_channel(busy: Desk, wire: Wire) -> None:
    critical = rule("alarm", "X", send=[delivery("ops")], severity=Severity.CRITICAL)
    slow = channel("ops", concurrency=1)
    wire.kinds["ops"] = "chat"
    busy.rules = ruleset(rule("news", send=[delivery("ops")]), critical, channels=[slow, MAIL])
    wire.hold("ops")
    tell(busy, 20)
    with dispatching(busy, 1) as dispatcher:
        eventually(lambda: wire.now["ops"] == 1)
        register(busy.store, "lost")
        busy.tell("X", "lost")
        busy.decide()
        dispatcher.wake()
        wire.release("ops")
        eventually(lambda: all_delivered(busy))

    refs = [sent.rendered.chat for sent in wire.sent]
    assert refs.index("<b>lost</b>") <= 3, "only what lay prepared already went before it"


def test_a_rate_is_kept_while_senders_are_idle(busy: Desk, wire: Wire) -> None:
    busy.rules = ruleset(channels=[channel("email", to=to_email, rate=Quota(3, 1.0))])
    tell(busy, 7)
    with dispatching(busy, 8):
        eventually(lambda: all_delivered(busy))

    with busy.store._db.transaction() as tx:
        started = [row[0] for row in tx.execute("SELECT started_at FROM attempts ORDER BY started_at")]
    assert all(later - first >= 1.0 for first, later in zip(started, started[3:], strict=False))


def test_stopping_gives_back_what_was_not_begun_and_waits_for_what_was(busy: Desk, wire: Wire) -> None:
    wire.hold("email")
    tell(busy, 20)
    with dispatching(busy, 2) as dispatcher:
        eventually(lambda: wire.now["email"] == 2)
        threading.Timer(0.3, wire.release, ["email"]).start()

        assert dispatcher.stop(10.0) == 0

    assert states(busy) == {State.DELIVERED: 2, State.PENDING: 18}
    assert all(m.claims == 0 for m in busy.store.outbox.newest([State.PENDING], 99))


def test_stopping_does_not_wait_longer_than_it_may(busy: Desk, wire: Wire) -> None:
    wire.hold("email")
    tell(busy, 5)
    with dispatching(busy, 2) as dispatcher:
        eventually(lambda: wire.now["email"] == 2)

        assert dispatcher.stop(0.5) == 2

        assert states(busy) == {State.SENDING: 2, State.PENDING: 3}
        wire.release("email")


def test_what_lies_prepared_for_a_channel_that_was_paused_goes_back(busy: Desk, wire: Wire) -> None:
    wire.hold("email")
    tell(busy, 6)
    with dispatching(busy, 1):
        eventually(lambda: wire.now["email"] == 1)
        busy.store.channels.pause("email", Reason.PAUSED_BY_HAND, None, "", T0)
        wire.release("email")
        eventually(lambda: states(busy) == {State.DELIVERED: 1, State.PENDING: 5})

    assert len(wire.sent) == 1


def test_a_database_that_fails_for_a_while_loses_no_result(
    busy: Desk, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "TROUBLE_PAUSE", 0.02)
    settle = busy.store.outbox.settle
    failures = 3

    def sometimes(*args: Any) -> frozenset[int]:
        nonlocal failures
        if args[0] and failures:
            failures -= 1
            raise StoreBusy("the database is locked by another program")
        return settle(*args)

    monkeypatch.setattr(busy.store.outbox, "settle", sometimes)
    tell(busy, 5)
    with dispatching(busy, 2):
        eventually(lambda: all_delivered(busy))

    assert failures == 0
    assert len(wire.sent) == 5


def test_a_message_that_cannot_be_written_down_is_set_aside_and_the_others_go_on(
    busy: Desk, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(busy, 6)
    poison = busy.store.outbox.newest((), 99)[2].id
    settle = busy.store.outbox.settle

    def breaks(results: Any, now: float) -> frozenset[int]:
        if any(
            r.message.id == poison and r.outcome and r.transition.state is State.DELIVERED for r in results
        ):
            raise ValueError("a mistake of ours")
        return settle(results, now)

    monkeypatch.setattr(busy.store.outbox, "settle", breaks)
    with dispatching(busy, 3):
        eventually(lambda: states(busy) == {State.DELIVERED: 5, State.FAILED: 1})

    message = busy.store.outbox.get(poison)
    assert message is not None
    assert (message.reason, message.maybe_sent) == (Reason.SET_ASIDE, True)


def test_a_message_that_cannot_be_prepared_is_set_aside_and_the_others_go_on(
    busy: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(busy, 6)
    poison = busy.store.outbox.newest((), 99)[2].id
    wording = busy.sender._preparer._wording
    make = wording.make

    def breaks(told: Told, *args: Any) -> Worded:
        if told[0].id == poison:
            raise ValueError("a mistake of ours")
        return make(told, *args)

    monkeypatch.setattr(wording, "make", breaks)
    with dispatching(busy, 3):
        eventually(lambda: states(busy) == {State.DELIVERED: 5, State.FAILED: 1})

    message = busy.store.outbox.get(poison)
    assert message is not None
    assert (message.reason, message.maybe_sent) == (Reason.SET_ASIDE, False)


def test_messages_of_one_order_leave_one_after_the_other(busy: Desk, wire: Wire) -> None:
    busy.rules = ruleset(*(rule(f"r{n}", code) for n, code in enumerate("PQSTU")), channels=[MAIL])
    register(busy.store, "o1")
    for n, code in enumerate("PQSTU"):
        busy.tell(code, "o1", at=T0 + n)
    busy.decide()
    with dispatching(busy, 8):
        eventually(lambda: all_delivered(busy))

    in_order = [m.message_id for m in reversed(busy.store.outbox.newest((), 9))]
    assert [sent.message_id for sent in wire.sent] == in_order
    assert wire.most["email"] == 1
