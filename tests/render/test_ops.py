"""`ops` has words for every occasion, in every part."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from notifier.core.alert import Alert, AlertState
from notifier.core.event import EventKind
from notifier.core.expression import Facts
from notifier.core.item import Item
from notifier.core.occasion import Occasion, OccasionKind
from notifier.core.order import Order
from notifier.core.shop import Shop
from notifier.core.update import RecordedUpdate
from notifier.render.moments import EVERY, moments
from notifier.render.sample import samples
from notifier.render.templates import Templates

PARTS = ("subject.txt", "email.html", "email.txt", "sms.txt", "chat.html")
SHOP = Shop(name="Example Shop", timezone="Europe/Amsterdam", locale="en-GB")
LINK = "https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB"
SAMPLES = {
    "update": samples(SHOP, "I")["one-parcel"],
    **moments(SHOP, samples(SHOP, "I")["one-parcel"], EVERY),
    "stuck": moments(SHOP, samples(SHOP, "R")["one-parcel"], EVERY)["stuck"],
}


def said(templates: Templates, told: Facts) -> dict[str, str]:
    """Return every part; of the HTML the words alone."""
    made = {part: templates.part("ops", part, told, None, None) for part in PARTS}
    for part in ("email.html", "chat.html"):
        made[part] = plain(made[part])
    return made


def plain(html: str) -> str:
    """Return the words of HTML, without its head."""
    body = re.sub(r"<head>.*</head>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub("<[^>]+>", " ", body)).split())


HEADLINES = {
    "update": "Order 41: Problem, Postnl",
    "after": "Order 41: Problem since Wed 26 May, 07:34, Postnl",
    "stuck": "Order 41: Ready for collection since Wed 26 May, 07:34, Postnl",
    "several": "8 orders: Problem, Lost",
    "rate": "7 of 100 orders (7.0 %) with postnl: Problem or Lost",
    "rate, all orders": "7 of 100 orders (7.0 %): Problem or Lost",
    "quiet": "No update since Wed 26 May, 05:33",
    "quiet, from the start": "No update has ever arrived",
    "schedule": "Nothing to report since Tue 25 May, 07:30",
    "schedule, several": "8 reports since Tue 25 May, 07:30",
    "brake": "312 messages to customers in the last hour, usually 20: more are held",
    "resolved": "Resolved: order 41 is now Delivered",
    "resolved, no order": "Resolved: too-many (postnl)",
    "escalated": "Not acknowledged: order 41, Problem",
    "escalated, no order": "Not acknowledged: too-many (postnl)",
    "repeated": "Still open: order 41, Problem",
    "repeated, no order": "Still open: too-many (postnl)",
    "internal, send_gave_up": "A message could not be sent by slack",
    "internal, channel_down": "Channel slack is down, its messages wait",
    "internal, channel_up": "Channel slack works again",
    "internal, channel_paused": "Somebody paused channel slack, its messages wait",
    "internal, channel_resumed": "Somebody resumed channel slack",
    "internal, budget_reached": "The budget of channel sms is used up",
    "internal, source_down": "Source cottoncast is down, customers cannot be looked up",
    "internal, source_up": "Source cottoncast answers again",
    "internal, signature_rejected": "A webhook was refused: its signature is wrong",
    "internal, rules_rejected": "An edit was refused: rules or templates have a mistake",
    "internal, expression_failed": "An expression failed",
    "internal, template_failed": "A template failed",
    "internal, brake_pulled": "The brake is pulled, messages to customers are held",
    "internal, update_set_aside": "An update was set aside",
    "internal, something_new": "notifier reports something new",
}


def test_every_occasion_has_its_words() -> None:
    assert set(HEADLINES) == set(SAMPLES)
    assert {name.split(",")[0] for name in SAMPLES if name != "several"} == set(OccasionKind)
    assert {f"internal, {kind}" for kind in EventKind} < set(HEADLINES)


@pytest.mark.parametrize("name", HEADLINES)
def test_the_headline_says_it_in_every_part(shipped: Templates, name: str) -> None:
    made = said(shipped, SAMPLES[name])
    assert made["subject.txt"] == HEADLINES[name]
    for part in PARTS:
        assert HEADLINES[name] in made[part], part
    assert made["email.txt"].startswith(HEADLINES[name])
    assert made["sms.txt"].startswith(f"Example Shop - {HEADLINES[name]}")


@pytest.mark.parametrize("name", HEADLINES)
def test_subject_and_sms_are_short_and_hold_nothing_of_the_customer(shipped: Templates, name: str) -> None:
    made = said(shipped, SAMPLES[name])
    for part in ("subject.txt", "sms.txt"):
        assert len(made[part]) <= 160
        assert made[part].isascii()
        assert "\n" not in made[part]
        assert "`" not in made[part]
        assert not re.search(r"Jane|example\.com|316", made[part])
    for text in made.values():
        assert not re.search(r"jane@example\.com|\+316", text)
        assert "  " not in text.replace("\n  ", "\n")


BODIES = {
    "update": ["Problem", "26 May 2021, 07:34 CEST", "3SCEBU123456789", "Postnl"],
    "stuck": ["3SCEBU123456789"],
    "several": ["Order 57: Lost, Postnl", "critical, NL, Wed 26 May, 07:34", "and 5 more"],
    "rate": ["Counted over the last 48 h.", "Ask the carrier"],
    "quiet": ["Is the webhook still arriving?", "journalctl -u notifier-web -e", "address at Cottoncast"],
    "schedule, several": ["not-collected", "Order 41: Problem since", "Channel slack is down", "7 of 100"],
    "brake": ["notifier brake release sends them", "notifier brake drop drops them", "--state held"],
    "escalated": ["for 30 min", "step 2", "notifier ack 17"],
    "escalated, no order": ["for 30 min", "step 2", "notifier ack 18"],
    "repeated": ["open for 30 min", "notifier ack 17"],
    "internal, send_gave_up": ["Message 17 of rule shipped", "notifier messages --failed", "notifier retry"],
    "internal, channel_down": ["notifier channels shows", "notifier channels resume slack"],
    "internal, channel_up": ["Nothing to do"],
    "internal, channel_paused": ["notifier channels resume slack"],
    "internal, channel_resumed": ["Nothing to do"],
    "internal, budget_reached": ["raise budget in rules.yaml"],
    "internal, source_down": ["notifier sources"],
    "internal, source_up": ["Nothing to do"],
    "internal, signature_rejected": ["NOTIFIER_WEBHOOK_SECRET"],
    "internal, rules_rejected": ["notifier check", "the rules from before the edit hold"],
    "internal, expression_failed": ["default(...)", "notifier explain"],
    "internal, template_failed": ["Mend the template", "notifier retry"],
    "internal, brake_pulled": ["notifier brake release"],
    "internal, update_set_aside": ["journalctl -u notifier-worker", "notifier retry --update"],
    "internal, something_new": ["journalctl -u notifier-web -u notifier-worker"],
}


@pytest.mark.parametrize("name", BODIES)
def test_mail_and_chat_say_what_to_look_at_and_what_to_do(shipped: Templates, name: str) -> None:
    made = said(shipped, SAMPLES[name])
    for part in ("email.html", "email.txt", "chat.html"):
        text = re.sub(r" ([.,])", r"\1", " ".join(made[part].replace("`", "").split()))
        assert [phrase for phrase in BODIES[name] if phrase not in text] == [], part


def test_a_rate_that_is_over_is_told_with_its_numbers_although_its_alert_is_gone(shipped: Templates) -> None:
    made = said(shipped, {**SAMPLES["resolved, no order"], "alert": None})
    assert made["subject.txt"] == "Resolved: too-many (postnl)"
    assert "7 of 100 orders (7.0 %) by now." in made["chat.html"]


@pytest.mark.parametrize("name", ["update", "after", "stuck", "several", "escalated", "resolved"])
def test_what_is_about_orders_leads_to_the_tracking_page(shipped: Templates, name: str) -> None:
    for part in ("email.html", "email.txt", "chat.html"):
        assert LINK in shipped.part("ops", part, SAMPLES[name], None, None)


def test_each_order_of_a_group_has_its_line_under_its_status(shipped: Templates) -> None:
    text = said(shipped, SAMPLES["several"])["email.txt"]
    assert re.findall(r"^(?:\w+:|- Order \d+)", text, re.MULTILINE) == [
        *("Lost:", "- Order 57"),
        *("Problem:", "- Order 41", "- Order 58"),
    ]


def test_a_digest_is_ordered_by_rule(shipped: Templates) -> None:
    text = said(shipped, SAMPLES["schedule, several"])["email.txt"]
    assert re.findall(r"^[\w-]+:$", text, re.MULTILINE) == ["not-collected:", "problem:", "shop:"]


def test_all_open_alerts_of_a_group_can_be_taken_at_once(shipped: Templates) -> None:
    told = SAMPLES["several"]
    items = told["items"]
    assert isinstance(items, tuple)
    numbered = tuple(replace(i, alert=replace(i.alert, id=n)) for n, i in enumerate(items, 21))
    taken = replace(numbered[0], alert=replace(numbered[0].alert, state=AlertState.ACKNOWLEDGED))
    made = said(shipped, {**told, "items": (taken, *numbered[1:])})
    for part in ("email.html", "email.txt", "sms.txt", "chat.html"):
        assert "Take them: notifier ack 22 23" in made[part].replace("`", "")


def test_what_is_taken_or_over_asks_for_nothing(shipped: Templates) -> None:
    told = SAMPLES["repeated"]
    alert = told["alert"]
    assert isinstance(alert, Alert)
    taken = replace(alert, state=AlertState.ACKNOWLEDGED, by="anna")
    items = told["items"]
    assert isinstance(items, tuple)
    made = said(shipped, {**told, "alert": taken, "items": (replace(items[0], alert=taken),)})
    assert "anna has acknowledged it" in made["chat.html"]
    assert "notifier ack" not in "".join(made.values())
    assert "notifier ack" not in "".join(said(shipped, SAMPLES["resolved"]).values())


def test_two_reports_of_one_order_are_not_two_orders(shipped: Templates) -> None:
    told = SAMPLES["update"]
    update, order = told["update"], told["order"]
    assert isinstance(update, RecordedUpdate)
    assert isinstance(order, Order)
    items = (Item("problem", update, order), Item("lost", update, order))
    assert said(shipped, {**told, "items": items})["subject.txt"] == "2 reports: Problem"


@pytest.mark.parametrize(
    ("seconds", "words"), [(1_800, "30 min"), (7_200, "2 h"), (172_800, "48 h"), (864_000, "10 days")]
)
def test_lengths_of_time_are_told_in_the_unit_that_people_use(
    shipped: Templates, seconds: int, words: str
) -> None:
    told = SAMPLES["rate"]
    occasion = told["occasion"]
    assert isinstance(occasion, Occasion)
    told = {**told, "occasion": replace(occasion, facts={**occasion.facts, "window": seconds})}
    assert f"over the last {words}." in said(shipped, told)["chat.html"]
