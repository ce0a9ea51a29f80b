"""How `notifier replay` words what differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notifier.bootstrap.players import Side
from notifier.bootstrap.replay import Replayed
from notifier.cli.replay_page import page
from notifier.cli.replay_report import Report, apart, report
from notifier.simulation.comparison import Run, compare
from notifier.simulation.pairing import Sent
from notifier.simulation.replaying import Span

T0 = 1_622_007_287.0
AT = "2021-05-26 07:34 | 41 | "
MAIL = Sent(T0, "shipped", "41", "order/41", "email", "shipped", "jane@example.org")


def reported(before: list[Sent], after: list[Sent], limit: int = 5, **more: Any) -> Report:
    channels = {"shipped": frozenset({"email"})}
    found = compare(Run(channels, tuple(before)), Run(channels, tuple(after)), T0 - 9e5, T0 + 9e5)
    side = Side(Path("rules.yaml"), "0123456789ab", "Europe/Amsterdam", 0.0)
    span = Span(T0 - 9e5, T0 + 9e5, T0, T0, T0)
    return report(Replayed(side, replace(side, **more), span, 1, 1, found), limit)


def example(before: Sent, after: Sent) -> str:
    """Return the line about a message that differs."""
    (section,) = reported([before], [after]).sections
    (one,) = section.examples
    return f"{one.when} | {one.order} | {one.what}"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"at": T0 + 900}, "2021-05-26 07:34 → 07:49 (+15 min) | 41 | email to ja…@example.org"),
        ({"at": T0 - 86_400}, "2021-05-26 07:34 → 2021-05-25 07:34 (−1 d) | 41 | email to ja…@example.org"),
        ({"channel": "sms", "recipient": "+31612345678"}, "2021-05-26 07:34 | 41 | email → sms"),
        ({"template": "other"}, "2021-05-26 07:34 | 41 | template shipped → template other"),
        ({"recipient": ""}, "2021-05-26 07:34 | 41 | to ja…@example.org → to nobody named"),
        ({"folded": True}, "2021-05-26 07:34 | 41 | on its own → with another message"),
        ({"channel": "x", "template": "y"}, f"{AT}email, template shipped → x, template y"),
    ],
)  # fmt: skip
def test_a_message_that_differs_is_told_by_what_differs(after: dict[str, Any], expected: str) -> None:
    assert example(MAIL, replace(MAIL, **after)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(61, "+1 min"), (-900, "−15 min"), (5_400, "+1 h 30 min"), (90_061, "+1 d 1 h"), (172_800, "+2 d")],
)
def test_how_far_apart_is_told_in_two_units_at_most(seconds: float, expected: str) -> None:
    assert apart(seconds) == expected


def test_a_channel_that_is_passed_over_is_named() -> None:
    assert reported([], [], passed_over=("sms",)).passed_over.endswith("another: channel sms")


def test_what_is_about_the_shop_names_no_order_on_the_page() -> None:
    text = page(reported([replace(MAIL, ref="", about="quiet")], []))

    assert "the shop" in text
    assert "Nothing differs" in page(reported([MAIL], [MAIL]))
