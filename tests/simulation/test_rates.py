"""Orders are counted as they come, and the counts are those of looking at all of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notifier.core.shopwide import Count
from notifier.core.trigger import Rate
from notifier.simulation.rates import RateCounts

RATE = Rate(frozenset("IX"), frozenset("C"), 10.0, 0.1, 0.05, by="carrier")

updates = st.lists(
    st.tuples(
        st.sampled_from("CIXD"), st.sampled_from("abc"), st.integers(0, 30), st.sampled_from(["p", None])
    ),
    max_size=30,
)


@given(updates, st.lists(st.integers(0, 45), max_size=5))
def test_counting_as_they_come_is_counting_all(
    told: list[tuple[str, str, int, str | None]], looks: list[int]
) -> None:
    counts = RateCounts(RATE)
    for code, ref, at, carrier in told:
        counts.add(code, ref, at, [carrier])

    versions = set()
    for now in sorted(looks):
        within = [(code, ref, value or "") for code, ref, at, value in told if at > now - RATE.window]
        of, among = (
            {(value, ref) for code, ref, value in within if code in codes} for codes in (RATE.of, RATE.among)
        )
        expected = {
            name: Count(
                sum(value == name for value, _ in of & among), sum(value == name for value, _ in among)
            )
            for name in {value for value, _ in among}
        }
        versions.add((counts.version(now), tuple(sorted(expected.items(), key=str))))
        assert counts.counts(now) == expected
    assert len({version for version, _ in versions}) == len(versions)
