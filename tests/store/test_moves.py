"""Whatever claims, results, lapses and people do: no message moves as it may not, none is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from notifier.core.message import MOVES, Message, Send, State
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind, RetryPolicy, Transition, settle, settle_lapsed
from notifier.errors import NotAllowed
from notifier.store.protocol import Store
from tests.factories import JANE, T0, new_message, plan, received
from tests.store.engines import ENGINES

LEASE = 60.0
POLICY = RetryPolicy(within=200.0, first=10.0, factor=2.0, longest=50.0)
HOLDING = {State.PENDING, State.SENDING, State.DELIVERED, State.UNKNOWN}

keys = st.sampled_from(["k0", "k1", "k2"])
channels = st.sampled_from(["email", "sms"])
refs = st.sampled_from(["41", "42"])


class Outbox(RuleBasedStateMachine):
    """Random hands at one outbox."""

    engine = "sqlite"
    claimed = Bundle("claimed")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="notifier-moves-")
        self.store: Store = ENGINES[self.engine](Path(self.folder.name)).open()
        self.now = T0
        self.updates = 0
        self.born = 0
        self.before: dict[int, Message] = {}

    @initialize()
    def migrate(self) -> None:
        self.store.migrate()

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def messages(self) -> dict[int, Message]:
        return {m.id: m for m in self.store.outbox.newest((), 10_000)}

    @rule(key=keys, channel=channels, ref=refs, delay=st.sampled_from([0.0, 30.0]))
    def decide(self, key: str, channel: str, ref: str, delay: float) -> None:
        self.updates += 1
        self.store.orders.put(ref, "", JANE, {}, self.now)
        self.store.updates.record([received("C", ref, at=T0 + self.updates)], self.now)
        (update_id,) = self.store.updates.claim("d", self.now, LEASE, 1)
        taken = self.store.outbox.taken({key})
        born = new_message(key, send=Send(channel, "told"), due_at=self.now + delay)
        self.store.updates.record_plan(update_id, "d", plan() if taken else plan(born), False, "", self.now)
        self.born += not taken

    @rule(target=claimed, worker=st.sampled_from("ab"), limit=st.integers(1, 3))
    def claim(self, worker: str, limit: int) -> object:
        got = self.store.outbox.claim(worker, self.now, LEASE, limit)
        assert all(self.before[m.id].state is State.PENDING for m in got)
        return multiple(*got)

    @rule(message=claimed)
    def begin(self, message: Message) -> None:
        held = self.holds(message)
        try:
            self.store.outbox.start_attempt(message, "jane@example.org", "", "", self.now)
        except NotAllowed:
            assert not held
        else:
            assert held

    @rule(message=consumes(claimed), kind=st.sampled_from(OutcomeKind), resend=st.booleans())
    def finish(self, message: Message, kind: OutcomeKind, resend: bool) -> None:
        held = self.holds(message)
        tried = self.before[message.id]
        outcome = Outcome(kind)
        transition = settle(tried, outcome, POLICY, resend_unknown=resend, now=self.now, jitter=0.0)
        successor = new_message(message.once, due_at=self.now) if transition.fall_back else None
        try:
            self.store.outbox.settle(message, transition, self.now, outcome=outcome, successor=successor)
        except NotAllowed:
            assert not held
        else:
            assert held
            self.born += successor is not None

    @rule(message=consumes(claimed))
    def drop(self, message: Message) -> None:
        held = self.holds(message)
        try:
            self.store.outbox.settle(message, Transition(State.DROPPED, Reason.BY_HAND), self.now)
        except NotAllowed:
            assert not held

    @rule(message=consumes(claimed))
    def give_back(self, message: Message) -> None:
        self.store.outbox.give_back(message)

    @rule(worker=st.sampled_from("ab"))
    def kill(self, worker: str) -> None:
        self.store.release(worker)

    @rule(target=claimed, resend=st.booleans(), vanishes=st.booleans())
    def recover(self, resend: bool, vanishes: bool) -> object:
        lapsed = self.store.outbox.lapsed(self.now, 2)
        if vanishes:  # the recovering worker ends, too
            return multiple(*(message for message, _ in lapsed))
        for message, attempt_open in lapsed:
            transition = settle_lapsed(
                message, attempt_open=attempt_open, resend_unknown=resend, now=self.now
            )
            outcome = Outcome(OutcomeKind.UNKNOWN) if attempt_open else None
            self.store.outbox.settle(message, transition, self.now, outcome=outcome)
        return multiple()

    @precondition(lambda self: self.before)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(sorted(self.before.values(), key=lambda m: m.id)))
        others = [m for m in self.before.values() if m.once == message.once and m.id != message.id]
        allowed = message.state in (State.FAILED, State.UNKNOWN) and not any(map(holds_key, others))
        try:
            self.store.outbox.retry(message.id, self.now)
        except NotAllowed:
            assert not allowed
        else:
            assert allowed

    @rule(ref=refs)
    def forget(self, ref: str) -> None:
        self.store.orders.delete(ref, self.now)

    @rule(seconds=st.sampled_from([1.0, 20.0, LEASE]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    def holds(self, message: Message) -> bool:
        present = self.before[message.id]
        return present.state is State.SENDING and present.fence == message.fence

    @invariant()
    def nothing_moves_as_it_may_not(self) -> None:
        if not self.updates:
            return
        present = self.messages()
        for number, message in present.items():
            then = self.before.get(number)
            if then is not None and then.state is not message.state:
                assert message.state in MOVES[then.state], (then.state, message.state)
            if then is not None:
                assert message.fence >= then.fence
                assert message.maybe_sent >= then.maybe_sent
            ended = message.state not in (State.PENDING, State.SENDING)
            assert (message.ended_at is not None) == ended
            assert (message.reason is not None) == (ended and message.state is not State.DELIVERED)
        assert self.before.keys() <= present.keys()
        assert len(present) == self.born
        assert sum(self.store.outbox.counts().values()) == self.born
        holders = [m.once for m in present.values() if holds_key(m)]
        assert len(holders) == len(set(holders))
        assert self.store.outbox.taken({"k0", "k1", "k2"}) == set(holders)
        self.before = present


def holds_key(message: Message) -> bool:
    return message.state in HOLDING or message.maybe_sent


@pytest.mark.parametrize("engine", ENGINES)
def test_no_sequence_of_hands_makes_an_illegal_move(engine: str) -> None:
    machine = type("Machine", (Outbox,), {"engine": engine})
    case = machine.TestCase
    case.settings = settings(
        max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )
    case().runTest()
