"""An order follows from its updates, whatever the sequence in which they arrived."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.order import assemble, furthest, is_late, parcels
from notifier.core.update import RecordedUpdate, Shipment, Update
from tests.factories import JANE, T0, recorded, shipment

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
    event_at=st.integers(0, 5).map(float),
    shipments=st.lists(_shipments, max_size=3).map(tuple),
)
_courses = st.lists(_updates, max_size=8, unique_by=lambda u: u.identity)


def _arrived(updates: list[Update]) -> list[RecordedUpdate]:
    """Record them in this sequence as the database does: what is the same update is recorded once."""
    once = {u.identity: u for u in updates}
    return [RecordedUpdate(n, T0 + n, u) for n, u in enumerate(once.values(), 1)]


@given(_courses, st.data())
def test_any_permutation_and_duplication_of_a_course_gives_the_same_order(
    course: list[Update], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(course), max_size=4)) if course else []
    other = data.draw(st.permutations(course + again))

    assert assemble("41", _arrived(other), JANE, {}) == assemble("41", _arrived(course), JANE, {})


@given(_courses)
def test_nothing_that_an_update_said_is_missing_from_the_order(course: list[Update]) -> None:
    order = assemble("41", _arrived(course), JANE, {})

    assert order.reached == {u.code for u in course}
    assert {s.key for s in order.shipments} == {s.key for u in course for s in u.shipments}
    assert order.code in order.reached | {""}


@pytest.mark.parametrize(
    ("news", "other", "late"),
    [
        pytest.param(("C", 10), ("D", 20), True, id="delivered before we heard that it was shipped"),
        pytest.param(("C", 10), ("D", 10), True, id="further at the same time"),
        pytest.param(("C", 10), ("D", 9), False, id="further, but before it: a second delivery run"),
        pytest.param(("D", 10), ("C", 20), False, id="the furthest is never late for less"),
        pytest.param(("D", 10), ("X", 20), False, id="delivered stands above a loss"),
        pytest.param(("C", 10), ("C", 20), False, id="the same status again"),
        pytest.param(("N", 10), ("L", 10), True, id="label in the second of the order"),
        pytest.param(("I", 10), ("E", 20), True, id="a problem that was resolved"),
        pytest.param(("I", 10), ("E", 10), False, id="a problem in the second of being en route"),
        pytest.param(("I", 20), ("E", 10), False, id="a problem after it was en route"),
        pytest.param(("I", 10), ("I", 20), False, id="a second problem does not resolve the first"),
        pytest.param(("X", 10), ("E", 20), True, id="lost, then found"),
        pytest.param(("X", 10), ("D", 20), True, id="lost, then delivered"),
        pytest.param(("X", 10), ("X", 20), False, id="lost twice"),
        pytest.param(("X", 10), ("E", 10), False, id="lost in the second of being en route"),
        pytest.param(("E", 10), ("I", 20), True, id="en route, told after the problem"),
        pytest.param(("Q", 10), ("D", 20), False, id="an unknown letter is never late"),
        pytest.param(("C", 10), ("Q", 20), False, id="an unknown letter makes nothing late"),
        pytest.param(("I", 10), ("Q", 20), False, id="an unknown letter resolves nothing"),
    ],
)
def test_an_update_is_late(news: tuple[str, float], other: tuple[str, float], late: bool) -> None:
    first, second = (recorded(code, n, at=T0 + at) for n, (code, at) in enumerate((news, other), 1))

    assert is_late(first, [second]) is late
    assert is_late(first, [first, second]) is late


def test_an_update_is_not_late_for_itself() -> None:
    news = recorded("I")

    assert not is_late(news, [news])


def test_an_update_without_a_time_counts_from_its_arrival() -> None:
    delivered = recorded("D", 1, at=T0 + 5)

    assert is_late(recorded("C", 2, at=None, received_at=T0 + 4), [delivered])
    assert not is_late(recorded("C", 2, at=None, received_at=T0 + 6), [delivered])


@pytest.mark.parametrize(
    ("course", "code"),
    [
        ([], ""),
        ([("Q", 1)], ""),
        ([("N", 1), ("C", 2), ("E", 3)], "E"),
        ([("C", 1), ("I", 2)], "I"),
        ([("C", 1), ("I", 2), ("E", 3)], "E"),
        ([("C", 1), ("X", 2), ("C", 3)], "C"),
        ([("D", 1), ("X", 2)], "D"),
        ([("C", 1), ("Q", 9)], "C"),
    ],
)
def test_the_status_is_the_furthest_that_still_holds(course: list[tuple[str, int]], code: str) -> None:
    known = [recorded(letter, n, at=T0 + at) for n, (letter, at) in enumerate(course, 1)]

    assert furthest(known) == code


def test_the_latest_word_on_a_parcel_wins_and_no_parcel_is_lost() -> None:
    first = recorded("C", 1, at=T0, shipments=(shipment("A", carrier_name="Post"), shipment("B")))
    second = recorded("E", 2, at=T0 + 1, shipments=(shipment("A", carrier_name="PostNL"),))

    merged = parcels([second, first])

    assert [(s.tracking_code, s.carrier_name) for s in merged] == [("A", "PostNL"), ("B", "PostNL")]


def test_the_senders_own_id_wins_over_the_registered_one() -> None:
    silent, told = recorded("N", 1, at=T0 + 5), recorded("L", 2, at=T0, order_id="NL-7")

    assert assemble("41", [silent, told], JANE, {}, order_id="SHOP-1").id == "NL-7"
    assert assemble("41", [silent], JANE, {}, order_id="SHOP-1").id == "SHOP-1"
