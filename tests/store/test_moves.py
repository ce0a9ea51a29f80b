"""Whatever claims, results, lapses and people do: no message moves as it may not, none is lost."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
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

from notifier.core.lookup import Lookup, LookupState, Verdict
from notifier.core.message import MOVES, UPDATE_MOVES, Message, Send, State, UpdateState
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.retry import Outcome, OutcomeKind, RetryPolicy, Transition, settle, settle_lapsed
from notifier.core.standing import Wants
from notifier.errors import NotAllowed
from notifier.store.protocol import Store
from tests.factories import T0, finding, new_message, received
from tests.outbox import settle_one, start_attempt
from tests.store.engines import ENGINES

LEASE = 60.0
POLICY = RetryPolicy(within=200.0, first=10.0, factor=2.0, longest=50.0)
HOLDING = {State.PENDING, State.SENDING, State.DELIVERED, State.UNKNOWN}

KEYS = {f"k{n}" for n in range(8)}
keys = st.sampled_from(sorted(KEYS))
channels = st.sampled_from(["email", "sms"])
refs = st.sampled_from(["41", "42"])
UNREGISTERED = ["51", "52"]
unregistered = st.sampled_from(UNREGISTERED)


class Outbox(RuleBasedStateMachine):
    """Random hands at one outbox."""

    engine = "sqlite"
    claimed = Bundle("claimed")
    lookups = Bundle("lookups")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="notifier-moves-")
        self.store: Store = ENGINES[self.engine](Path(self.folder.name)).open()
        self.now = T0
        self.updates = 0
        self.born = 0
        self.before: dict[int, Message] = {}
        self.stood: dict[int, UpdateState] = {}

    @initialize()
    def begin_with_three_messages(self) -> None:
        self.store.migrate()
        self.decide({"k0", "k1", "k2"}, "email", "41")

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def messages(self) -> dict[int, Message]:
        return {m.id: m for m in self.store.outbox.newest((), 10_000)}

    @rule(wanted=st.sets(keys, min_size=1, max_size=3), channel=channels, ref=refs)
    def decide(self, wanted: set[str], channel: str, ref: str) -> None:
        self.updates += 1
        self.store.orders.register([(ref, finding())], self.now)
        self.store.updates.record([received("C", ref, at=T0 + self.updates)], self.now)
        self.judge({*wanted}, channel, awaits=False)

    @rule(ref=unregistered)
    def arrive(self, ref: str) -> None:
        """An update comes of an order that the shop may never register."""
        self.updates += 1
        self.store.updates.record([received("C", ref, at=T0 + self.updates)], self.now)

    @rule(accept=st.booleans())
    def accept_unknown(self, accept: bool) -> None:
        self.store.orders.accept_unknown(accept)

    @rule(ref=unregistered)
    def register(self, ref: str) -> None:
        self.store.orders.register([(ref, finding())], self.now)

    @rule(wanted=st.sets(keys, max_size=2), channel=channels, awaits=st.booleans())
    def judge(self, wanted: set[str], channel: str, awaits: bool) -> None:
        """Decide what is undecided; some of it awaits the contact, as rules may wish."""
        for update_id in self.store.updates.claim("d", self.now, LEASE, 3):
            free = sorted(wanted - self.store.standing(Wants(keys=frozenset(wanted)), self.now).taken)
            born = [new_message(key, send=Send(channel, "told"), due_at=self.now) for key in free]
            self.store.updates.record_plan(update_id, "d", Plan((), tuple(born), awaits), False, "", self.now)
            self.born += len(born)

    @rule(target=lookups, worker=st.sampled_from("ab"))
    def look_up(self, worker: str) -> object:
        return multiple(*self.store.lookups.claim(worker, self.now, LEASE, 2))

    @rule(
        lookup=consumes(lookups),
        state=st.sampled_from([*LookupState, "give back"]),
        found=st.booleans(),
    )
    def answer(self, lookup: Lookup, state: LookupState | str, found: bool) -> None:
        if not isinstance(state, LookupState):
            self.store.lookups.give_back(lookup)
            return
        present = self.lookup(lookup.ref)
        held = present.state is LookupState.DUE and present.fence == lookup.fence
        waiting = self.waiting(lookup.ref)
        due_at = self.now + 30.0 if state is LookupState.DUE else None
        verdict = Verdict(state, finding(source="cottoncast") if found else None, due_at)
        with nullcontext() if held else pytest.raises(NotAllowed):
            released = self.store.lookups.settle(lookup, verdict, False, self.now)
            assert released == (0 if state is LookupState.DUE else waiting)

    def lookup(self, ref: str) -> Lookup:
        history = self.store.updates.history(ref)
        assert history is not None
        assert history.lookup is not None
        return history.lookup

    def waiting(self, ref: str) -> int:
        """Return how many updates of an order await its contact."""
        history = self.store.updates.history(ref)
        return sum(u.state is UpdateState.AWAITING_CONTACT for u in history.updates) if history else 0

    @rule(target=claimed, begun=st.booleans())
    def claim(self, begun: bool) -> object:
        got = self.store.outbox.claim("a", self.now, LEASE, 3)
        for message in got:
            assert self.before[message.id].state is State.PENDING
            if begun:
                start_attempt(self.store, message, "jane@example.org", "", "", self.now)
        return multiple(*got)

    @rule(message=claimed)
    def begin(self, message: Message) -> None:
        with self.refused_unless_held(message):
            start_attempt(self.store, message, "jane@example.org", "", "", self.now)

    @rule(
        message=consumes(claimed),
        kind=st.sampled_from([*OutcomeKind, "drop", "give back"]),
        resend=st.booleans(),
    )
    def finish(self, message: Message, kind: OutcomeKind | str, resend: bool) -> None:
        if kind == "give back":
            self.store.outbox.give_back(message)
            return
        with self.refused_unless_held(message):
            if not isinstance(kind, OutcomeKind):
                settle_one(self.store, message, Transition(State.DROPPED, Reason.BY_HAND), self.now)
                return
            tried = self.before[message.id]
            outcome = Outcome(kind)
            then = settle(tried, outcome, POLICY, resend_unknown=resend, now=self.now, jitter=0.0)
            successor = new_message(message.once, due_at=self.now) if then.fall_back else None
            settle_one(self.store, message, then, self.now, outcome=outcome, successor=successor)
            self.born += successor is not None

    @contextmanager
    def refused_unless_held(self, message: Message) -> Iterator[None]:
        """What is done within is refused if, and only if, the claim has gone."""
        present = self.before[message.id]
        held = present.state is State.SENDING and present.fence == message.fence
        with nullcontext() if held else pytest.raises(NotAllowed):
            yield

    @rule(target=claimed, killed=st.booleans(), resend=st.booleans(), vanishes=st.booleans())
    def recover(self, killed: bool, resend: bool, vanishes: bool) -> object:
        if killed:
            self.store.release("a")
        lapsed = self.store.outbox.lapsed(self.now, 9)
        if vanishes:  # the recovering worker ends, too
            return multiple(*(message for message, _ in lapsed))
        for message, attempt_open in lapsed:
            transition = settle_lapsed(
                message, attempt_open=attempt_open, resend_unknown=resend, now=self.now
            )
            outcome = Outcome(OutcomeKind.UNKNOWN) if attempt_open else None
            settle_one(self.store, message, transition, self.now, outcome=outcome)
        return multiple()

    @precondition(lambda self: self.ended())
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(self.ended()))
        others = [m for m in self.before.values() if m.once == message.once and m.id != message.id]
        allowed = message.state in (State.FAILED, State.UNKNOWN) and not any(map(holds_key, others))
        try:
            self.store.outbox.retry(message.id, self.now)
        except NotAllowed:
            assert not allowed
        else:
            assert allowed

    @rule(ref=st.sampled_from(["41", "42", *UNREGISTERED, "nobody"]))
    def forget(self, ref: str) -> None:
        self.store.orders.forget(ref, self.now)

    @rule(seconds=st.sampled_from([1.0, 20.0, LEASE]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def no_update_moves_as_it_may_not_and_none_waits_for_nothing(self) -> None:
        stands: dict[int, UpdateState] = {}
        for ref in ("41", "42", *UNREGISTERED):
            history = self.store.updates.history(ref)
            for told in history.updates if history else ():
                stands[told.update.id] = told.state
                if told.state is UpdateState.AWAITING_CONTACT:
                    assert history is not None
                    assert history.lookup is not None
                    assert history.lookup.state is LookupState.DUE
                if told.state is UpdateState.HELD:
                    assert history is not None
                    assert not history.order.registered
                    assert not history.order.forgotten
        for number, state in stands.items():
            was = self.stood.get(number, state)
            assert state is was or can_reach(was, state), (was, state)
        assert self.stood.keys() <= stands.keys()
        assert len(stands) == self.updates
        self.stood = stands

    def ended(self) -> list[Message]:
        """Return what a person may wish to send again, whether that is allowed or not."""
        return [m for m in self.before.values() if m.ended_at is not None]

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
        assert self.store.standing(Wants(keys=frozenset(KEYS)), self.now).taken == set(holders)
        self.before = present


def can_reach(start: UpdateState, end: UpdateState) -> bool:
    """Tell whether legal moves lead from one state to another: one step of the machine may take several."""
    seen, border = {start}, {start}
    while border:
        border = {after for state in border for after in UPDATE_MOVES[state]} - seen
        seen |= border
    return end in seen


def holds_key(message: Message) -> bool:
    return message.state in HOLDING or message.maybe_sent


@pytest.mark.parametrize("engine", ENGINES)
def test_no_sequence_of_hands_makes_an_illegal_move(engine: str) -> None:
    machine = type("Machine", (Outbox,), {"engine": engine})
    case = machine.TestCase
    case.settings = settings(
        max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )
    case().runTest()
