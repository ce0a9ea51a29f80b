"""What the answers of a service, one after the other, say of its channel: a table, and any mix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.refusals import CROWD, FEW, MANY, Answer, Held, Refusal, Weighed, refusal, weigh

BLOCKED = Refusal("554 5.7.1", "rcpt client host blocked for now")
UNKNOWN = Refusal("550 5.1.1", "rcpt user unknown", about_address=True)
FULL = Refusal("552 5.2.3", "after data too large")
VERIFY = Refusal("554", "after data email address is not verified", about_us=True)


def seen(*said: Refusal | None, first: int = 1) -> list[Answer]:
    """Return answers to messages 1, 2, 3 and so on, each to somebody else."""
    return [Answer(n, f"customer-{n}", one) for n, one in enumerate(said, first)]


def held(said: Refusal, *waiting: int) -> Weighed:
    return Weighed(Held(said.code), frozenset(waiting))


NOBODY = Weighed(None, frozenset())


@pytest.mark.parametrize(
    ("past", "new", "expected"),
    [
        pytest.param([], seen(BLOCKED), NOBODY, id="one refusal is one message's"),
        pytest.param([], seen(*[BLOCKED] * (FEW - 1)), NOBODY, id="so are a few"),
        pytest.param(
            seen(*[BLOCKED] * (FEW - 1)),
            seen(BLOCKED, first=FEW),
            held(BLOCKED, *range(1, FEW + 1)),
            id="one more is the channel's, and so were the first ones",
        ),
        pytest.param(
            [Answer(n, "jane", BLOCKED) for n in range(9)],
            [Answer(9, "jane", BLOCKED)],
            NOBODY,
            id="one customer, however often, is one witness",
        ),
        pytest.param(
            seen(*[BLOCKED] * (FEW - 1), None, *[BLOCKED] * (FEW - 2)),
            seen(BLOCKED, first=99),
            NOBODY,
            id="a delivery begins the count anew",
        ),
        pytest.param(
            seen(*[UNKNOWN] * (MANY - 2)),
            seen(UNKNOWN, first=99),
            NOBODY,
            id="dead addresses in a row, as in an old list",
        ),
        pytest.param(
            seen(*[UNKNOWN] * (MANY - 1)),
            seen(UNKNOWN, first=99),
            held(UNKNOWN, *range(1, MANY), 99),
            id="no such mailbox, for everybody",
        ),
        pytest.param(
            seen(*[BLOCKED, FULL] * (FEW - 1)),
            seen(BLOCKED, first=99),
            held(BLOCKED, *range(1, 2 * FEW - 2, 2), 99),
            id="another class in between is judged by itself",
        ),
        pytest.param(
            [Answer(n, str(n), refusal("554", f"reason {'abcdefghij'[n]}")) for n in range(MANY - 1)],
            [Answer(99, "z", refusal("554", "yet another"))],
            Weighed(Held("554"), frozenset({*range(MANY - 1), 99})),
            id="other words each time, and always the same code",
        ),
        pytest.param([], seen(VERIFY), held(VERIFY, 1), id="words about us alone suffice"),
        pytest.param([], seen(VERIFY, None), Weighed(None, frozenset({1})), id="a delivery ends it again"),
    ],
)
def test_what_is_the_channels(past: list[Answer], new: list[Answer], expected: Weighed) -> None:
    assert weigh(past, new, None) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(BLOCKED, held(BLOCKED, 99), id="the same: it waits, the channel stays held"),
        pytest.param(refusal("554 5.7.1", "in other words"), held(BLOCKED, 99), id="the same code as well"),
        pytest.param(UNKNOWN, Weighed(Held(BLOCKED.code), frozenset()), id="another one is this message's"),
        pytest.param(None, NOBODY, id="a delivery brings the channel back"),
    ],
)
def test_an_answer_while_the_channel_is_held(said: Refusal | None, expected: Weighed) -> None:
    # What began it may be too long ago to be looked at.
    assert weigh([], [Answer(99, "probe", said)], Held(BLOCKED.code)) == expected


def test_what_is_refused_again_after_others_were_delivered_is_refused_for_itself() -> None:
    dead = seen(*[BLOCKED] * FEW)
    past = [*dead, Answer(99, "good")]

    assert weigh(past, dead, None) == NOBODY


def test_a_class_that_let_some_of_its_own_through_later_is_no_verdict_on_the_others() -> None:
    # A quota in words that nobody knows: ten an hour, the others refused, the next hour again.
    crowd = seen(*[BLOCKED] * 30)
    hour = [Answer(n, f"customer-{n}") for n in range(1, 11)]

    again = weigh([*crowd, *hour], crowd[10:], None)

    assert again == held(BLOCKED, *range(11, 31))


def test_a_crowd_that_is_refused_once_more_waits_once_more() -> None:
    # Somebody new got through, and the block was back at once.
    crowd = seen(*[BLOCKED] * CROWD)
    past = [*crowd, Answer(99, "new")]

    again = weigh(past, crowd, None)
    assert again == held(BLOCKED, *range(1, CROWD + 1))
    assert weigh([*past, *crowd, Answer(100, "newer")], crowd, None) == NOBODY


def on_the_wire(message: int, said: Refusal | None, began: float, ended: float) -> Answer:
    return Answer(message, f"customer-{message}", said, began, ended)


def test_the_first_that_were_refused_wait_though_a_delivery_that_was_under_way_ended_after_them() -> None:
    onset = [on_the_wire(1, BLOCKED, 0, 1), on_the_wire(2, BLOCKED, 0, 1), on_the_wire(3, None, 0, 2)]
    later = [on_the_wire(n, BLOCKED, 3, 4) for n in range(4, 4 + FEW)]

    assert weigh(onset, later, None) == Weighed(Held("554 5.7.1", 4), frozenset({1, 2, *range(4, 4 + FEW)}))


def test_what_was_refused_before_a_delivery_that_began_later_was_refused_for_itself() -> None:
    single = [on_the_wire(1, BLOCKED, 0, 1), on_the_wire(2, None, 1, 2)]
    later = [on_the_wire(n, BLOCKED, 3, 4) for n in range(4, 4 + FEW)]

    assert weigh(single, later, None).waiting == frozenset(range(4, 4 + FEW))


def test_a_delivery_that_was_under_way_does_not_end_the_pause_and_one_after_it_does() -> None:
    pause = Held("554 5.7.1", 10)

    assert weigh([], [on_the_wire(1, None, 9, 11)], pause) == Weighed(pause, frozenset())
    assert weigh([], [on_the_wire(1, None, 10, 11)], pause) == NOBODY


def test_words_about_us_hold_a_channel_for_one_message_twice_at_most() -> None:
    past = [Answer(1, "odd", VERIFY), Answer(2, "good")]

    assert weigh(past, [Answer(1, "odd", VERIFY)], None) == NOBODY


ALIKE = [
    pytest.param(
        "rcpt: <address>: Recipient address rejected: User unknown in virtual mailbox table",
        "rcpt: <customer>: Recipient address rejected: User unknown in virtual mailbox table",
        id="addresses",
    ),
    pytest.param(
        "rcpt: Client host [192.0.2.1] blocked using zen.spamhaus.org; <url>",
        "rcpt: Client host [192.0.2.77] blocked using zen.spamhaus.org; <url>",
        id="our addresses at a pool",
    ),
    pytest.param("after data: refused, id 4F2a-99", "after data: refused, id 7Bc2-01", id="ids"),
    pytest.param("rcpt: mx1.example.org says no", "rcpt: mx2.example.com says no", id="hosts"),
    pytest.param("'jane' is not here", "'o.neil' is not here", id="quoted"),
    pytest.param("no such user (jane@b.example)", "no such user (x@y.example)", id="in brackets"),
    pytest.param("Message 12 rejected", "Message 7 rejected", id="numbers"),
    pytest.param("REJECTED  by policy.", "rejected by policy", id="case, blanks and stops"),
    pytest.param(
        f"rejected because {'of this and that ' * 4}and {'x' * 100}…",
        f"rejected because {'of this and that ' * 4}and {'x' * 90}y…",
        id="cut at different places",
    ),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_differs_from_recipient_to_recipient_makes_no_other_class(one: str, other: str) -> None:
    assert refusal("554", one) == refusal("554", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("554", "blocked"), ("550", "blocked")),
        (("554 5.7.1", "blocked"), ("554 5.2.0", "blocked")),
        (("554", "rcpt: blocked"), ("554", "after data: blocked")),
        (("HTTP 400, error 21608", "no"), ("HTTP 400, error 21408", "no")),
    ],
)
def test_another_code_or_moment_is_another_class(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert refusal(*one) != refusal(*other)


def test_a_refusal_that_says_nothing_has_no_class() -> None:
    assert refusal("", "") is None


# any mix


class Shop:
    """A service, customers of whom some have dead addresses, and a channel as the outbox keeps it."""

    def __init__(self, customers: int, dead: frozenset[int], said: Refusal) -> None:
        self.customers, self.dead, self.said = customers, dead, said
        self.broken: Refusal | None = None
        self.past: list[Answer] = []
        self.held: Held | None = None
        self.was_held = False
        self.waiting = list(range(customers))
        self.failed: set[int] = set()
        self.delivered: set[int] = set()
        self.attempts = 0

    def send(self, at_once: int) -> None:
        """Send what is next: `at_once` messages, or a probe; write what comes of it."""
        batch = self.waiting[: 1 if self.held else at_once]
        del self.waiting[: len(batch)]
        answers = [Answer(n, str(n), self.broken or (self.said if n in self.dead else None)) for n in batch]
        self.attempts += len(batch)
        weighed = weigh(self.past, answers, self.held)
        self.past += answers
        self.held = weighed.held
        self.was_held |= self.held is not None
        self.delivered |= {a.message for a in answers if a.refusal is None}
        self.failed |= {a.message for a in answers if a.refusal}
        back = sorted(weighed.waiting & self.failed)
        self.failed -= weighed.waiting
        self.waiting += back


@given(
    st.sets(st.integers(0, 99), max_size=5),
    st.integers(1, 8),
    st.sampled_from([UNKNOWN, BLOCKED]),
)
def test_a_few_dead_addresses_fail_alone_and_all_others_are_delivered(
    dead: set[int], at_once: int, said: Refusal
) -> None:
    shop = Shop(100, frozenset(dead), said)
    while shop.waiting:
        shop.send(at_once)
        assert shop.attempts < 300

    assert shop.failed == dead
    assert shop.delivered == set(range(100)) - dead
    assert not (shop.was_held and said is UNKNOWN), "dead addresses hold nothing"


@given(
    st.sets(st.integers(0, 59), max_size=20),
    st.integers(1, 8),
    st.integers(0, 30),
    st.integers(3, 40),
    st.sampled_from([BLOCKED, UNKNOWN]),
)
def test_a_refusal_that_meets_everybody_fails_nobody_once_it_is_over(
    dead: set[int], at_once: int, good: int, probes: int, said: Refusal
) -> None:
    # For a while all is well, then everybody is refused, then all is well again.
    shop = Shop(60, frozenset(dead), UNKNOWN)
    for _ in range(good // at_once):
        shop.send(at_once)
    shop.broken = said
    for _ in range(MANY + probes):
        shop.send(at_once)
    assert len(shop.failed - dead) < MANY
    before = shop.failed - dead
    if shop.held:
        assert before == set(), "what the channel refused waits, the first as well"
    shop.broken = None
    for _ in range(500):
        shop.send(at_once)

    assert shop.failed - dead <= before
    assert shop.delivered == set(range(60)) - dead - before
    assert shop.failed | set(shop.waiting) == dead | before
