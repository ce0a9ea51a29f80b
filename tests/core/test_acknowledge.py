"""Links that acknowledge an alert: for that alert, by that database, and for nothing else."""

from __future__ import annotations

import pytest

from notifier.core import unsubscribe
from notifier.core.acknowledge import alert_id_of, link, token

KEY = bytes(range(32))


def test_a_link_names_its_alert_and_is_recognised() -> None:
    assert alert_id_of(KEY, token(KEY, 7)) == 7
    assert link("https://n.example", KEY, 7) == f"https://n.example/acknowledge/{token(KEY, 7)}"


@pytest.mark.parametrize("public_url", [None, ""])
def test_without_a_public_url_there_is_no_link(public_url: str | None) -> None:
    assert link(public_url, KEY, 7) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        "", ".", "7", "7.", "x", "ü." + "a" * 500, "7." + "a" * 24, token(KEY, 7) + "A", token(KEY, 7)[:-1],
        token(bytes(32), 7), "8." + token(KEY, 7).partition(".")[2], unsubscribe.token(KEY, "7"),
    ],
)  # fmt: skip
def test_what_was_not_made_for_this_names_no_alert(wrong: str) -> None:
    assert alert_id_of(KEY, wrong) is None


def test_an_acknowledging_link_unsubscribes_nobody() -> None:
    assert unsubscribe.message_id_of(KEY, token(KEY, 7)) is None
