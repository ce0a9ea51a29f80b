"""What goes with words: the head of a mail, the length of a text, the tone of a chat message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.alert import Severity
from notifier.core.head import Head
from notifier.core.message import Rendered
from notifier.core.rules import Category, Group
from notifier.core.sms import estimate
from notifier.core.tone import Tone
from tests.factories import CHANNELS, JANE, channel, delivery, register, rule, ruleset, to_phone
from tests.service.conftest import Desk

SUPPORT = "help@shop.example"


def told(desk: Desk, code: str = "C") -> Rendered:
    """Have one update told and return what was sent."""
    desk.tell(code)
    desk.decide()
    desk.send()
    (sent,) = desk.line.sent
    return sent.rendered


def test_a_customers_mail_is_answered_to_the_shop_and_belongs_to_her_order(desk: Desk) -> None:
    desk.rules = ruleset(rule(), support_email=SUPPORT)
    assert told(desk).head == Head(
        thread="41", reply_to=SUPPORT, stream=("shipped", "transactional", "customer")
    )


def test_a_mail_to_operators_is_not_answered_to_the_shop(desk: Desk) -> None:
    desk.rules = ruleset(rule(send=[delivery("slack")]), support_email=SUPPORT)
    assert told(desk).head == Head(thread="41", stream=("shipped", "transactional", "ops"))


def test_marketing_is_counted_as_such(desk: Desk) -> None:
    register(desk.store, "41", replace(JANE, marketing=True))
    desk.rules = ruleset(rule("offer", category=Category.MARKETING))
    assert told(desk).head.stream == ("offer", "marketing", "customer")


@pytest.mark.parametrize(
    ("severity", "tone"),
    [(Severity.INFO, Tone.INFO), (Severity.WARNING, Tone.WARNING), (Severity.CRITICAL, Tone.FAILURE)],
)
def test_the_tone_of_operators_news_is_its_severity(desk: Desk, severity: Severity, tone: Tone) -> None:
    desk.rules = ruleset(rule("problem", "P", send=[delivery("slack")], severity=severity))
    assert told(desk, "P").tone is tone


def test_what_is_resolved_is_good_news(desk: Desk) -> None:
    desk.rules = ruleset(
        rule("problem", "P", send=[delivery("slack")], severity=Severity.CRITICAL, resolve=frozenset("D"))
    )
    desk.tell("P")
    desk.decide()
    desk.send()
    desk.tell("D", at=2e9)
    desk.decide()
    desk.send()
    assert [sent.rendered.tone for sent in desk.line.sent] == [Tone.FAILURE, Tone.SUCCESS]


def test_customers_are_shown_no_severity(desk: Desk) -> None:
    desk.rules = ruleset(rule("lost", "L", severity=Severity.CRITICAL))
    assert told(desk, "L").tone is Tone.INFO


def texted(desk: Desk, words: str, *, most: int | None = None) -> str:
    (desk.templates / "told" / "sms.txt").write_text(words)
    narrow = channel("sms", to=to_phone, max_parts=most)
    desk.rules = ruleset(rule(send=[delivery("sms")]), channels=[*CHANNELS, narrow])
    return told(desk).sms


def test_a_text_message_is_one_line_with_its_marks_folded(desk: Desk) -> None:
    assert (
        texted(desk, "It\u2019s\non\u00a0its way \u2013\n{{ order.ref }}\u2026\n")
        == "It's on its way - 41..."
    )


def test_a_text_message_that_does_not_fit_is_worded_shorter(desk: Desk) -> None:
    words = "{% if short %}Order {{ order.ref }} left.{% else %}" + "On its way to you. " * 9 + "{% endif %}"
    assert texted(desk, words, most=1) == "Order 41 left."


def test_the_long_wording_goes_out_where_it_fits(desk: Desk) -> None:
    words = "{% if short %}short{% else %}" + "On its way to you. " * 9 + "{% endif %}"
    assert texted(desk, words, most=2).startswith("On its way")


def test_a_short_wording_that_does_not_fit_is_cut_and_keeps_its_link(desk: Desk) -> None:
    link = "https://track.example/1"
    text = texted(desk, "{% if short %}Short: {% endif %}" + "On its way to you. " * 9 + link, most=1)
    assert text.startswith("Short: On its way")
    assert text.endswith(f"... {link}")
    assert estimate(text).parts == 1


@pytest.mark.parametrize(("room", "shown", "more"), [(99, 6, 0), (23, 4, 2), (9, 1, 5), (1, 1, 5)])
def test_a_group_that_does_not_fit_lists_fewer_and_counts_the_others(
    desk: Desk, room: int, shown: int, more: int
) -> None:
    (desk.templates / "told" / "chat.html").write_text(
        "{% for item in items %}{{ item.order.ref }} {% endfor %}+{{ more }}"
    )
    desk.line.fits = lambda name, rendered: len(rendered.chat) <= room  # type: ignore[method-assign]
    grouped = rule("problem", "P", send=[delivery("slack")], group=Group(wait=60.0, most=50))
    desk.rules = ruleset(grouped)
    refs = [f"100{n}" for n in range(6)]
    for ref in refs:
        register(desk.store, ref)
        desk.tell("P", ref=ref)
    desk.decide()
    desk.clock.now += 61
    desk.send()
    (sent,) = desk.line.sent
    assert sent.rendered.chat == f"{' '.join(refs[:shown])} +{more}"
