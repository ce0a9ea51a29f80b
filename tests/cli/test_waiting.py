"""What is waited for, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.cli import waiting
from notifier.core.lookup import Lookup, LookupState
from notifier.core.reason import Reason
from notifier.store.sending import ChannelState
from tests.factories import T0

DUE = Lookup("41", "3AF7", LookupState.DUE, due_at=T0 + 60, started_at=T0)
ENDED = replace(DUE, attempts=3, ended_at=T0 + 90)


@pytest.mark.parametrize(
    ("search", "words"),
    [
        pytest.param(DUE, "being looked up since 2021-05-26 05:34:47Z, nobody was asked yet", id="new"),
        pytest.param(
            replace(DUE, attempts=1, detail="cottoncast: HTTP 503"),
            "being looked up since 2021-05-26 05:34:47Z, 1 attempt, next try 2021-05-26 05:35:47Z:"
            " cottoncast: HTTP 503",
            id="tried once",
        ),
        pytest.param(
            replace(DUE, attempts=3, detail="two\nlines \x1b[31m"),
            "being looked up since 2021-05-26 05:34:47Z, 3 attempts, next try 2021-05-26 05:35:47Z:"
            " two lines  [31m",
            id="words from outside stay on the line",
        ),
        pytest.param(
            replace(ENDED, state=LookupState.FOUND, found_at=T0 + 90, source="cottoncast"),
            "found 2021-05-26 05:36:17Z by cottoncast",
            id="found",
        ),
        pytest.param(
            replace(ENDED, state=LookupState.MISSING),
            "no source has it, asked 2021-05-26 05:36:17Z",
            id="missing",
        ),
        pytest.param(
            replace(ENDED, state=LookupState.NOT_NEEDED),
            "not looked up, as the shop had registered enough by 2021-05-26 05:36:17Z",
            id="not needed",
        ),
        pytest.param(
            replace(ENDED, state=LookupState.GAVE_UP, detail="cottoncast: timeout"),
            "gave up 2021-05-26 05:36:17Z after 3 attempts: cottoncast: timeout",
            id="gave up",
        ),
    ],
)  # fmt: skip
def test_a_lookup_says_where_it_is(search: Lookup, words: str) -> None:
    assert waiting.lookup(search) == words


def test_a_paused_channel_says_why_and_until_when() -> None:
    until = ChannelState("email", Reason.CHANNEL_DOWN, T0, T0 + 60, "535 5.7.8 Bad credentials")
    assert waiting.pause(until) == (
        "channel email is paused since 2021-05-26 05:34:47Z: channel_down 535 5.7.8 Bad credentials;"
        " next try 2021-05-26 05:35:47Z"
    )
    for_long = ChannelState("sms", Reason.NOT_CONFIGURED, T0, None)
    assert waiting.pause(for_long) == (
        "channel sms is paused since 2021-05-26 05:34:47Z: not_configured; until that is mended"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0.9, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_661, "1 h 1 min"),
        (3_605, "1 h"),
        (86_400 + 59, "1 d"),
        (3 * 86_400 + 4 * 3_600 + 1_800, "3 d 4 h"),
        (400 * 86_400, "400 d"),
    ],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert waiting.span(seconds) == words


def test_a_reference_is_encoded_for_the_path() -> None:
    assert waiting.registration("2026/41 b") == "PUT /orders/2026%2F41%20b"
