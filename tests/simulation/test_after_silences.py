"""A problem is told once when nothing silences it any more, and what was told gets its end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.service import silencing
from tests.simulation.shops import Shop, when

PROBLEM = """rules:
  - id: problem
    when: [problem, lost]
    send: slack
    resolve: [en_route, delivered]
    escalate: [{ after: 30m, send: oncall }]
"""
ALL: dict[str, tuple[str, ...]] = {}
START = when("03-02 00:00")


def silenced(*spans: tuple[str, str], text: str = PROBLEM) -> Shop:
    shop = Shop(text)
    for since, until in spans:
        shop.world.silence(ALL, when(f"03-02 {since}"), when(f"03-02 {until}"))
    return shop


def test_a_problem_that_begins_inside_a_silence_is_told_when_that_ends_and_escalated_from_then() -> None:
    shop = silenced(("09:00", "12:00"))
    shop.update("03-02 10:00", "I")
    assert shop.told() == [
        "03-02 12:00 problem slack 1001",
        "03-02 12:30 problem oncall 1001 (escalated)",
    ]


def test_what_begins_inside_an_occurrence_of_a_silence_that_recurs_is_told_when_that_ends() -> None:
    shop = Shop(PROBLEM)
    hours = silencing.every("10:00-12:00", "Europe/Amsterdam")
    shop.world.silence(ALL, START, when("03-30 00:00"), hours=hours)
    shop.update("03-02 10:30", "I")
    shop.update("03-03 11:00", "I", "1002")
    shop.update("03-03 13:00", "I", "1003")
    assert [one for one in shop.told() if "slack" in one] == [
        "03-02 12:00 problem slack 1001",
        "03-03 12:00 problem slack 1002",
        "03-03 13:00 problem slack 1003",
    ]


def test_of_several_silences_the_last_one_counts_and_worse_news_is_told_as_one() -> None:
    shop = silenced(("09:00", "12:00"), ("11:00", "14:00"), ("14:00", "15:00"))
    shop.update("03-02 10:00", "I")
    shop.update("03-02 11:00", "X")
    assert shop.told()[:1] == ["03-02 15:00 problem slack 1001"]
    assert len([one for one in shop.told() if "slack" in one]) == 1


def test_a_problem_that_is_over_before_the_silence_is_never_told() -> None:
    shop = silenced(("09:00", "12:00"))
    shop.update("03-02 10:00", "I")
    shop.update("03-02 11:00", "D")
    assert shop.told() == []


def test_the_end_of_what_was_told_is_told_after_the_silence() -> None:
    shop = silenced(("10:10", "12:00"))
    shop.update("03-02 10:00", "I")
    shop.update("03-02 11:00", "D")
    assert shop.told() == ["03-02 10:00 problem slack 1001", "03-02 12:00 problem slack 1001 (resolved)"]


def test_an_escalation_that_falls_into_a_silence_comes_when_that_ends() -> None:
    shop = silenced(("10:10", "12:00"))
    shop.update("03-02 10:00", "I")
    assert shop.told() == [
        "03-02 10:00 problem slack 1001",
        "03-02 12:00 problem oncall 1001 (escalated)",
    ]


def test_a_rule_without_an_alert_tells_nothing_afterwards() -> None:
    shop = silenced(("09:00", "12:00"), text="rules: [{ id: problem, when: problem, send: slack }]")
    shop.update("03-02 10:00", "I")
    assert shop.told() == []


def test_what_waits_for_its_group_when_a_silence_begins_is_told_after_it() -> None:
    grouped = PROBLEM + "    group: { wait: 10m, interval: 1h }\n"
    shop = silenced(("10:05", "12:00"), text=grouped)
    shop.update("03-02 10:00", "I")
    shop.update("03-02 10:30", "I", "1002")
    told = [one for one in shop.told() if "slack" in one]
    assert len(told) == 1
    assert "1001" in told[0]
    assert "1002" in told[0]


def test_many_that_a_silence_kept_back_are_one_message_also_without_a_group() -> None:
    shop = silenced(("09:00", "12:00"))
    for number in range(30):
        shop.update("03-02 10:00", "I", str(2000 + number))
    slack = [one for one in shop.told() if "slack" in one]
    assert len(slack) == 1
    assert all(str(2000 + number) in slack[0] for number in range(30))


MINUTE = st.integers(0, 600)


@settings(max_examples=60, deadline=None)
@given(
    spans=st.lists(st.tuples(MINUTE, st.integers(1, 300)), max_size=5),
    opens=MINUTE,
    ends_after=st.none() | st.integers(1, 600),
)
def test_each_alert_that_is_open_when_nothing_silences_it_has_been_told_exactly_once(
    spans: list[tuple[int, int]], opens: int, ends_after: int | None
) -> None:
    shop = Shop(PROBLEM)
    for since, length in spans:
        shop.world.silence(ALL, START + 60 * since, START + 60 * (since + length))
    begin = when("03-02 00:00") + 60 * opens
    at = lambda moment: f"03-02 {int((moment - START) // 3600):02}:{int((moment - START) // 60 % 60):02}"  # noqa: E731
    shop.update(at(begin), "I")
    end = 3000 if ends_after is None else opens + ends_after
    if ends_after is not None:
        shop.update(at(START + 60 * end), "D")

    told = [one for one in shop.told() if "slack" in one]

    quiet = {minute for since, length in spans for minute in range(since, since + length)}
    audible = [minute for minute in range(opens, end) if minute not in quiet]
    news = [one for one in told if "resolved" not in one]
    assert len(news) == (1 if audible else 0)
    # What was told gets its end, once; what was not gets none.
    assert len(told) - len(news) == (1 if audible and ends_after is not None else 0)


@pytest.mark.parametrize("code", ["E", "D"])
def test_an_end_waits_for_no_mute(code: str) -> None:
    muted = (
        PROBLEM
        + """  - id: storm
    when: lost
    send: ops-email
    resolve: delivered
mute: [{ id: known, while: storm, rules: [problem] }]
"""
    )
    shop = Shop(muted)
    shop.update("03-02 10:00", "I", "1")
    shop.update("03-02 10:10", "X", "2")
    shop.update("03-02 10:20", code, "1")
    assert "03-02 10:20 problem slack 1 (resolved)" in shop.told()
