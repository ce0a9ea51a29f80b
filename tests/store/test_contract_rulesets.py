"""What a store is: the rules that were ever in force, those that are, and an edit that was refused."""

from __future__ import annotations

from notifier.store.protocol import Store
from notifier.store.rulesets import InForce, Rejection
from tests.factories import T0


def test_at_first_nothing_is_in_force(store: Store) -> None:
    assert store.rulesets.current() == InForce(None, None, None)
    assert store.rulesets.rules_of("f1") is None


def test_rules_are_in_force_since_they_were_taken_up(store: Store) -> None:
    store.rulesets.take_up("f1", ["shipped", "lost"], T0)
    store.rulesets.take_up("f2", ["shipped"], T0 + 9)

    assert store.rulesets.current() == InForce("f2", T0 + 9)


def test_a_worker_that_starts_with_the_rules_in_force_changes_nothing(store: Store) -> None:
    store.rulesets.take_up("f1", ["shipped"], T0)
    store.rulesets.take_up("f1", ["shipped"], T0 + 60)

    assert store.rulesets.current() == InForce("f1", T0)


def test_rules_that_come_back_are_in_force_anew(store: Store) -> None:
    for seconds, fingerprint in enumerate(("f1", "f2", "f1")):
        store.rulesets.take_up(fingerprint, [], T0 + seconds)

    assert store.rulesets.current() == InForce("f1", T0 + 2)


def test_the_rules_of_every_version_are_remembered_in_their_order(store: Store) -> None:
    store.rulesets.take_up("f1", ["z", "a", "é"], T0)
    store.rulesets.take_up("f2", [], T0)

    assert store.rulesets.rules_of("f1") == ("z", "a", "é")
    assert store.rulesets.rules_of("f2") == ()
    assert store.rulesets.rules_of("f3") is None


def test_a_refused_edit_leaves_the_rules_in_force_and_is_remembered(store: Store) -> None:
    store.rulesets.take_up("f1", ["shipped"], T0)

    assert store.rulesets.reject(["rules.yaml:6:5: unknown key", "rules.yaml:9:1: empty"], T0 + 1)

    rejection = Rejection(T0 + 1, 2, "rules.yaml:6:5: unknown key")
    assert store.rulesets.current() == InForce("f1", T0, rejection)


def test_each_refused_edit_is_one_event(store: Store) -> None:
    store.rulesets.take_up("f1", [], T0)

    assert store.rulesets.reject(["a", "b"], T0 + 1)
    assert not store.rulesets.reject(["a", "b"], T0 + 2), "another worker read the same file"
    assert store.rulesets.reject(["a", "c"], T0 + 3)

    assert store.rulesets.current().rejected == Rejection(T0 + 3, 2, "a")
    assert [(e.kind, e.subject, e.detail, e.at) for e in store.events.newest(9)] == [
        ("rules_rejected", "rules", "a", T0 + 3),
        ("rules_rejected", "rules", "a", T0 + 1),
    ]


def test_rules_that_are_taken_up_end_the_refusal(store: Store) -> None:
    store.rulesets.take_up("f1", [], T0)
    store.rulesets.reject(["a"], T0 + 1)
    store.rulesets.take_up("f1", [], T0 + 2)

    assert store.rulesets.current() == InForce("f1", T0)
    assert store.rulesets.reject(["a"], T0 + 3), "the same mistake, made again, is news"


def test_rules_can_be_refused_before_any_were_in_force(store: Store) -> None:
    store.rulesets.reject(["a"], T0)
    assert store.rulesets.current() == InForce(None, None, Rejection(T0, 1, "a"))

    store.rulesets.take_up("f1", [], T0 + 1)
    assert store.rulesets.current() == InForce("f1", T0 + 1)


def test_a_refusal_is_undone_with_its_transaction(store: Store) -> None:
    class Stop(Exception):
        pass

    try:
        with store.transaction():
            store.rulesets.reject(["a"], T0)
            raise Stop
    except Stop:
        pass

    assert store.rulesets.current() == InForce()
    assert store.events.newest(9) == []


def test_the_shops_time_zone_is_kept_with_the_rules_in_force(store: Store) -> None:
    assert store.rulesets.current().timezone == "UTC"
    store.rulesets.take_up("a", ["one"], 100.0, "Europe/Amsterdam")
    assert store.rulesets.current().timezone == "Europe/Amsterdam"
    store.rulesets.take_up("b", ["one"], 200.0, "Asia/Tokyo")
    store.rulesets.reject(["a mistake"], 300.0)
    assert store.rulesets.current().timezone == "Asia/Tokyo"


def test_the_names_of_all_rules_in_force_are_kept_also_of_those_about_the_shop(store: Store) -> None:
    assert store.rulesets.names() is None
    store.rulesets.take_up("a", ["one"], T0, shop_rules=["flood"])
    store.rulesets.reject(["a mistake"], T0 + 1)
    assert store.rulesets.names() == ("one", "flood")
    assert store.rulesets.rules_of("a") == ("one",)
    store.rulesets.take_up("b", [], T0 + 2)
    assert store.rulesets.names() == ()
