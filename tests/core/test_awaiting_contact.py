"""Rules that need the contact wait for it, the others do not; and whom `missing_contact` tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.contact import Contact
from notifier.core.decide import decide, expire
from notifier.core.flaw import Flaw
from notifier.core.lookup import Lookup, LookupState
from notifier.core.plan import Plan
from notifier.core.reason import Reason
from notifier.core.rules import Once, Orders, Rule, RuleSet
from notifier.core.situation import Situation
from notifier.core.standing import Standing
from notifier.core.trigger import AnyUpdate
from tests.factories import JANE, T0, delivery, once_keys, order, recorded, rule, ruleset, situation

NOW = T0 + 5
MAIL = rule("shipped", needs_contact=True)
OPS = rule("ops", send=[delivery("slack")])
MISS = rule("missing_contact", trigger=AnyUpdate(), send=[delivery("slack")], once=Once.ORDER)


def rules(*several: Rule, miss: Rule | None = None, sources: tuple[str, ...] = ("cottoncast",)) -> RuleSet:
    return replace(ruleset(*several), orders=Orders(sources=sources, missing_contact=miss))


def ended(state: LookupState) -> Lookup:
    return Lookup("41", "", state, NOW, T0, ended_at=NOW)


def verdicts(plan: Plan) -> dict[str, Reason]:
    return {d.rule: d.reason for d in plan.decisions}


def told(plan: Plan) -> list[tuple[str, str]]:
    return [(m.rule, m.send.channel) for m in plan.messages if m.state == "pending"]


UNKNOWN = situation(contact=None)


def test_operators_hear_at_once_while_the_contact_is_looked_up() -> None:
    plan = decide(rules(MAIL, OPS), UNKNOWN, Standing(), NOW)

    assert plan.awaits_contact
    assert verdicts(plan) == {"shipped": Reason.AWAITING_CONTACT, "ops": Reason.FIRED}
    assert told(plan) == [("ops", "slack")]


def test_after_the_lookup_only_what_waited_is_judged() -> None:
    both = rules(MAIL, OPS)
    first = decide(both, UNKNOWN, Standing(), NOW)
    found = replace(situation(), lookup=ended(LookupState.FOUND), judged={d.rule: d for d in first.decisions})

    plan = decide(both, found, Standing(taken=frozenset(m.once for m in first.messages)), NOW)

    assert not plan.awaits_contact
    assert verdicts(plan) == {"shipped": Reason.FIRED, "ops": Reason.FIRED}
    assert told(plan) == [("shipped", "email")]


def test_nobody_is_looked_up_where_no_rule_would_speak() -> None:
    label = Situation(recorded("L"), order(recorded("L"), contact=None))
    fits = rules(MAIL)

    assert not decide(fits, label, Standing(), NOW).awaits_contact
    assert not decide(fits, UNKNOWN, Standing(taken=once_keys(fits, UNKNOWN)), NOW).awaits_contact


def test_a_rule_that_speaks_once_for_each_contact_has_to_know_her_whomever_it_tells() -> None:
    once = rules(rule("ops", send=[delivery("slack")], once=Once.CONTACT))

    assert decide(once, UNKNOWN, Standing(), NOW).awaits_contact


def test_a_rule_added_while_the_contact_was_looked_up_is_judged_too() -> None:
    first = decide(rules(MAIL), UNKNOWN, Standing(), NOW)
    found = replace(situation(), lookup=ended(LookupState.FOUND), judged={d.rule: d for d in first.decisions})

    assert told(decide(rules(MAIL, OPS), found, Standing(), NOW)) == [
        ("shipped", "email"),
        ("ops", "slack"),
    ]


@pytest.mark.parametrize(
    ("state", "reason"),
    [(LookupState.MISSING, Reason.NO_CONTACT), (LookupState.GAVE_UP, Reason.SOURCE_DOWN)],
)
def test_the_reason_says_how_the_lookup_ended(state: LookupState, reason: Reason) -> None:
    plan = decide(rules(MAIL), replace(UNKNOWN, lookup=ended(state)), Standing(), NOW)

    assert verdicts(plan) == {"shipped": reason}
    assert not plan.awaits_contact


@pytest.mark.parametrize(
    ("seen", "fired"),
    [
        pytest.param(replace(UNKNOWN, lookup=ended(LookupState.MISSING)), True, id="no source has it"),
        pytest.param(replace(UNKNOWN, lookup=ended(LookupState.GAVE_UP)), True, id="sources were down"),
        pytest.param(situation(contact=Contact(name="J")), True, id="without any address"),
        pytest.param(
            situation(contact=Contact(unusable={"email": Flaw.MALFORMED})),
            True,
            id="with unusable addresses only",
        ),
        pytest.param(
            situation(contact=Contact(email="j@x.example", refused=frozenset({"j@x.example"}))),
            True,
            id="with an address that was refused for good",
        ),
        pytest.param(
            situation(contact=replace(JANE, refused=frozenset({"jane@example.org"}))),
            False,
            id="refused, but she can be phoned",
        ),
        pytest.param(situation(), False, id="the customer is told"),
        pytest.param(situation(contact=replace(JANE, do_not_contact=True)), False, id="she wants no news"),
        pytest.param(
            situation(contact=Contact(phone="+31612345678")), False, id="only this channel is missing"
        ),
        pytest.param(
            Situation(recorded("L"), order(recorded("L"), contact=None), lookup=ended(LookupState.MISSING)),
            False,
            id="nobody was to be told",
        ),
        pytest.param(
            Situation(recorded(), replace(order(recorded(), contact=None), forgotten=True)),
            False,
            id="she was forgotten on purpose",
        ),
    ],
)
def test_operators_hear_that_a_contact_is_missing(seen: Situation, fired: bool) -> None:
    plan = decide(rules(MAIL, miss=MISS, sources=("registered",)), seen, Standing(), NOW)

    assert verdicts(plan)["missing_contact"] is (Reason.FIRED if fired else Reason.NO_MATCH)
    assert (("missing_contact", "slack") in told(plan)) is fired


def test_a_missing_contact_is_told_once_for_an_order() -> None:
    both = rules(MAIL, miss=MISS)
    seen = replace(UNKNOWN, lookup=ended(LookupState.MISSING))
    first = decide(both, seen, Standing(), NOW)

    again = decide(both, seen, Standing(taken=frozenset(m.once for m in first.messages)), NOW)

    assert told(first) == [("missing_contact", "slack")]
    assert verdicts(again) == {"shipped": Reason.NO_CONTACT, "missing_contact": Reason.ALREADY_TOLD}


def test_a_missing_contact_is_not_told_before_the_lookup_has_ended() -> None:
    plan = decide(rules(MAIL, miss=MISS), UNKNOWN, Standing(), NOW)

    assert "missing_contact" not in verdicts(plan)


def test_an_update_that_was_held_too_long_has_a_verdict_by_every_rule_and_operators_may_hear_of_it() -> None:
    plan = expire(rules(MAIL, OPS, miss=MISS), UNKNOWN, Standing(), NOW)

    assert verdicts(plan) == {
        "shipped": Reason.EXPIRED,
        "ops": Reason.EXPIRED,
        "missing_contact": Reason.FIRED,
    }
    assert told(plan) == [("missing_contact", "slack")]


def test_without_missing_contact_nobody_hears_of_it() -> None:
    plan = expire(rules(MAIL), UNKNOWN, Standing(), NOW)

    assert plan.messages == ()
    assert verdicts(plan) == {"shipped": Reason.EXPIRED}
