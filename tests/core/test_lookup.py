"""When a contact has to be looked up, and what follows from the answers of the sources."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.contact import Contact
from notifier.core.lookup import (
    NOT_FOUND_TRIES,
    Answer,
    AnswerKind,
    Lookup,
    LookupState,
    Verdict,
    is_settled,
    settle,
)
from notifier.core.order import Order
from notifier.core.retry import RetryPolicy
from notifier.core.rules import Orders
from tests.factories import JANE, T0, finding

DAY = 86_400.0
REMOTE_LAST = Orders(sources=("registered", "cottoncast"))
REMOTE_FIRST = Orders(sources=("cottoncast", "registered"))
NAMELESS = Contact(name="Jane")

REGISTERED_ORDER = Order("41", id="3AF7", contact=JANE, source="registered", registered=True)
FOUND_ORDER = Order("41", id="3AF7", contact=JANE, source="cottoncast")
UNKNOWN_ORDER = Order("41", id="3AF7")


def looked_up(state: LookupState = LookupState.FOUND, ended_at: float | None = T0, **more: object) -> Lookup:
    found_at = ended_at if state is LookupState.FOUND else None
    fields = {"ended_at": ended_at, "found_at": found_at} | more
    return Lookup("41", "3AF7", state, T0, T0, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "lookup", "orders", "received_at", "settled"),
    [
        pytest.param(UNKNOWN_ORDER, None, Orders(), T0, True, id="there is nobody to ask"),
        pytest.param(UNKNOWN_ORDER, None, REMOTE_LAST, T0, False, id="nobody was asked yet"),
        pytest.param(REGISTERED_ORDER, None, REMOTE_LAST, T0, True, id="the shop said it and comes first"),
        pytest.param(REGISTERED_ORDER, None, REMOTE_FIRST, T0, False, id="the shop said it and comes second"),
        pytest.param(
            replace(REGISTERED_ORDER, contact=NAMELESS),
            None,
            REMOTE_LAST,
            T0,
            False,
            id="the shop gave no address",
        ),
        pytest.param(
            replace(REGISTERED_ORDER, contact=Contact(do_not_contact=True)),
            None,
            REMOTE_FIRST,
            T0,
            True,
            id="she wants to hear nothing",
        ),
        pytest.param(
            replace(REGISTERED_ORDER, contact=NAMELESS),
            looked_up(LookupState.NOT_NEEDED, T0 + 9),
            REMOTE_LAST,
            T0,
            False,
            id="what the shop had said is gone, and nobody was asked",
        ),
        pytest.param(
            replace(UNKNOWN_ORDER, forgotten=True),
            None,
            REMOTE_LAST,
            T0,
            True,
            id="what is forgotten stays so",
        ),
        pytest.param(UNKNOWN_ORDER, looked_up(LookupState.DUE, None), REMOTE_LAST, T0, False, id="under way"),
        pytest.param(
            FOUND_ORDER, looked_up(LookupState.DUE, T0), REMOTE_LAST, T0, False, id="under way once more"
        ),
        pytest.param(FOUND_ORDER, looked_up(), REMOTE_LAST, T0 - 5, True, id="found since the update came"),
        pytest.param(FOUND_ORDER, looked_up(), REMOTE_LAST, T0 + 6 * DAY, True, id="found six days ago"),
        pytest.param(FOUND_ORDER, looked_up(), REMOTE_LAST, T0 + 8 * DAY, False, id="found eight days ago"),
        pytest.param(
            FOUND_ORDER,
            looked_up(),
            replace(REMOTE_LAST, max_contact_age=None),
            T0 + 999 * DAY,
            True,
            id="contacts may be of any age",
        ),
        pytest.param(
            FOUND_ORDER,
            looked_up(found_at=T0 - 30 * DAY),
            REMOTE_LAST,
            T0 - 5,
            True,
            id="an old contact is kept if nobody answered since the update came",
        ),
        pytest.param(
            UNKNOWN_ORDER, looked_up(LookupState.MISSING), REMOTE_LAST, T0 - 5, True, id="not found just now"
        ),
        pytest.param(
            UNKNOWN_ORDER, looked_up(LookupState.MISSING), REMOTE_LAST, T0 + 1, False, id="not found before"
        ),
        pytest.param(
            UNKNOWN_ORDER, looked_up(LookupState.GAVE_UP), REMOTE_LAST, T0 + 1, False, id="given up before"
        ),
        pytest.param(
            REGISTERED_ORDER,
            looked_up(LookupState.DUE, None, detail="cottoncast: HTTP 503"),
            REMOTE_FIRST,
            T0,
            True,
            id="the first source failed, and what the shop said stands in",
        ),
        pytest.param(
            REGISTERED_ORDER,
            looked_up(LookupState.DUE, None),
            REMOTE_FIRST,
            T0,
            False,
            id="the first source is being asked",
        ),
        pytest.param(
            UNKNOWN_ORDER,
            looked_up(LookupState.GAVE_UP),
            REMOTE_LAST,
            T0 - 5,
            True,
            id="given up since the update came",
        ),
        pytest.param(
            UNKNOWN_ORDER,
            replace(looked_up(LookupState.MISSING), order_id=""),
            REMOTE_LAST,
            T0 - 5,
            False,
            id="the sender's id was not known when it was asked",
        ),
    ],
)
def test_nobody_needs_to_be_asked(
    order: Order, lookup: Lookup | None, orders: Orders, received_at: float, settled: bool
) -> None:
    assert is_settled(order, lookup, orders, received_at, now=max(received_at, T0)) is settled


@pytest.mark.parametrize("state", [LookupState.FOUND, LookupState.MISSING, LookupState.GAVE_UP])
def test_who_has_waited_does_not_ask_again_although_the_clock_went_back(state: LookupState) -> None:
    """Else it would ask without a pause until the clock is where it was."""
    ended = replace(looked_up(state), found_at=T0 - 9 * DAY, ended_at=T0 - DAY)
    due = replace(ended, state=LookupState.DUE)

    assert is_settled(UNKNOWN_ORDER, ended, REMOTE_LAST, T0, now=T0, waited=True)
    assert not is_settled(UNKNOWN_ORDER, due, REMOTE_LAST, T0, now=T0, waited=True)


HIT = Answer(AnswerKind.FOUND, finding(JANE, "cottoncast"))
HALF = Answer(AnswerKind.FOUND, finding(NAMELESS, "cottoncast"))
NONE = Answer(AnswerKind.NOT_FOUND, detail="cottoncast: no such order")
DOWN = Answer(AnswerKind.DOWN, detail="shop: HTTP 503")
BUSY = Answer(AnswerKind.DOWN, detail="shop: HTTP 429", retry_after=600.0)
POLICY = RetryPolicy(within=DAY, first=30.0, factor=2.0, longest=900.0)
ASKED = Lookup("41", "3AF7", LookupState.DUE, T0, T0, attempts=1)


def again(due_at: float, detail: str) -> Verdict:
    return Verdict(LookupState.DUE, due_at=due_at, detail=detail)


@pytest.mark.parametrize(
    ("lookup", "answers", "verdict"),
    [
        pytest.param(ASKED, [HIT], Verdict(LookupState.FOUND, HIT.finding), id="found"),
        pytest.param(
            ASKED,
            [DOWN, HIT],
            Verdict(LookupState.FOUND, HIT.finding, detail="shop: HTTP 503"),
            id="found behind a source that is down",
        ),
        pytest.param(
            ASKED, [HALF], Verdict(LookupState.FOUND, HALF.finding), id="half an order is better than none"
        ),
        pytest.param(ASKED, [HALF, DOWN], again(T0 + 30, "shop: HTTP 503"), id="but the rest is asked first"),
        pytest.param(
            ASKED, [NONE], again(T0 + 30, "cottoncast: no such order"), id="nobody has it yet, perhaps"
        ),
        pytest.param(
            replace(ASKED, attempts=NOT_FOUND_TRIES),
            [NONE],
            Verdict(LookupState.MISSING, detail="cottoncast: no such order"),
            id="nobody has it",
        ),
        pytest.param(
            ASKED,
            [replace(NONE, asked=False)],
            Verdict(LookupState.MISSING, detail="cottoncast: no such order"),
            id="nobody can be asked for it",
        ),
        pytest.param(
            replace(ASKED, attempts=9),
            [replace(BUSY, asked=False)],
            replace(again(T0 + 600, "shop: HTTP 429"), counts=False),
            id="nobody was asked: that is no attempt",
        ),
        pytest.param(ASKED, [], Verdict(LookupState.MISSING), id="nobody is asked any more"),
        pytest.param(
            ASKED,
            [NONE, DOWN],
            again(T0 + 30, "cottoncast: no such order; shop: HTTP 503"),
            id="one does not have it, one is down",
        ),
        pytest.param(ASKED, [BUSY], again(T0 + 600, "shop: HTTP 429"), id="as late as it was asked for"),
        pytest.param(
            ASKED,
            [replace(BUSY, retry_after=1e9)],
            again(T0 + 3_600, "shop: HTTP 429"),
            id="but not for ever",
        ),
        pytest.param(
            replace(ASKED, started_at=T0 - DAY + 60),
            [replace(BUSY, retry_after=3_600.0)],
            again(T0 + 60, "shop: HTTP 429"),
            id="the last time when its patience is over",
        ),
        pytest.param(
            replace(ASKED, started_at=T0 - DAY),
            [DOWN],
            Verdict(LookupState.GAVE_UP, detail="shop: HTTP 503"),
            id="it has an end",
        ),
        pytest.param(
            replace(ASKED, started_at=T0 - DAY),
            [HALF, DOWN],
            Verdict(LookupState.GAVE_UP, HALF.finding, detail="shop: HTTP 503"),
            id="and then half an order is kept",
        ),
        pytest.param(
            replace(ASKED, found_at=T0 - 9 * DAY),
            [DOWN],
            Verdict(LookupState.FOUND, detail="shop: HTTP 503"),
            id="what was found before stands while a source is down",
        ),
    ],
)
def test_a_lookup_comes_to(lookup: Lookup, answers: list[Answer], verdict: Verdict) -> None:
    assert settle(lookup, answers, POLICY, now=T0, jitter=1.0) == verdict


@pytest.mark.parametrize(("answers", "state"), [([DOWN], LookupState.GAVE_UP), ([NONE], LookupState.MISSING)])
def test_nobody_waits_for_a_source_where_the_shop_registered_an_address(
    answers: list[Answer], state: LookupState
) -> None:
    verdict = settle(ASKED, answers, POLICY, now=T0, jitter=1.0, registered=True)

    assert (verdict.state, verdict.due_at) == (state, None)


@given(
    st.lists(st.sampled_from([HIT, HALF, NONE, DOWN, BUSY]), max_size=4),
    st.integers(1, 50),
    st.floats(0, 3 * DAY),
    st.floats(0, 1, exclude_max=True),
)
def test_every_lookup_ends_and_is_never_tried_again_beyond_its_time(
    answers: list[Answer], attempts: int, age: float, jitter: float
) -> None:
    lookup = replace(ASKED, attempts=attempts, started_at=T0 - age)

    verdict = settle(lookup, answers, POLICY, now=T0, jitter=jitter)

    if verdict.state is LookupState.DUE:
        assert verdict.due_at is not None
        assert T0 < verdict.due_at <= lookup.started_at + POLICY.within
    else:
        assert verdict.due_at is None
    is_down = DOWN in answers or BUSY in answers
    assert (verdict.state is LookupState.FOUND) == (HIT in answers or (HALF in answers and not is_down))
