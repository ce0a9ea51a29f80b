"""What becomes of a message after an attempt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.message import MOVES, State
from notifier.core.reason import Reason
from notifier.core.retry import (
    LONGEST_RETRY_AFTER,
    Outcome,
    OutcomeKind,
    RetryPolicy,
    Transition,
    said,
    settle,
    settle_lapsed,
)
from tests.factories import T0, message

POLICY = RetryPolicy(within=1000.0, first=30.0, factor=2.0, longest=100.0)
NOW = T0 + 100
DELIVERED, TRANSIENT, PERMANENT, DOWN, UNKNOWN = (
    OutcomeKind.DELIVERED,
    OutcomeKind.TRANSIENT,
    OutcomeKind.PERMANENT,
    OutcomeKind.CHANNEL_DOWN,
    OutcomeKind.UNKNOWN,
)


def after(
    kind: OutcomeKind, *, resend: bool = False, retry_after: float | None = None, **more: Any
) -> Transition:
    tried = message(**({"attempts": 1, "first_attempt_at": NOW} | more))
    outcome = Outcome(kind, retry_after=retry_after)
    return settle(tried, outcome, POLICY, resend_unknown=resend, now=NOW, jitter=0.0)


OLD = {"attempts": 9, "first_attempt_at": NOW - 999.0}


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        pytest.param(after(DELIVERED), Transition(State.DELIVERED), id="delivered"),
        pytest.param(
            after(PERMANENT), Transition(State.FAILED, Reason.REFUSED, fall_back=True), id="refused for good"
        ),
        pytest.param(
            after(PERMANENT, maybe_sent=True),
            Transition(State.FAILED, Reason.REFUSED),
            id="refused, but an earlier attempt may have arrived: nobody else is asked",
        ),
        pytest.param(
            after(TRANSIENT),
            Transition(State.PENDING, due_at=NOW + 15),
            id="transient: again after half of `first`",
        ),
        pytest.param(
            after(TRANSIENT, attempts=2),
            Transition(State.PENDING, due_at=NOW + 30),
            id="the second time doubled",
        ),
        pytest.param(
            after(TRANSIENT, attempts=5),
            Transition(State.PENDING, due_at=NOW + 50),
            id="never beyond `longest`",
        ),
        pytest.param(
            after(TRANSIENT, retry_after=200.0),
            Transition(State.PENDING, due_at=NOW + 200),
            id="the other side asks for more time",
        ),
        pytest.param(
            after(TRANSIENT, retry_after=1.0),
            Transition(State.PENDING, due_at=NOW + 15),
            id="the other side's shorter time does not hurry us",
        ),
        pytest.param(
            after(TRANSIENT, **OLD),
            Transition(State.FAILED, Reason.GAVE_UP, fall_back=True),
            id="patience is over",
        ),
        pytest.param(
            after(TRANSIENT, maybe_sent=True, **OLD),
            Transition(State.FAILED, Reason.GAVE_UP),
            id="patience is over and an earlier attempt may have arrived",
        ),
        pytest.param(
            after(TRANSIENT, attempts=5, first_attempt_at=NOW - 950.0),
            Transition(State.PENDING, due_at=NOW + 50),
            id="the last moment of `within` is used",
        ),
        pytest.param(
            after(TRANSIENT, attempts=1, first_attempt_at=NOW, retry_after=1001.0),
            Transition(State.FAILED, Reason.GAVE_UP, fall_back=True),
            id="asked to wait beyond `within`",
        ),
        pytest.param(
            after(DOWN),
            Transition(State.PENDING, due_at=NOW, counts=False),
            id="channel down: the channel rests, the message keeps its patience",
        ),
        pytest.param(
            after(DOWN, **OLD),
            Transition(State.PENDING, due_at=NOW, counts=False),
            id="channel down never gives up",
        ),
        pytest.param(
            after(UNKNOWN),
            Transition(State.UNKNOWN, Reason.ANSWER_LOST, maybe_sent=True),
            id="unknown waits for a person",
        ),
        pytest.param(
            after(UNKNOWN, resend=True),
            Transition(State.PENDING, due_at=NOW + 15, maybe_sent=True),
            id="unknown is sent again if the channel says so",
        ),
        pytest.param(
            after(UNKNOWN, resend=True, **OLD),
            Transition(State.FAILED, Reason.GAVE_UP, maybe_sent=True),
            id="unknown at the end of patience: nobody else is asked",
        ),
        pytest.param(
            after(DELIVERED, resend=True, **OLD), Transition(State.DELIVERED), id="delivered at last"
        ),
    ],
)
def test_after_an_attempt(got: Transition, wanted: Transition) -> None:
    assert got == wanted


def test_a_mistaken_retry_after_is_cut() -> None:
    patient = RetryPolicy(within=10 * LONGEST_RETRY_AFTER)
    outcome = Outcome(TRANSIENT, retry_after=1e9)

    got = settle(message(attempts=1), outcome, patient, resend_unknown=False, now=NOW, jitter=0.0)

    assert got.due_at == NOW + LONGEST_RETRY_AFTER


@pytest.mark.parametrize(
    ("claims", "attempt_open", "resend", "wanted"),
    [
        (1, False, False, Transition(State.PENDING, due_at=NOW, lapsed=True)),
        (2, False, True, Transition(State.PENDING, due_at=NOW, lapsed=True)),
        (1, True, False, Transition(State.UNKNOWN, Reason.ANSWER_LOST, maybe_sent=True, lapsed=True)),
        (1, True, True, Transition(State.PENDING, due_at=NOW, maybe_sent=True, lapsed=True)),
        (3, False, False, Transition(State.FAILED, Reason.SET_ASIDE, lapsed=True)),
        (3, True, False, Transition(State.UNKNOWN, Reason.ANSWER_LOST, maybe_sent=True, lapsed=True)),
        (4, True, True, Transition(State.FAILED, Reason.SET_ASIDE, maybe_sent=True, lapsed=True)),
    ],
)
def test_after_its_worker_vanished(claims: int, attempt_open: bool, resend: bool, wanted: Transition) -> None:
    got = settle_lapsed(message(claims=claims), attempt_open=attempt_open, resend_unknown=resend, now=NOW)

    assert got == wanted


_policies = st.builds(
    RetryPolicy,
    within=st.floats(0, 1e7),
    first=st.floats(0.001, 1e5),
    factor=st.floats(1, 1e3),
    longest=st.floats(0.001, 1e6),
)


@given(_policies, st.integers(1, 100_000), st.floats(0, 1, exclude_max=True))
def test_a_delay_lies_between_half_and_the_whole_and_never_beyond_longest(
    policy: RetryPolicy, attempts: int, jitter: float
) -> None:
    delay = policy.delay(attempts, jitter)

    whole = policy.delay(attempts, 0.0) * 2
    assert whole / 2 <= delay <= whole <= policy.longest * (1 + 1e-9)
    assert whole >= min(policy.first, policy.longest) * (1 - 1e-9)
    assert policy.delay(attempts + 1, jitter) >= delay


@given(
    st.sampled_from(OutcomeKind),
    _policies,
    st.integers(1, 1000),
    st.floats(0, 1e6),
    st.none() | st.floats(0, 1e9),
    st.booleans(),
    st.booleans(),
    st.floats(0, 1, exclude_max=True),
)
def test_every_outcome_leads_to_a_legal_move(
    kind: OutcomeKind,
    policy: RetryPolicy,
    attempts: int,
    ago: float,
    retry_after: float | None,
    maybe_sent: bool,
    resend: bool,
    jitter: float,
) -> None:
    tried = message(attempts=attempts, first_attempt_at=NOW - ago, maybe_sent=maybe_sent)

    got = settle(
        tried, Outcome(kind, retry_after=retry_after), policy, resend_unknown=resend, now=NOW, jitter=jitter
    )

    assert got.state in MOVES[State.SENDING]
    assert (got.state is State.PENDING) == (got.due_at is not None)
    if got.due_at is not None and got.counts:
        assert NOW <= got.due_at <= NOW - ago + policy.within
    if got.state in (State.FAILED, State.UNKNOWN):
        assert got.reason is not None
    if got.fall_back:
        assert got.state is State.FAILED
        assert not maybe_sent
        assert kind is not UNKNOWN


@pytest.mark.parametrize(
    ("code", "detail", "line"),
    [
        ("535 5.7.8", "bad credentials", "535 5.7.8 bad credentials"),
        (
            "after data",
            "no answer from mail.example:25 in time",
            "after data: no answer from mail.example:25 in time",
        ),
        (
            "no answer in time",
            "no answer from sms.example:443 in time",
            "no answer from sms.example:443 in time",
        ),
        (
            "no connection",
            "no connection to sms.example:443: no route",
            "no connection to sms.example:443: no route",
        ),
        ("HTTP 400", "", "HTTP 400"),
        ("connect", "connect", "connect"),
        ("429", "HTTP 429 in 60 s", "429 HTTP 429 in 60 s"),
        ("", "", ""),
    ],
)
def test_the_evidence_is_one_line_that_says_nothing_twice(code: str, detail: str, line: str) -> None:
    assert said(code, detail) == line
