"""Links that acknowledge the alerts of a message: for these, by that database, and for nothing else."""

from __future__ import annotations

import pytest

from notifier.core import unsubscribe
from notifier.core.acknowledge import alert_id_of, alert_token, link, message_id_of, token

KEY = bytes(range(32))


def test_a_link_names_its_message_and_is_recognised() -> None:
    assert message_id_of(KEY, token(KEY, 7)) == 7
    assert link("https://n.example", KEY, 7) == f"https://n.example/acknowledge/{token(KEY, 7)}"


def test_a_link_of_an_earlier_version_names_its_alert() -> None:
    assert alert_id_of(KEY, alert_token(KEY, 7)) == 7


def test_a_message_and_an_alert_of_the_same_number_are_told_apart() -> None:
    assert alert_id_of(KEY, token(KEY, 7)) is None
    assert message_id_of(KEY, alert_token(KEY, 7)) is None


@pytest.mark.parametrize("public_url", [None, ""])
def test_without_a_public_url_there_is_no_link(public_url: str | None) -> None:
    assert link(public_url, KEY, 7) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        "", ".", "7", "m7", "m7.", "x", "ü." + "a" * 500, "m7." + "a" * 24, token(KEY, 7) + "A",
        token(KEY, 7)[:-1], token(KEY, 7)[1:], token(bytes(32), 7), "m8." + token(KEY, 7).partition(".")[2],
        "m" + alert_token(KEY, 7), unsubscribe.token(KEY, "7"), unsubscribe.token(KEY, "m7"),
    ],
)  # fmt: skip
def test_what_was_not_made_for_this_names_nothing(wrong: str) -> None:
    assert message_id_of(KEY, wrong) is None
    assert alert_id_of(KEY, wrong) is None


def test_an_acknowledging_link_unsubscribes_nobody() -> None:
    for made in (token(KEY, 7), alert_token(KEY, 7)):
        assert unsubscribe.message_id_of(KEY, made) is None
