"""What becomes of a claimed message when its channel begins to rest, or comes back, before it is sent."""

from __future__ import annotations

import pytest

from notifier.core.quota import Quota
from notifier.core.reason import Reason
from notifier.service.sender import Return
from tests.factories import CHANNELS, T0, channel, delivery, register, rule, ruleset, to_email
from tests.service.conftest import Desk


@pytest.fixture
def first_of(desk: Desk) -> Desk:
    """Three orders whose customers are told by mail, or else by text message."""
    desk.rules = ruleset(rule(send=[delivery("email", "sms")]), channels=CHANNELS)
    for n in range(3):
        register(desk.store, f"o{n}")
        desk.tell("C", f"o{n}")
    while desk.decide():
        pass
    return desk


def test_a_rest_that_begins_after_the_claim_does_not_cut_the_patience_short(first_of: Desk) -> None:
    claimed = first_of.claim(3)
    first_of.store.channels.pause("email", Reason.THROTTLED, first_of.clock.now + 10, "HTTP 429", T0)

    assert first_of.sender.prepare(claimed) == [Return(message) for message in claimed]


def test_what_was_claimed_to_leave_a_channel_does_not_flood_it_when_it_comes_back(first_of: Desk) -> None:
    first_of.store.channels.pause("email", Reason.CHANNEL_DOWN, first_of.clock.now + 90_000, "535", T0)
    first_of.clock.now += 89_999.5
    claimed = first_of.claim(3)
    assert len(claimed) == 3
    first_of.clock.now += 1

    assert first_of.sender.prepare(claimed) == [Return(message) for message in claimed]
    first_of.sender.settle([Return(message) for message in claimed])
    assert len(first_of.claim(3)) == 1, "one probes it"


def test_a_budget_is_kept_when_a_place_comes_free_between_claim_and_words(first_of: Desk) -> None:
    tight = channel("email", to=to_email, budget=Quota(1, 3_600.0))
    first_of.rules = ruleset(rule(send=[delivery("email", "sms")]), channels=[tight, *CHANNELS[1:]])
    assert len(first_of.send()) == 1
    first_of.clock.now += 3_599.5
    claimed = first_of.claim(3)
    assert len(claimed) == 2
    first_of.clock.now += 1

    assert first_of.sender.prepare(claimed) == [Return(message) for message in claimed]
