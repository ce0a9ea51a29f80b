"""What an edit changed, part by part; what means the same has not changed."""

from __future__ import annotations

from notifier.core.difference import Difference, Parts, difference, fingerprint


def test_the_same_changes_nothing() -> None:
    parts = Parts({"a": "1"}, {"email": "1"}, {"shop": "1"}, {"a": "1"})

    assert difference(parts, parts) == Difference()
    assert difference(parts, parts).said() == {}


def test_rules_are_added_removed_and_changed_in_their_order() -> None:
    found = difference(
        Parts(rules={"z": "1", "same": "1", "gone": "1", "a": "1"}),
        Parts(rules={"new": "1", "z": "2", "same": "1", "a": "2"}),
    )

    assert found == Difference(added=("new",), removed=("gone",), changed=("z", "a"))
    assert found.said() == {"added": ["new"], "removed": ["gone"], "changed": ["z", "a"]}


def test_rules_in_another_order_are_the_same_rules() -> None:
    assert difference(Parts(rules={"a": "1", "b": "2"}), Parts(rules={"b": "2", "a": "1"})) == Difference()


def test_channels_blocks_and_templates_are_named_whatever_became_of_them() -> None:
    found = difference(
        Parts(channels={"sms": "1", "email": "1"}, others={"shop": "1"}, templates={"lost": "1", "a": "1"}),
        Parts(channels={"email": "2", "slack": "1"}, others={}, templates={"lost": "2", "a": "1"}),
    )

    assert found.said() == {
        "channels": ["email", "slack", "sms"],
        "others": ["shop"],
        "templates": ["lost"],
    }


def test_a_fingerprint_is_that_of_the_data_not_of_its_order() -> None:
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint([1, 2]) != fingerprint([2, 1])
    assert fingerprint("1") != fingerprint(1)
    assert fingerprint(True) != fingerprint(1)
    assert len(fingerprint("\ud800")) == 12
