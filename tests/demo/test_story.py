"""The demo's story: the publisher's example word for word, and when it counts as told."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.demo import story
from notifier.demo.arrivals import Arrival, Chat, Mail
from notifier.sources import cottoncast
from notifier.web.signature import HEADER, Verifier

SHIPPED, PROBLEM, DELIVERED = story.STEPS
LINK = "https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB"
GOOD_MAIL = Mail(0.0, "shop@shop.example", "jane@example.com", "Order 41", f"Hello Jane Example: {LINK}", "")
CHAT = Chat(0.0, "hooks.slack.com", "Problem with order 41")
OVER = Chat(0.0, "hooks.slack.com", "Resolved: order 41")


def test_the_first_update_is_the_publishers_example_word_for_word() -> None:
    example = (Path(__file__).parent.parent / "seed.json").read_bytes()
    assert example == story.EXAMPLE
    assert rb"https:\/\/jouw.postnl.nl" in story.EXAMPLE
    assert b"1622007287" in story.EXAMPLE


def test_the_updates_follow_each_other_in_time_and_are_about_the_same_parcel() -> None:
    updates = [cottoncast.parse(body) for body in (*(s.body for s in story.STEPS), story.ONE_MORE)]
    assert [update.code for update in updates] == ["C", "I", "D", "X"]
    assert {update.ref for update in updates} == {"41"}
    times = [update.event_at for update in updates]
    assert times == sorted(set(times), key=lambda at: at or 0)
    assert {parcel.tracking_code for update in updates for parcel in update.shipments} == {"3SCEBU123456789"}


@pytest.mark.parametrize(
    ("step", "arrived", "missing"),
    [
        (SHIPPED, [GOOD_MAIL], []),
        (PROBLEM, [CHAT], []),
        (DELIVERED, [GOOD_MAIL, OVER], []),
        (DELIVERED, [GOOD_MAIL], ["delivered: no chat message arrived"]),
        (SHIPPED, [], ["shipped: no mail arrived"]),
        (PROBLEM, [], ["problem: no chat message arrived"]),
        (SHIPPED, [GOOD_MAIL, GOOD_MAIL], ["shipped: 2 mails arrived where one was expected"]),
        (SHIPPED, [GOOD_MAIL, CHAT], ["shipped: 1 unexpected message arrived"]),
        (SHIPPED, [CHAT, CHAT], ["shipped: no mail arrived", "shipped: 2 unexpected messages arrived"]),
        (SHIPPED, [replace(GOOD_MAIL, text=LINK)], ["shipped: the mail lacks Jane Example"]),
        (SHIPPED, [replace(GOOD_MAIL, text="Jane Example")], [f"shipped: the mail lacks {LINK}"]),
        (
            DELIVERED,
            [replace(GOOD_MAIL, recipient="x@y.example"), OVER],
            ["delivered: the mail went to x@y.example"],
        ),
        (PROBLEM, [replace(CHAT, text="a problem")], ["problem: the chat message lacks 41"]),
    ],
)
def test_a_step_knows_exactly_what_must_arrive(
    step: story.Step, arrived: list[Arrival], missing: list[str]
) -> None:
    assert step.missing(arrived) == missing


def test_the_line_for_the_shell_carries_body_and_signature_through_its_quotes() -> None:
    body = json.dumps({"it's": "$HOME `id` \\/ !"}).encode()
    words = shlex.split(story.curl("http://127.0.0.1:1/x", body, "secretsecret"))
    assert words[-1] == "http://127.0.0.1:1/x"
    assert words[words.index("--data-binary") + 1].encode() == body
    signature = next(word for word in words if word.startswith(HEADER)).partition(": ")[2]
    assert Verifier(["secretsecret"]).fits(body, signature)
