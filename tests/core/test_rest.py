"""When a channel is left alone, and when it is up again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.reason import Reason
from notifier.core.rest import (
    FAILURES,
    FIRST_REST,
    LONGEST_REST,
    WIRE_REASONS,
    Effect,
    Health,
    Rest,
    hold,
    judge,
)
from notifier.core.retry import LONGEST_RETRY_AFTER, Outcome, OutcomeKind

NOW = 1_000_000.0
DELIVERED = Outcome(OutcomeKind.DELIVERED)
REFUSED = Outcome(OutcomeKind.PERMANENT, "550 5.1.1")
BUSY = Outcome(OutcomeKind.TRANSIENT, "452 4.2.2")
GONE = Outcome(OutcomeKind.TRANSIENT, unreachable=True)
LOST = Outcome(OutcomeKind.UNKNOWN, unreachable=True)
DOWN = Outcome(OutcomeKind.CHANNEL_DOWN, "535")
THROTTLED = Outcome(OutcomeKind.TRANSIENT, "HTTP 429", throttled=True)
STRAINED = Health(failures=FAILURES - 1)
RESTED = Health(failures=FAILURES, rests=2)
TALKS = WIRE_REASONS - {Reason.CHANNEL_DOWN, Reason.REFUSES_EVERYONE}


def after(health: Health, outcome: Outcome, jitter: float = 0.0) -> tuple[Health, Effect]:
    return judge(health, outcome, NOW, jitter)


@pytest.mark.parametrize(
    ("before", "outcome", "health", "effect"),
    [
        pytest.param(STRAINED, DELIVERED, Health(), Effect(over=WIRE_REASONS), id="a delivery ends all"),
        pytest.param(
            RESTED, REFUSED, Health(), Effect(over=TALKS), id="a refused address: the server is there"
        ),
        pytest.param(RESTED, BUSY, Health(), Effect(over=TALKS), id="a full mailbox: the server is there"),
        pytest.param(Health(), GONE, Health(1), Effect(), id="once is no reason to rest"),
        pytest.param(Health(2), LOST, Health(3), Effect(), id="a lost answer counts as well"),
        pytest.param(
            STRAINED,
            GONE,
            Health(FAILURES, 1, NOW + FIRST_REST / 2),
            Effect(Rest(Reason.UNREACHABLE, NOW + FIRST_REST / 2)),
            id="several times in a row are",
        ),
        pytest.param(
            Health(FAILURES, 1),
            GONE,
            Health(FAILURES + 1, 2, NOW + FIRST_REST),
            Effect(Rest(Reason.UNREACHABLE, NOW + FIRST_REST)),
            id="a probe that fails doubles the rest",
        ),
        pytest.param(
            Health(FAILURES, 1, NOW + 5),
            GONE,
            Health(FAILURES + 1, 1, NOW + 5),
            Effect(),
            id="what was on its way when the rest began makes it no longer",
        ),
        pytest.param(
            Health(0, 1, NOW + 5),
            THROTTLED,
            Health(0, 1, NOW + 5),
            Effect(),
            id="nor does a second one that is told to send less",
        ),
        pytest.param(
            Health(99, 99),
            GONE,
            Health(100, 100, NOW + LONGEST_REST / 2),
            Effect(Rest(Reason.UNREACHABLE, NOW + LONGEST_REST / 2)),
            id="which has an end",
        ),
        pytest.param(
            Health(),
            DOWN,
            Health(0, 1, NOW + LONGEST_REST),
            Effect(Rest(Reason.CHANNEL_DOWN, NOW + LONGEST_REST)),
            id="a wrong password at once",
        ),
        pytest.param(
            Health(),
            Outcome(OutcomeKind.TRANSIENT, throttled=True, retry_after=17.0),
            Health(0, 1, NOW + 17),
            Effect(Rest(Reason.THROTTLED, NOW + 17)),
            id="too many requests: as long as told",
        ),
        pytest.param(
            Health(),
            THROTTLED,
            Health(0, 1, NOW + FIRST_REST / 2),
            Effect(Rest(Reason.THROTTLED, NOW + FIRST_REST / 2)),
            id="too many requests, and no word of how long",
        ),
        pytest.param(
            Health(),
            Outcome(OutcomeKind.TRANSIENT, unreachable=True, retry_after=60.0),
            Health(1, 1, NOW + 60),
            Effect(Rest(Reason.THROTTLED, NOW + 60)),
            id="503 with Retry-After: nobody needs to be asked five times",
        ),
        pytest.param(
            Health(),
            Outcome(OutcomeKind.TRANSIENT, throttled=True, retry_after=0.0),
            Health(0, 1, NOW + FIRST_REST / 2),
            Effect(Rest(Reason.THROTTLED, NOW + FIRST_REST / 2)),
            id="a Retry-After of nothing, or in the past, is no word of how long",
        ),
        pytest.param(
            Health(),
            Outcome(OutcomeKind.TRANSIENT, throttled=True, retry_after=1e9),
            Health(0, 1, NOW + LONGEST_RETRY_AFTER),
            Effect(Rest(Reason.THROTTLED, NOW + LONGEST_RETRY_AFTER)),
            id="a mistaken Retry-After is cut",
        ),
    ],
)
def test_after_an_attempt(before: Health, outcome: Outcome, health: Health, effect: Effect) -> None:
    assert after(before, outcome) == (health, effect)


OUTCOMES = st.builds(
    Outcome,
    st.sampled_from(OutcomeKind),
    retry_after=st.none() | st.floats(0, 1e12),
    throttled=st.booleans(),
    unreachable=st.booleans(),
)


@given(st.lists(OUTCOMES, max_size=40), st.floats(0, 0.999))
def test_no_rest_is_for_ever_and_a_delivery_ends_every_one(outcomes: list[Outcome], jitter: float) -> None:
    health = Health()
    for outcome in outcomes:
        health, effect = judge(health, outcome, NOW, jitter)
        if effect.rest is not None:
            assert NOW <= effect.rest.until <= NOW + LONGEST_RETRY_AFTER
            assert effect.rest.reason in WIRE_REASONS
            assert not effect.over
    assert judge(health, DELIVERED, NOW, jitter) == (Health(), Effect(over=WIRE_REASONS))


@pytest.mark.parametrize(
    ("lasted", "wait"),
    [
        (0, FIRST_REST),
        (FIRST_REST, FIRST_REST),
        (60, 60),
        (200, 200),
        (90_000, LONGEST_REST),
        (-5, FIRST_REST),
    ],
)
def test_a_channel_that_refuses_everybody_is_held_as_long_again_as_it_was(lasted: float, wait: float) -> None:
    assert hold("554 5.7.1", NOW - lasted, NOW) == Rest(Reason.REFUSES_EVERYONE, NOW + wait, "554 5.7.1")
