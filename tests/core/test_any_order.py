"""Updates come doubled, late and in any order: what customers hear of it stays the same.

A small model of the decider: what has arrived and is not judged is judged as it
happened, each against what was judged before, with the once keys that are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from notifier.core.course import furthest, is_late, sequence
from notifier.core.decide import decide
from notifier.core.message import State
from notifier.core.order import Order, assemble
from notifier.core.reason import Reason
from notifier.core.rules import Once
from notifier.core.situation import Situation
from notifier.core.standing import Standing
from notifier.core.trigger import StatusTrigger
from notifier.core.update import RecordedUpdate, Update
from tests.factories import T0, delivery, finding, once_keys, rule, ruleset, shipment

DAY = 86_400.0
NOW = T0 + 30 * DAY

RULES = ruleset(
    rule("shipped", trigger=StatusTrigger(frozenset("CE")), once=Once.ORDER),
    rule("parcel", trigger=StatusTrigger(frozenset("C")), once=Once.SHIPMENT),
    rule("delivered", "D", send=[delivery("sms", "email")]),
    rule("problem", trigger=StatusTrigger(frozenset("IX")), send=[delivery("slack"), delivery("email")]),
)

_updates = st.builds(
    Update,
    source=st.just("cottoncast"),
    ref=st.just("41"),
    code=st.sampled_from("NLRCEIXD"),
    # Around the skew of clocks, and well beyond it.
    event_at=st.sampled_from([0.0, 60.0, 3_600.0, 7_200.0, DAY, 2 * DAY, 5 * DAY]).map(lambda s: T0 + s),
    shipments=st.lists(st.sampled_from("AB").map(shipment), max_size=2, unique=True).map(tuple),
)
_courses = st.lists(_updates, min_size=1, max_size=8, unique_by=lambda u: u.identity)


@dataclass
class Shop:
    """What the database and the decider make of updates as they arrive."""

    judged: list[RecordedUpdate] = field(default_factory=list)
    waiting: list[RecordedUpdate] = field(default_factory=list)
    told: dict[str, RecordedUpdate] = field(default_factory=dict)
    late: list[RecordedUpdate] = field(default_factory=list)

    def receive(self, update: Update) -> None:
        known = {u.update.identity for u in self.judged + self.waiting}
        if update.identity not in known:
            self.waiting.append(RecordedUpdate(len(known) + 1, T0 + 20 * DAY, update))

    def judge(self) -> None:
        for update in sequence(self.waiting):
            late = is_late(update, self.judged)
            self.judged.append(update)
            if late:
                self.late.append(update)
            situation = Situation(update, assemble("41", self.judged, [finding()]), late)
            taken = once_keys(RULES, situation) & self.told.keys()
            for message in decide(RULES, situation, Standing(taken=taken), NOW).messages:
                if message.state is not State.DROPPED:
                    self.told[message.once] = update
        self.waiting.clear()

    @property
    def order(self) -> Order:
        order = assemble("41", self.judged, [finding()])
        return replace(order, shipments=tuple(replace(p, named_by=0) for p in order.shipments))


def whole(updates: Sequence[Update]) -> Shop:
    """Everything arrives before anything is judged: after a pause, a hold, or a source that was down."""
    shop = Shop()
    for update in updates:
        shop.receive(update)
    shop.judge()
    return shop


def live(updates: Sequence[Update], pauses: Sequence[bool]) -> Shop:
    """The decider looks after some of the arrivals."""
    shop = Shop()
    for update, look in zip(updates, pauses, strict=True):
        shop.receive(update)
        if look:
            shop.judge()
    shop.judge()
    return shop


@given(_courses, st.data())
def test_any_permutation_and_duplication_ends_in_the_same_state_and_tells_the_same(
    course: list[Update], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(course), max_size=5))
    shuffled = data.draw(st.permutations(course + again))

    one, other = whole(course), whole(shuffled)

    assert other.order == one.order
    assert list(other.told) == list(one.told)
    assert [u.update for u in other.told.values()] == [u.update for u in one.told.values()]


@given(_courses, st.data())
def test_judged_as_they_arrive_they_end_in_the_same_state_and_only_overtaken_news_differs(
    course: list[Update], data: st.DataObject
) -> None:
    """What differs is what was rightly told before the better news came, and what came after it."""
    again = data.draw(st.lists(st.sampled_from(course), max_size=5))
    arrivals = data.draw(st.permutations(course + again))
    pauses = data.draw(st.lists(st.booleans(), min_size=len(arrivals), max_size=len(arrivals)))

    first, later = whole(course), live(arrivals, pauses)

    assert later.order == first.order
    for key in first.told.keys() ^ later.told.keys():
        if "/parcel/" in key:
            continue  # a parcel is told of by whoever names it first
        update = (first.told.get(key) or later.told[key]).update
        stripped = RecordedUpdate(0, T0 + 20 * DAY, replace(update, shipments=()))
        assert is_late(stripped, [u for u in first.judged if u.update != update]), key


@given(_courses, st.data())
def test_nobody_is_told_anything_twice_or_anything_late(course: list[Update], data: st.DataObject) -> None:
    arrivals = data.draw(st.permutations(course + course))

    shop = live(arrivals, [True] * len(arrivals))

    customers = {
        key: u for key, u in shop.told.items() if not key.startswith("problem/") or key.endswith("/1")
    }
    assert not any(u in shop.late for u in customers.values())
    assert len(shop.judged) == len(course)


@given(_courses)
def test_the_furthest_status_is_always_told(course: list[Update]) -> None:
    shop = whole(course)
    code = furthest(shop.judged)

    if code == "D":
        assert "delivered/status/41/D/0" in shop.told
    if code in ("C", "E"):
        assert "shipped/order/41/0" in shop.told


def test_late_news_is_named_late() -> None:
    delivered, shipped = (
        RecordedUpdate(n, T0 + 20 * DAY, Update("cottoncast", "41", code, event_at=T0 + at))
        for n, (code, at) in enumerate((("D", DAY), ("C", 0.0)), 1)
    )
    situation = Situation(shipped, assemble("41", [delivered, shipped], [finding()]), late=True)

    reasons = {d.rule: d.reason for d in decide(RULES, situation, Standing(), NOW).decisions}

    assert reasons["shipped"] is Reason.LATE
