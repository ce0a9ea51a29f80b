"""How many messages of a channel may be claimed now."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.quota import Allowance, Limits, Quota, Use, Used, allowance
from notifier.core.reason import Reason

NOW = 1_000_000.0
MINUTE, DAY = Quota(10, 60.0), Quota(100, 86_400.0)
DOWN, HAND, SET = Reason.CHANNEL_DOWN, Reason.PAUSED_BY_HAND, Reason.NOT_CONFIGURED


@pytest.mark.parametrize(
    ("limits", "use", "wanted"),
    [
        pytest.param(Limits(8), Use(), Allowance(8), id="as many as there is room for"),
        pytest.param(Limits(0), Use(), Allowance(0), id="no room"),
        pytest.param(Limits(-3), Use(), Allowance(0), id="less than no room, after `concurrency` was cut"),
        pytest.param(Limits(8, MINUTE), Use(rate=Used(7)), Allowance(3), id="what the rate leaves"),
        pytest.param(
            Limits(8, MINUTE), Use(rate=Used(4, claimed=5)), Allowance(1), id="what is claimed counts as well"
        ),
        pytest.param(
            Limits(8, MINUTE),
            Use(rate=Used(10, frees_at=NOW + 3)),
            Allowance(0, again_at=NOW + 3),
            id="the rate is used up: again when the oldest has left the minute",
        ),
        pytest.param(
            Limits(8, budget=DAY),
            Use(budget=Used(100, frees_at=NOW + 9)),
            Allowance(8, again_at=NOW + 9, elsewhere=True, exhausted_until=NOW + 9),
            id="the budget is used up: another way",
        ),
        pytest.param(
            Limits(8, budget=DAY), Use(budget=Used(40, claimed=60)), Allowance(0), id="all of it is claimed"
        ),
        pytest.param(
            Limits(8),
            Use({SET: None}),
            Allowance(8, elsewhere=True),
            id="it rests until somebody acts",
        ),
        pytest.param(
            Limits(8),
            Use({DOWN: NOW + 5}),
            Allowance(8, again_at=NOW + 5, elsewhere=True),
            id="it rests until its time",
        ),
        pytest.param(
            Limits(8),
            Use({DOWN: NOW + 5, HAND: NOW + 60}),
            Allowance(8, again_at=NOW + 60, elsewhere=True),
            id="it rests for two reasons: until both are over",
        ),
        pytest.param(
            Limits(8), Use({DOWN: NOW + 5, HAND: None}), Allowance(8, elsewhere=True), id="one without an end"
        ),
        pytest.param(Limits(8), Use({DOWN: NOW}), Allowance(1), id="its rest is over: one message probes it"),
        pytest.param(Limits(8), Use({DOWN: NOW}, sending=1), Allowance(0), id="a probe is under way"),
        pytest.param(Limits(8), Use({HAND: NOW}), Allowance(8), id="a pause by hand is over: no probe"),
    ],
)
def test_what_a_channel_gives(limits: Limits, use: Use, wanted: Allowance) -> None:
    assert allowance(limits, use, NOW) == wanted


@given(
    st.lists(st.tuples(st.floats(0, 5), st.integers(0, 6), st.floats(0, 0.5)), max_size=60),
    st.integers(1, 5),
    st.floats(0.5, 4),
)
def test_no_period_holds_more_than_its_count(
    steps: list[tuple[float, int, float]], count: int, period: float
) -> None:
    """Claims come at any time, wait a while until they are attempted, and time goes on."""
    quota, now = Quota(count, period), 0.0
    started: list[float] = []
    waiting: list[float] = []
    for pause, room, delay in steps:
        now += pause
        started += [at for at in waiting if at <= now]
        waiting = [at for at in waiting if at > now]
        recent = sorted(at for at in started if at > now - period)
        frees = recent[0] + period if len(recent) >= count else None
        use = Use(rate=Used(len(recent), len(waiting), frees))
        waiting += [now + delay] * allowance(Limits(room, quota), use, now).most
    attempts = sorted(started + waiting)
    for first, last in zip(attempts, attempts[count:], strict=False):
        assert last - first >= period
