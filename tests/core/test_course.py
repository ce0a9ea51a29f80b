"""The course of an order follows from its updates, whatever the sequence in which they arrived."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.course import furthest, is_late, parcels, sequence
from notifier.core.order import Order, assemble
from notifier.core.update import RecordedUpdate, Shipment, Update
from tests.factories import T0, finding, recorded, shipment

DAY = 86_400.0
LETTERS = "NLRCEIXD" + "Q"

_shipments = st.builds(
    Shipment,
    carrier=st.sampled_from(["PNL", "DHL"]),
    carrier_name=st.sampled_from(["", "PostNL"]),
    tracking_code=st.sampled_from(["", "A", "B", "C"]),
    tracking_url=st.sampled_from(["", "https://track.example/1"]),
    new=st.booleans(),
)
_updates = st.builds(
    Update,
    source=st.just("cottoncast"),
    ref=st.just("41"),
    code=st.sampled_from(LETTERS),
    order_id=st.sampled_from(["", "NL-1", "NL-2"]),
    # Minutes and hours apart: around the skew of clocks, and within it.
    event_at=st.sampled_from([0, 1, 60, 3_600, 7_200, 7_260, 90_000]).map(lambda s: T0 - 100_000.0 + s),
    shipments=st.lists(_shipments, max_size=3).map(tuple),
)
_courses = st.lists(_updates, max_size=8, unique_by=lambda u: u.identity)


def _arrived(updates: list[Update]) -> list[RecordedUpdate]:
    """Record them in this sequence as the database does: what is the same update is recorded once."""
    once = {u.identity: u for u in updates}
    return [RecordedUpdate(n, T0 + n, u) for n, u in enumerate(once.values(), 1)]


def _unnumbered(order: Order) -> Order:
    """Leave out the numbers of updates: they count arrivals."""
    return replace(order, shipments=tuple(replace(p, named_by=0) for p in order.shipments))


@given(_courses, st.data())
def test_any_permutation_and_duplication_of_a_course_gives_the_same_order(
    course: list[Update], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(course), max_size=4)) if course else []
    other = data.draw(st.permutations(course + again))

    assert _unnumbered(assemble("41", _arrived(other))) == _unnumbered(assemble("41", _arrived(course)))


@given(_courses)
def test_nothing_that_an_update_said_is_missing_from_the_order(course: list[Update]) -> None:
    order = assemble("41", _arrived(course))

    assert order.reached == {u.code for u in course}
    told = {s.key: s for u in course for s in u.shipments}
    named = {s.key for s in order.shipments}
    # One without a code may have been given one since; nothing else goes.
    assert named <= told.keys()
    assert {key for key, s in told.items() if s.tracking_code} <= named
    assert order.code in order.reached | {""}


MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


@pytest.mark.parametrize(
    ("news", "other", "late"),
    [
        pytest.param(("C", 0), ("D", DAY), True, id="delivered before we heard that it was shipped"),
        pytest.param(("C", 0), ("D", 0), True, id="further at the same time"),
        pytest.param(("C", HOUR), ("D", 0), True, id="further an hour before: a clock is off"),
        pytest.param(("C", 2 * HOUR), ("D", 0), True, id="further two hours before: summer time sent as UTC"),
        pytest.param(("C", 2 * HOUR + 1), ("D", 0), False, id="further, but well before: a second run"),
        pytest.param(("D", 0), ("C", DAY), False, id="the furthest is never late for less"),
        pytest.param(("D", 0), ("X", DAY), False, id="delivered stands above a loss"),
        pytest.param(("C", 0), ("C", DAY), False, id="the same status again"),
        pytest.param(("N", 0), ("L", 0), True, id="label in the second of the order"),
        pytest.param(("I", 0), ("E", MINUTE), True, id="a problem that was resolved"),
        pytest.param(("I", 0), ("E", 0), False, id="a problem in the second of being en route"),
        pytest.param(("I", MINUTE), ("E", 0), False, id="a problem after it was en route"),
        pytest.param(("I", 0), ("I", DAY), False, id="a second problem does not resolve the first"),
        pytest.param(("E", MINUTE), ("I", 0), False, id="en route again a minute after the problem"),
        pytest.param(("D", MINUTE), ("X", 0), False, id="delivered a minute after it was called lost"),
        pytest.param(("X", 0), ("E", MINUTE), True, id="lost, then found"),
        pytest.param(("X", 0), ("D", MINUTE), True, id="lost, then delivered"),
        pytest.param(("X", 0), ("X", DAY), False, id="lost twice"),
        pytest.param(("X", 0), ("E", 0), False, id="lost in the second of being en route"),
        pytest.param(("E", 0), ("I", MINUTE), True, id="en route, told after the problem"),
        pytest.param(("Q", 0), ("D", DAY), False, id="an unknown letter is never late"),
        pytest.param(("C", 0), ("Q", DAY), False, id="an unknown letter makes nothing late"),
        pytest.param(("I", 0), ("Q", DAY), False, id="an unknown letter resolves nothing"),
    ],
)
def test_an_update_is_late(news: tuple[str, float], other: tuple[str, float], late: bool) -> None:
    first, second = (
        recorded(code, n, at=T0 + at, received_at=T0 + 9 * DAY)
        for n, (code, at) in enumerate((news, other), 1)
    )

    assert is_late(first, [second]) is late
    assert is_late(first, [first, second]) is late


@pytest.mark.parametrize(
    ("told_at", "happened_at"),
    [
        pytest.param(T0 - DAY, T0 - DAY, id="a time in the past counts"),
        pytest.param(T0 + 2 * HOUR, T0 + 2 * HOUR, id="a clock may be two hours ahead"),
        pytest.param(T0 + 2 * HOUR + 1, T0, id="further in the future the arrival counts"),
        pytest.param(4_000_000_000.0, T0, id="the year 2096"),
        pytest.param(0.0, T0, id="1970 is no time"),
        pytest.param(946_684_799.0, T0, id="nor is the last second of 1999"),
        pytest.param(946_684_800.0, 946_684_800.0, id="the year 2000 is one"),
        pytest.param(None, T0, id="no time at all"),
    ],
)
def test_an_update_happened(told_at: float | None, happened_at: float) -> None:
    assert recorded("C", 1, at=told_at, received_at=T0).happened_at == happened_at


def test_a_time_that_cannot_be_does_not_stop_an_orders_course() -> None:
    """A delivery of the year 2096 must not make everything that follows late, nor one of 1970 come first."""
    future = recorded("L", 1, at=4_000_000_000.0, received_at=T0)
    zero = recorded("C", 2, at=0.0, received_at=T0 + DAY)
    problem = recorded("I", 3, at=T0 + 2 * DAY, received_at=T0 + 2 * DAY)

    assert [u.code for u in sequence([problem, zero, future])] == ["L", "C", "I"]
    assert not is_late(problem, [future, zero])
    assert furthest([future, zero, problem]) == "I"


def test_an_order_with_very_many_updates_is_put_together_within_a_moment() -> None:
    """A sender that goes mad must not keep the database from everybody else."""
    course = [recorded("LRCEI"[n % 5], n, at=T0 + n, shipments=(shipment(str(n % 9)),)) for n in range(4_000)]

    started = time.perf_counter()
    assert furthest(course) == "I"

    assert time.perf_counter() - started < 2


def test_updates_of_the_same_second_stand_along_the_course() -> None:
    known = [recorded(code, n) for n, code in enumerate("DXIECRLNQ", 1)]

    assert "".join(u.code for u in sequence(known)) == "QNLRCEIXD"


def test_an_update_is_not_late_for_itself() -> None:
    news = recorded("I")

    assert not is_late(news, [news])


def test_an_update_without_a_time_counts_from_its_arrival() -> None:
    delivered = recorded("D", 1, at=T0 + DAY, received_at=T0 + DAY)

    assert is_late(recorded("C", 2, at=None, received_at=T0), [delivered])
    assert not is_late(recorded("C", 2, at=None, received_at=T0 + 2 * DAY), [delivered])


@pytest.mark.parametrize(
    ("course", "code"),
    [
        ([], ""),
        ([("Q", 1)], ""),
        ([("N", 1), ("C", 2), ("E", 3)], "E"),
        ([("C", 1), ("I", 2)], "I"),
        ([("C", 1), ("I", 2), ("E", 3)], "E"),
        ([("C", 1), ("X", 2), ("C", 3)], "C"),
        ([("C", 1), ("E", 3_600), ("D", 1_800)], "D"),
        ([("D", 1), ("X", 2)], "D"),
        ([("C", 1), ("Q", 9)], "C"),
    ],
)
def test_the_status_is_the_furthest_that_still_holds(course: list[tuple[str, int]], code: str) -> None:
    known = [recorded(letter, n, at=T0 + at) for n, (letter, at) in enumerate(course, 1)]

    assert furthest(known) == code


@given(_courses)
def test_an_order_with_known_news_has_a_status(course: list[Update]) -> None:
    known = any(update.code != "Q" for update in course)

    assert bool(furthest(_arrived(course))) is known


def test_a_problem_is_not_over_by_news_that_is_late_by_the_clocks() -> None:
    minutes = {"E": 0, "I": 30, "C": 60}
    told = [
        recorded(c, n, at=T0 + 60 * m, received_at=T0 + DAY) for n, (c, m) in enumerate(minutes.items(), 1)
    ]

    assert furthest(told) == "I"
    assert [is_late(news, told) for news in told] == [True, False, True]


def test_the_latest_word_on_a_parcel_wins_and_no_parcel_is_lost() -> None:
    first = recorded("C", 1, at=T0, shipments=(shipment("A", carrier_name="Post"), shipment("B")))
    second = recorded("E", 2, at=T0 + 1, shipments=(shipment("A", carrier_name="PostNL"),))

    merged = parcels([second, first])

    assert [(s.tracking_code, s.carrier_name) for s in merged] == [("A", "PostNL"), ("B", "PostNL")]


def test_silence_about_a_parcel_erases_nothing() -> None:
    told = recorded("C", 1, at=T0, shipments=(shipment("A"),))
    silent = recorded("E", 2, at=T0 + 1, shipments=(Shipment(tracking_code="A"),))

    (parcel,) = parcels([told, silent])

    assert (parcel.carrier, parcel.carrier_name) == ("PNL", "PostNL")
    assert parcel.tracking_url == "https://track.example/A"


def test_a_parcel_remembers_the_update_that_first_named_it_whenever_that_arrived() -> None:
    second = recorded("E", 1, at=T0 + 60, shipments=(shipment("A"), shipment("B")))
    first = recorded("C", 2, at=T0, shipments=(shipment("A"),))

    assert [(p.tracking_code, p.named_by, p.named_at) for p in parcels([second, first])] == [
        ("A", 2, T0),
        ("B", 1, T0 + 60),
    ]


def test_a_tracking_code_is_the_same_with_spaces_and_in_small_letters() -> None:
    spelt = [
        recorded("C", n, at=T0 + n, shipments=(shipment(c),)) for n, c in enumerate(("3S AB 1", "3sab1"))
    ]

    assert [p.tracking_code for p in parcels(spelt)] == ["3S AB 1"]


@pytest.mark.parametrize(
    ("news", "others", "late"),
    [
        pytest.param(("C", "AB"), [("C", "A"), ("D", "A")], False, id="shipped again with a new parcel"),
        pytest.param(("C", "A"), [("C", "A"), ("D", "A")], True, id="shipped again with the same parcel"),
        pytest.param(("C", "AB"), [("C", "A"), ("D", "AB")], True, id="the new parcel was named before"),
        pytest.param(("C", "A"), [("D", "")], True, id="the first parcel of all is no repetition"),
        pytest.param(("C", "AB"), [("D", "A")], True, id="shipped for the first time, after delivered"),
        pytest.param(("L", "AB"), [("C", "A"), ("D", "A")], True, id="another status was not told again"),
    ],
)
def test_a_status_told_again_with_a_new_parcel_is_news_about_the_parcel(
    news: tuple[str, str], others: list[tuple[str, str]], late: bool
) -> None:
    def told(number: int, code: str, codes: str, at: float) -> RecordedUpdate:
        return recorded(code, number, at=at, shipments=tuple(shipment(c) for c in codes))

    before = [told(n, code, codes, T0 + n) for n, (code, codes) in enumerate(others, 2)]

    assert is_late(told(1, *news, at=T0), before) is late


def test_the_senders_own_id_wins_over_the_registered_one() -> None:
    silent, told = recorded("N", 1, at=T0 + 5), recorded("L", 2, at=T0, order_id="NL-7")

    said = [finding(order_id="SHOP-1")]

    assert assemble("41", [silent, told], said).id == "NL-7"
    assert assemble("41", [silent], said).id == "SHOP-1"
