"""What a store is: alerts open, grow worse and are resolved with plans; people acknowledge and close them."""

from __future__ import annotations

import pytest

from notifier.core.alert import ALERT_MOVES, Alert, AlertChange, AlertState, Change, Severity
from notifier.core.plan import Plan
from notifier.core.standing import Wants
from notifier.core.timer import Timer, TimerKind
from notifier.errors import NotAllowed, NotFound
from notifier.store.protocol import Store
from tests.factories import T0, received
from tests.store.conftest import register

OPEN = AlertChange(
    "problem", "41", Change.OPEN, Severity.WARNING, {"ref": ("41",), "carrier": ("PNL",)}, ref="41"
)
OVER = AlertChange("problem", "41", Change.RESOLVE, ref="41", why="delivered")


def change(store: Store, *changes: AlertChange, timers: tuple[Timer, ...] = (), now: float = T0) -> int:
    """Decide an update with these changes; return its id."""
    number = sum(store.updates.counts().values())
    store.updates.record([received("I", at=T0 + number)], now)
    (update_id,) = store.updates.claim("setup", now, 60.0, 1)
    store.updates.record_plan(update_id, "setup", Plan((), alerts=changes, timers=timers), False, "f1", now)
    return update_id


def opened(store: Store, *changes: AlertChange, now: float = T0) -> Alert:
    change(store, *(changes or (OPEN,)), now=now)
    (alert,) = store.alerts.open()
    return alert


def test_an_alert_is_on_record_as_it_was_opened(store: Store) -> None:
    update_id = change(store, OPEN)

    assert store.alerts.open() == [
        Alert(
            id=1,
            rule="problem",
            key="41",
            state=AlertState.OPEN,
            severity=Severity.WARNING,
            opened_at=T0,
            labels={"ref": ("41",), "carrier": ("PNL",)},
            ref="41",
            update_id=update_id,
        )
    ]
    assert store.alerts.get(1) == store.alerts.open()[0]
    assert store.alerts.get(2) is None


def test_an_open_alert_grows_worse_and_never_better(store: Store) -> None:
    opened(store)
    for severity in (Severity.CRITICAL, Severity.INFO):
        alert = opened(
            store, AlertChange("problem", "41", Change.OPEN, severity, {"carrier": ("DHL",)}), now=T0 + 9
        )

    assert (alert.severity, alert.opened_at) == (Severity.CRITICAL, T0)
    assert alert.labels == {"ref": ("41",), "carrier": ("PNL", "DHL")}


def test_an_acknowledged_alert_that_is_opened_again_stays_acknowledged(store: Store) -> None:
    store.alerts.acknowledge(opened(store).id, "anna", T0 + 1)

    assert opened(store).state is AlertState.ACKNOWLEDGED


def test_an_alert_that_was_resolved_opens_anew_as_another(store: Store) -> None:
    first = opened(store)
    change(store, OVER, now=T0 + 5)
    assert store.alerts.open() == []

    second = opened(store, now=T0 + 9)

    assert second.id != first.id
    over = store.alerts.get(first.id)
    assert over is not None
    assert (over.state, over.resolved_at, over.why) == (AlertState.RESOLVED, T0 + 5, "delivered")
    assert [a.id for a in store.alerts.newest(9)] == [second.id, first.id]
    assert store.standing(Wants("41"), T0 + 9).resolved("problem", "41") == 1


def test_what_is_not_open_is_not_resolved(store: Store) -> None:
    change(store, OVER)

    assert store.alerts.newest(9) == []


def test_the_worst_come_first_and_among_these_the_oldest(store: Store) -> None:
    for key, severity in (("1", "warning"), ("2", "critical"), ("3", "info"), ("4", "critical")):
        change(store, AlertChange("problem", key, Change.OPEN, Severity(severity)), now=T0 + int(key))

    assert [a.key for a in store.alerts.open()] == ["2", "4", "1", "3"]


def test_acknowledging_names_who_did_it_and_ends_what_would_be_said_again(store: Store) -> None:
    timers = tuple(
        Timer("problem", kind, about, key, T0 + 60, about, 1)
        for kind, about, key in (
            (TimerKind.ESCALATE, "41", "0"),
            (TimerKind.REPEAT, "41", ""),
            (TimerKind.ESCALATE, "42", "0"),
            (TimerKind.STUCK, "41", "C@1"),
        )
    )
    change(store, OPEN, timers=timers)

    alert = store.alerts.acknowledge(1, "anna", T0 + 5)

    assert (alert.state, alert.by, alert.acknowledged_at) == (AlertState.ACKNOWLEDGED, "anna", T0 + 5)
    left = {(t.kind, t.about) for t in store.timers.due(T0 + 60, 9)}
    assert left == {(TimerKind.ESCALATE, "42"), (TimerKind.STUCK, "41")}


def test_an_alert_is_closed_by_hand(store: Store) -> None:
    alert = store.alerts.resolve(opened(store).id, "anna", T0 + 5)

    assert (alert.state, alert.resolved_at, alert.why) == (AlertState.RESOLVED, T0 + 5, "by anna")
    assert store.alerts.open() == []


@pytest.mark.parametrize("start", AlertState)
@pytest.mark.parametrize("end", [AlertState.ACKNOWLEDGED, AlertState.RESOLVED])
def test_people_make_legal_moves_only(store: Store, start: AlertState, end: AlertState) -> None:
    alert = opened(store)
    hands = {AlertState.ACKNOWLEDGED: store.alerts.acknowledge, AlertState.RESOLVED: store.alerts.resolve}
    if start in hands:
        hands[start](alert.id, "anna", T0)

    if end in ALERT_MOVES[start]:
        assert hands[end](alert.id, "bert", T0).state is end
    else:
        with pytest.raises(NotAllowed, match=f"alert 1 is {start}"):
            hands[end](alert.id, "bert", T0)


def test_what_is_not_there_cannot_be_moved(store: Store) -> None:
    with pytest.raises(NotFound, match="no alert 9"):
        store.alerts.acknowledge(9, "anna", T0)
    with pytest.raises(NotFound, match="no alert 9"):
        store.alerts.resolve(9, "anna", T0)


def test_a_forgotten_order_leaves_its_alert_without_what_it_was_about(store: Store) -> None:
    opened(store)
    register(store, "42")

    store.orders.forget("41", T0)

    (alert,) = store.alerts.open()
    assert (alert.ref, alert.labels) == ("41", {})


def test_what_was_resolved_is_deleted_by_age(store: Store) -> None:
    opened(store)
    change(store, OVER, now=T0 + 5)
    opened(store, now=T0 + 6)

    store.orders.age_out(None, T0 + 5, 50, T0 + 99)
    assert len(store.alerts.newest(9)) == 2
    store.orders.age_out(None, T0 + 6, 50, T0 + 99)

    assert [a.state for a in store.alerts.newest(9)] == [AlertState.OPEN]
