"""What a person says of a silence: fields, values, and the time until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from notifier.core.alert import Silence
from notifier.errors import RequestError
from notifier.service import silencing

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC).timestamp()
AMSTERDAM = "Europe/Amsterdam"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"rule": ["problem", " lost ", "problem"]}, {"rule": ("problem", "lost")}),
        ({"status": ["shipped", "X", "x", "Lost"]}, {"status": ("collected", "lost")}),
        ({"status": ["Q", "unknown"]}, {"status": ("Q", "unknown")}),
        ({"severity": ["CRITICAL"]}, {"severity": ("critical",)}),
        ({"country": ["nl", "BE"]}, {"country": ("NL", "BE")}),
        ({"carrier": ["PostNL"], "ref": ["A/7"]}, {"carrier": ("PostNL",), "ref": ("A/7",)}),
        ({}, {}),
    ],
)
def test_values_are_spelled_as_labels_have_them(
    given: Mapping[str, Sequence[str]], meant: Mapping[str, tuple[str, ...]]
) -> None:
    assert silencing.matchers(given) == meant


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"carier": ["x"]}, "carier: is not a field; did you mean `carrier`?"),
        ({"x": ["y"]}, "x: is not a field; known: carrier, country, ref, rule, severity, status"),
        ({"severity": ["bad"]}, "severity: is no severity: `bad`; known: critical, info, warning"),
        ({"status": ["problm"]}, "status: is no status: `problm`; did you mean `problem`?"),
        ({"rule": []}, "rule: needs a value"),
        ({"rule": [" "]}, "rule: is empty"),
        ({"rule": ["a\x1b[2J"]}, "rule: holds a control character"),
        ({"rule": ["x" * 501]}, "rule: is 501 characters long; at most 500 are accepted"),
        ({"ref": [str(n) for n in range(101)]}, "ref: has 101 values; at most 100 are accepted"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(given: Mapping[str, Sequence[str]], said: str) -> None:
    with pytest.raises(RequestError) as refused:
        silencing.matchers(given)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("18:00", "2026-03-03T17:00:00"),
        ("09:30", "2026-03-04T08:30:00"),
        ("16:00", "2026-03-04T15:00:00"),  # it is 16:00 now: the next one
        ("2026-03-04 09:00", "2026-03-04T08:00:00"),
        ("2026-03-04", "2026-03-03T23:00:00"),
        ("2026-03-04T09:00:00Z", "2026-03-04T09:00:00"),
        ("2026-03-04T09:00:00+02:00", "2026-03-04T07:00:00"),
        ("2026-03-29 02:30", "2026-03-29T01:00:00"),  # the clocks skip it
    ],
)
def test_a_time_without_a_zone_is_the_shops(text: str, meant: str) -> None:
    found = silencing.until(text, NOW, AMSTERDAM)
    assert datetime.fromtimestamp(found, UTC).isoformat() == f"{meant}+00:00"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("soon", "until: is no time: `soon`; write for example"),
        ("25:00", "until: is no time: `25:00`"),
        ("", "until: is no time"),
        ("2026-03-03 15:59", "until: is not to come: that time is over"),
        ("2036-12-01", "until: is more than ten years off"),
        ("0001-01-01", "until: is no"),
        ("9999-12-31T23:59:59-23:00", "until: is"),
    ],
)
def test_what_is_no_time_to_come_is_refused(text: str, said: str) -> None:
    with pytest.raises(RequestError) as refused:
        silencing.until(text, NOW, AMSTERDAM)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("text", ["2", "0s", "two hours", "11y", "forever"])
def test_a_length_needs_a_unit_and_an_end(text: str) -> None:
    with pytest.raises(RequestError, match=r"^for: "):
        silencing.length(text)


def test_a_rule_that_there_is_not_is_named_with_the_one_that_was_meant() -> None:
    about = {"rule": ("Problem", "problm", "xyzzy"), "ref": ("41",)}
    assert silencing.unknown_rules(about, ["problem", "lost"]) == [
        "there is no rule `problm`; did you mean `problem`?",
        "there is no rule `xyzzy`",
    ]


@pytest.mark.parametrize(
    ("matchers", "customers", "said"),
    [
        (
            {"rule": ("problem",), "carrier": ("postnl", "dhl")},
            False,
            "messages to operators with rule problem and carrier postnl or dhl",
        ),
        ({}, False, "all messages to operators"),
        ({}, True, "all messages to operators and customers"),
    ],
)
def test_what_it_stops_is_said_in_words(
    matchers: Mapping[str, tuple[str, ...]], customers: bool, said: str
) -> None:
    assert silencing.stops(Silence(1, matchers, "", "", 0, 1, customers)) == said


def test_a_silence_does_not_look_at_capitals() -> None:
    silence = Silence(1, {"carrier": ("PostNL",)}, "", "", 0, 10)
    assert silence.covers({"carrier": ("dhl", "postnl")}, 5)
    assert not silence.covers({"carrier": ("dhl",)}, 5)
