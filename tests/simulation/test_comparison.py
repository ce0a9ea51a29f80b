"""Two runs over the same history, held against each other: what was added, lost, moved, changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.reason import Reason
from notifier.simulation import comparison
from notifier.simulation.comparison import Change, Comparison, News, Run, Verdict, compare
from notifier.simulation.pairing import SAME_TIME, Sent, pair
from notifier.simulation.subjects import subject

T0 = 1_772_000_000.0
HOUR = 3_600.0
DAY = 24 * HOUR
CHANNELS = {"shipped": frozenset({"email"}), "problem": frozenset({"slack", "ops-email"})}


def sent(at: float = 0.0, **more: Any) -> Sent:
    """Return a mail of the rule `shipped` about order 41, so many seconds after T0."""
    fields = {"rule": "shipped", "ref": "41", "about": "order/41", "channel": "email"}
    fields |= {"template": "shipped", "recipient": "jane@example.org", "update_id": 1}
    return Sent(T0 + at, **(fields | more))


def shopwide(at: float, about: str = "schedule", **more: Any) -> Sent:
    """Return a message about the shop."""
    return sent(at, **({"rule": "digest", "ref": "", "about": about, "channel": "slack"} | more))


def run(*said: Sent, **more: Any) -> Run:
    return Run(**({"channels": CHANNELS, "sent": said} | more))


def compared(before: Iterable[Sent], after: Iterable[Sent], **more: Any) -> Comparison:
    return compare(run(*before, **more), run(*after, **more), T0 - DAY, T0 + 30 * DAY)


def changes(before: Iterable[Sent], after: Iterable[Sent]) -> list[str]:
    """Return how messages differ, in the order of their rules and times."""
    return [d.change.value for d in compared(before, after).differences]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [], []),
        ([sent()], [sent()], []),
        ([sent()], [sent(SAME_TIME)], []),
        ([sent()], [sent(SAME_TIME + 1)], ["moved"]),
        ([sent()], [sent(5 * DAY)], ["moved"]),
        ([sent()], [], ["lost"]),
        ([], [sent()], ["added"]),
        ([sent()], [sent(channel="sms")], ["changed"]),
        ([sent()], [sent(template="other")], ["changed"]),
        ([sent()], [sent(recipient="jan@example.org")], ["changed"]),
        ([sent()], [sent(folded=True)], ["changed"]),
        ([sent()], [sent(HOUR, channel="sms")], ["changed"]),
        # another order, rule or subject is another message
        ([sent()], [sent(ref="42", about="order/42")], ["lost", "added"]),
        ([sent()], [sent(rule="problem")], ["lost", "added"]),
        ([sent(about="shipment/41/A")], [sent(about="shipment/41/B", at=HOUR)], ["lost", "added"]),
        # a rule with another `once` says the same news at the same time
        ([sent(about="status/41/C")], [sent(about="order/41")], []),
        ([sent(about="status/41/C"), sent(HOUR, about="status/41/E")], [sent(about="order/41")], ["lost"]),
        ([sent(about="status/41/C")], [sent(about="resolved/41")], ["lost", "added"]),
    ],
)
def test_a_message_is_kept_or_differs_in_one_way(
    before: list[Sent], after: list[Sent], expected: list[str]
) -> None:
    assert sorted(changes(before, after)) == sorted(expected)


def test_of_several_messages_about_the_same_each_finds_the_one_on_its_channel() -> None:
    before = [sent(channel=c, rule="problem") for c in ("slack", "ops-email")]
    after = [sent(channel=c, rule="problem") for c in ("oncall", "slack")]

    (difference,) = compared(before, after).differences

    assert difference.change is Change.CHANGED
    assert difference.before is not None
    assert (difference.before.channel, difference.one.channel) == ("ops-email", "oncall")


def test_what_is_about_the_shop_is_paired_by_the_day_not_by_its_number() -> None:
    before = [shopwide(n * DAY) for n in range(5)]
    after = [shopwide(n * DAY + HOUR) for n in range(5) if n != 2]

    assert changes(before, after) == ["moved", "moved", "lost", "moved", "moved"]


def test_a_new_day_of_a_schedule_moves_none_of_the_others() -> None:
    before = [shopwide(n * DAY) for n in (0, 1, 2, 3, 4, 7, 8)]
    after = [shopwide(n * DAY) for n in range(9)]

    assert changes(before, after) == ["added", "added"]


def test_a_message_that_enters_the_time_looked_at_has_moved_and_what_lies_outside_counts_nothing() -> None:
    before = [sent(-DAY - HOUR), sent(-2 * DAY, ref="42")]
    after = [sent(-DAY + HOUR), sent(-3 * DAY, ref="43")]

    found = compared(before, after)

    assert [d.change for d in found.differences] == [Change.MOVED]
    assert [(t.before, t.after) for t in found.tallies if t.rule == "shipped"] == [(0, 1)]


def test_rules_are_counted_by_what_goes_out_on_its_own() -> None:
    before = [sent(ref=f"{n}") for n in range(4)]
    after = [sent(ref=f"{n}", folded=n > 1) for n in range(1, 4)]

    tally = compared(before, after).tallies[0]

    assert (tally.rule, tally.before, tally.after) == ("shipped", 4, 1)
    assert tally.changes == {Change.ADDED: 0, Change.LOST: 1, Change.MOVED: 0, Change.CHANGED: 2}


def why(other: Run, **more: Any) -> str:
    """Return why a message is lost in another run."""
    (difference,) = compare(run(sent(**more)), other, T0, T0 + 1).differences
    return difference.why


def test_a_lost_message_says_why() -> None:
    dropped = {("shipped", "41", "order/41"): "overtaken"}
    refused = {"shipped": {1: Verdict(False, "condition_false")}}
    fired = {"shipped": {1: Verdict(True, "fired")}}

    assert why(run(channels={})) == comparison.NO_SUCH_RULE
    assert why(run(unsent=dropped)) == "overtaken"
    assert why(run(verdicts=refused)) == "condition_false"
    assert why(run(verdicts=fired)) == comparison.NOT_SAID
    assert why(run(), channel="sms") == comparison.NO_SUCH_CHANNEL
    assert why(run()) == "other_status"


def test_every_reason_has_its_words() -> None:
    assert set(comparison.WORDS) >= {reason.value for reason in Reason}


def test_a_verdict_that_turned_is_told_with_both_reasons() -> None:
    news = {1: News("41", "C", T0), 2: News("42", "D", T0)}
    before = run(verdicts={"shipped": {1: Verdict(True, "fired"), 2: Verdict(False, "no_match")}}, news=news)
    after = run(verdicts={"shipped": {1: Verdict(False, "no_match")}, "vip": {2: Verdict(True, "fired")}})

    found = compare(before, after, T0, T0 + 1)

    assert [(t.rule, t.news.ref, t.before, t.after) for t in found.turns] == [
        ("shipped", "41", Verdict(True, "fired"), Verdict(False, "no_match")),
        ("vip", "42", None, Verdict(True, "fired")),
    ]
    assert found


@pytest.mark.parametrize(
    ("rule", "once", "expected"),
    [
        ("shipped", "shipped/order/41/0", "order/41"),
        ("shipped", "shipped/order/41/1", "order/41"),
        ("shipped", "shipped/order/41/0/shadow", "order/41"),
        ("shipped", "shipped/status/4%2F1/C/0", "status/4%2F1/C"),
        ("shipped", "shipped/shipment/41/3SABC/0", "shipment/41/3SABC"),
        ("problem", "problem/status/41/I#2/0", "status/41/I"),
        ("problem", "problem/resolved/41#17/0", "resolved/41"),
        ("problem", "problem/escalate/41#17/1/0", "escalate/41/1"),
        ("problem", "problem/repeat/41#17/1772000000/0", "repeat/41"),
        ("rate", "rate/rate/PNL/1772000000/0", "rate/PNL"),
        ("rate", "rate/rate//1772000000/0", "rate/"),
        ("quiet", "quiet/quiet/1772000000.125/0", "quiet"),
        ("digest", "digest/schedule/1772000000/0", "schedule"),
        ("trouble", "trouble/internal/17/0", "internal"),
    ],
)
def test_a_subject_holds_no_entry_number_and_no_moment(rule: str, once: str, expected: str) -> None:
    assert subject(rule, once) == expected


# any two runs

ABOUT = st.sampled_from(["order/41", "status/41/C", "shipment/41/A", "resolved/41"])
TIMES = st.sampled_from([0.0, 30.0, 60.0, 61.0, HOUR, 13 * HOUR, DAY, 40 * DAY, -2 * DAY])
ANY_SENT = st.builds(
    sent,
    TIMES,
    rule=st.sampled_from(["shipped", "problem", "removed"]),
    ref=st.sampled_from(["41", ""]),
    about=ABOUT,
    channel=st.sampled_from(["email", "slack"]),
    template=st.sampled_from(["shipped", "other"]),
    folded=st.booleans(),
    update_id=st.integers(0, 2),
)
ANY_VERDICT = st.sampled_from([Verdict(True, "fired"), Verdict(False, "no_match"), Verdict(False, "late")])
ANY_RUN = st.builds(
    Run,
    channels=st.sampled_from([CHANNELS, {"shipped": frozenset({"slack"})}]),
    sent=st.lists(ANY_SENT, max_size=9).map(tuple),
    verdicts=st.dictionaries(
        st.sampled_from(["shipped", "removed"]), st.dictionaries(st.integers(0, 2), ANY_VERDICT), max_size=2
    ),
    news=st.just({n: News("41", "C", T0) for n in range(3)}),
)
MIRRORED = {
    Change.ADDED: Change.LOST,
    Change.LOST: Change.ADDED,
    Change.MOVED: Change.MOVED,
    Change.CHANGED: Change.CHANGED,
}


@given(ANY_RUN)
def test_a_run_does_not_differ_from_itself(one: Run) -> None:
    assert not compare(one, one, T0, T0 + 30 * DAY)


@given(ANY_RUN, ANY_RUN)
def test_runs_exchanged_give_the_mirror_image(one: Run, other: Run) -> None:
    there = compare(one, other, T0, T0 + 30 * DAY)
    back = compare(other, one, T0, T0 + 30 * DAY)

    mirrored = [
        replace(d, change=MIRRORED[d.change], before=d.after, after=d.before) for d in back.differences
    ]
    assert sorted(map(repr, there.differences)) == sorted(map(repr, mirrored))
    assert sorted(map(repr, there.turns)) == sorted(
        repr(replace(t, before=t.after, after=t.before)) for t in back.turns
    )
    assert {t.rule: (t.before, t.after) for t in there.tallies} == {
        t.rule: (t.after, t.before) for t in back.tallies
    }


@given(ANY_RUN, ANY_RUN)
def test_every_message_stands_in_one_pair(one: Run, other: Run) -> None:
    pairs = pair(one.sent, other.sent)

    assert sorted(repr(old) for old, _ in pairs if old) == sorted(map(repr, one.sent))
    assert sorted(repr(new) for _, new in pairs if new) == sorted(map(repr, other.sent))
