"""The decider: updates become plans in the order in which they happened, and one bad update stops nobody."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from notifier.core.expression import Facts
from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.rules import Once, RuleSet
from notifier.core.update import RecordedUpdate
from notifier.errors import StoreFull
from notifier.service.decider import Decider
from tests.factories import JANE, T0, register, rule, ruleset, shipment
from tests.service.conftest import Desk


class Fault(Exception):
    """A mistake of ours: nothing that the core expects."""


def decisions(desk: Desk, ref: str = "41") -> list[list[tuple[str, Reason]]]:
    history = desk.store.updates.history(ref)
    assert history is not None
    return [[(d.rule, d.reason) for d in u.decisions] for u in history.updates]


def test_an_update_gets_a_decision_by_every_rule_and_its_messages(desk: Desk) -> None:
    desk.rules = ruleset(rule("shipped"), rule("delivered", "D"))
    desk.store.rulesets.take_up(desk.rules.fingerprint, [judged.id for judged in desk.rules.judged], T0)
    desk.tell("C")

    assert desk.decide() == 1
    assert desk.decide() == 0

    assert decisions(desk) == [[("shipped", Reason.FIRED), ("delivered", Reason.OTHER_STATUS)]]
    assert desk.states() == [State.PENDING]
    history = desk.store.updates.history("41")
    assert history is not None
    (update,) = history.updates
    assert (update.fingerprint, update.decided_at, update.late) == ("0123456789ab", T0 + 100, False)


def test_updates_of_an_order_are_decided_in_the_order_in_which_they_happened(desk: Desk) -> None:
    seen: list[str] = []

    def note(facts: Facts) -> bool:
        update = facts["update"]
        assert isinstance(update, RecordedUpdate)
        seen.append(update.code)
        return True

    desk.rules = ruleset(*(rule(code, code, condition=note) for code in "DCI"))
    for n, code in enumerate("DCI"):
        desk.tell(code, at=T0 - n)

    desk.decide()

    assert seen == ["I", "C", "D"]


def test_an_update_that_comes_late_is_told_to_nobody(desk: Desk) -> None:
    desk.rules = ruleset(rule("shipped"), rule("delivered", "D"))
    desk.tell("D", at=T0 + 50)
    desk.decide()
    desk.tell("C", at=T0)

    desk.decide()

    assert decisions(desk)[1][0] == ("shipped", Reason.LATE)
    assert len(desk.states()) == 1


def test_an_order_is_told_once_over_two_updates_in_one_batch(desk: Desk) -> None:
    desk.rules = ruleset(rule(once=Once.ORDER))
    desk.tell("C", at=T0)
    desk.tell("C", at=T0 + 1)

    assert desk.decide() == 2

    assert [d[0][1] for d in decisions(desk)] == [Reason.FIRED, Reason.ALREADY_TOLD]
    assert len(desk.states()) == 1


def test_a_parcel_that_is_listed_twice_is_told_once(desk: Desk) -> None:
    desk.rules = ruleset(rule(once=Once.SHIPMENT))
    desk.tell("C", shipments=(shipment("A"), shipment("A", carrier_name="other")))

    desk.decide()

    assert desk.states() == [State.PENDING]


def bad_for(ref: str) -> object:
    def condition(facts: Facts) -> bool:
        update = facts["update"]
        assert isinstance(update, RecordedUpdate)
        if update.update.ref == ref:
            raise Fault("jane@example.org")
        return True

    return condition


def test_an_update_that_cannot_be_decided_is_set_aside_after_three_tries_and_others_go_on(desk: Desk) -> None:
    register(desk.store, "42", JANE, at=T0)
    desk.rules = ruleset(rule(condition=bad_for("41")))
    desk.tell("C", "41")
    desk.tell("C", "42")

    assert desk.decide() == 2
    assert desk.store.updates.counts() == {"undecided": 1, "decided": 1}
    assert desk.decide() == 1
    with capture_logs() as logs:
        assert desk.decide() == 1
    assert desk.decide() == 0

    assert desk.store.updates.counts() == {"set_aside": 1, "decided": 1}
    assert [line for line in logs if "set aside" in line["event"]]
    history = desk.store.updates.history("41")
    assert history is not None
    assert history.updates[0].detail == "Fault"
    assert desk.states() == [State.PENDING]


def test_a_set_aside_update_is_decided_after_all_once_the_rules_are_mended(desk: Desk) -> None:
    desk.rules = ruleset(rule(condition=bad_for("41")))
    desk.tell()
    while desk.decide():
        pass
    (update,) = desk.store.updates.history("41").updates  # type: ignore[union-attr]

    desk.rules = ruleset()
    desk.store.updates.retry(update.update.id)
    desk.decide()

    assert desk.store.updates.counts() == {"decided": 1}
    assert desk.states() == [State.PENDING]


def test_a_bad_update_undoes_nothing_of_its_batch_but_its_own_part(desk: Desk) -> None:
    """Two rules with one id make two messages with one key: the database refuses the second."""
    register(desk.store, "42", JANE, at=T0)
    desk.rules = ruleset(rule("twin"), rule("twin", condition=lambda f: f["order"].ref == "41"))  # type: ignore[attr-defined]
    desk.tell("C", "41")
    desk.tell("C", "42")

    assert desk.decide() == 2

    assert decisions(desk, "41") == [[]]
    assert decisions(desk, "42") == [[("twin", Reason.FIRED), ("twin", Reason.CONDITION_FALSE)]]
    assert len(desk.states()) == 1


def test_a_database_that_fails_is_nobodys_fault_and_the_claims_are_free_again(desk: Desk) -> None:
    def full(_: Facts) -> bool:
        raise StoreFull("no space left for the database")

    desk.rules = ruleset(rule(condition=full))
    desk.tell()
    for _ in range(5):
        with pytest.raises(StoreFull):
            desk.decide()

    desk.rules = ruleset()
    assert desk.decide() == 1
    assert desk.store.updates.counts() == {"decided": 1}


def test_an_update_whose_claim_went_to_another_worker_is_left_to_it(desk: Desk) -> None:
    desk.tell()

    def rules_after_a_long_pause() -> RuleSet:
        assert desk.store.updates.claim("there/1/1", T0 + 1e6, 60.0, 1)
        return desk.rules

    assert Decider(desk.store, rules_after_a_long_pause, "here/1/1", desk.clock).run_once() == 1

    assert desk.states() == []
    assert desk.store.claimants() == ["there/1/1"]
    assert desk.store.updates.counts() == {"undecided": 1}


def test_no_word_of_the_customer_is_in_the_log(desk: Desk) -> None:
    desk.tell()
    with capture_logs() as logs:
        desk.decide()

    assert logs
    assert "jane" not in str(logs).lower()
    assert "+316" not in str(logs)
