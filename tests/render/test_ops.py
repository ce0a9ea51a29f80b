"""The templates for operators have words for every occasion, in every part; `ops/general` for all of them."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import html5lib
import pytest

from notifier.core.alert import Alert, AlertState
from notifier.core.contact import Contact
from notifier.core.event import EventKind
from notifier.core.expression import Facts
from notifier.core.flaw import Flaw
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


def said(templates: Templates, told: Facts, name: str = "ops/general") -> dict[str, str]:
    """Return every part; of the HTML the words alone."""
    made = {part: templates.part(name, part, told, None, None) for part in PARTS}
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
    "rate": "7 of 100 orders (7%) with postnl: Problem, Lost",
    "rate, all orders": "7 of 100 orders (7%): Problem, Lost",
    "quiet": "No update since Wed 26 May, 05:33",
    "quiet, from the start": "No update has ever arrived",
    "schedule": "Nothing to report since Tue 25 May, 07:30",
    "schedule, several": "8 reports since Tue 25 May, 07:30",
    "brake": "312 messages to customers in the last hour, usually 20: more are held",
    "resolved": "Resolved: order 41 is now Delivered",
    "resolved, no order": "Resolved: too-many (postnl)",
    "escalated": "Not acknowledged: order 41, Problem",
    "escalated, no order": "Not acknowledged: too-many (postnl)",
    "resolved, silence": "Resolved: updates arrive again",
    "escalated, silence": "Not acknowledged: no updates arrive (feed-silent)",
    "repeated, silence": "Still open: no updates arrive (feed-silent)",
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
    "internal, update_rejected": "An update of Cottoncast could not be read",
    "internal, rules_rejected": "An edit was refused: rules or templates have a mistake",
    "internal, expression_failed": "An expression failed",
    "internal, template_failed": "A template failed",
    "internal, brake_pulled": "The brake is pulled, messages to customers are held",
    "internal, update_set_aside": "An update was set aside",
    "internal, updates_unrecorded": "Updates were refused: the database could not record them",
    "internal, database_pinned": "A program keeps the database from shrinking",
    "internal, clock_changed": "The clock of the server was changed",
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
    "stuck": ["It has not moved on for 30 min.", "3SCEBU123456789"],
    "several": ["Order 57: Lost, Postnl", "Critical", "Wed 26 May, 07:34", "and 5 more"],
    "rate": ["Counted over the last 48 h.", "Ask the carrier"],
    "quiet": ["Nothing has arrived for 3 h.", "journalctl -u notifier-web -e", "address at Cottoncast"],
    "schedule, several": ["not-collected", "Order 41: Problem since", "Channel slack is down", "7 of 100"],
    "brake": ["notifier brake release sends them", "notifier brake drop drops them", "--state held"],
    "escalated": ["for 30 min", "step 2", "notifier ack 17"],
    "escalated, no order": ["for 30 min", "step 2", "notifier ack 18"],
    "escalated, silence": ["for 30 min", "step 2", "journalctl -u notifier-web -e", "notifier ack 19"],
    "repeated": ["open for 30 min", "notifier ack 17"],
    "internal, send_gave_up": [
        "Details: message 17 of rule shipped",
        "notifier messages --failed",
        "notifier retry",
    ],
    "internal, channel_down": ["notifier channels shows", "notifier channels resume slack"],
    "internal, channel_up": ["Nothing to do"],
    "internal, channel_paused": [
        "The reason given: message 17 of rule shipped",
        "notifier channels resume slack",
    ],
    "internal, channel_resumed": ["Nothing to do"],
    "internal, budget_reached": ["raise budget in rules.yaml"],
    "internal, source_down": ["notifier sources"],
    "internal, source_up": ["Nothing to do"],
    "internal, signature_rejected": ["NOTIFIER_WEBHOOK_SECRET"],
    "internal, update_rejected": ["notifier rejected"],
    "internal, rules_rejected": ["notifier check", "the rules from before the edit hold"],
    "internal, expression_failed": ["default(...)", "notifier explain"],
    "internal, template_failed": ["Mend the template", "notifier retry"],
    "internal, brake_pulled": ["notifier brake release"],
    "internal, update_set_aside": ["journalctl -u notifier-worker", "notifier retry --update"],
    "internal, updates_unrecorded": ["Compare your orders with Cottoncast", "notifier status"],
    "internal, database_pinned": ["End the program that is named"],
    "internal, clock_changed": ["timedatectl"],
    "internal, something_new": ["journalctl -u notifier-web -u notifier-worker"],
}


@pytest.mark.parametrize("name", BODIES)
def test_mail_and_chat_say_what_to_look_at_and_what_to_do(shipped: Templates, name: str) -> None:
    made = said(shipped, SAMPLES[name])
    for part in ("email.html", "email.txt", "chat.html"):
        text = re.sub(r" ([.,])", r"\1", " ".join(made[part].replace("`", "").split()))
        assert [phrase for phrase in BODIES[name] if phrase not in text] == [], part


def test_refused_orders_are_told_as_orders(shipped: Templates) -> None:
    told = SAMPLES["internal, updates_unrecorded"]
    occasion = replace(told["occasion"], facts={**told["occasion"].facts, "subject": "orders"})
    made = said(shipped, {**told, "occasion": occasion, "items": ()})
    assert made["subject.txt"] == "Orders were refused: the database could not record them"
    for part in ("email.html", "email.txt", "chat.html"):
        assert "Have your shop register these orders again" in made[part]
        assert "Cottoncast" not in made[part]


def test_a_rate_that_is_over_is_told_with_its_numbers_although_its_alert_is_gone(shipped: Templates) -> None:
    made = said(shipped, {**SAMPLES["resolved, no order"], "alert": None})
    assert made["subject.txt"] == "Resolved: too-many (postnl)"
    assert "By now: 7 of 100 orders (7%) with postnl." in made["chat.html"]


@pytest.mark.parametrize("name", ["update", "after", "stuck", "several", "escalated", "resolved"])
def test_what_is_about_orders_leads_to_the_tracking_page(shipped: Templates, name: str) -> None:
    for part in ("email.html", "email.txt", "chat.html"):
        assert LINK in shipped.part("ops/general", part, SAMPLES[name], None, None)


def test_each_order_of_a_group_has_its_line_under_its_status(shipped: Templates) -> None:
    def lines(**told: object) -> list[str]:
        text = said(shipped, {**SAMPLES["several"], **told})["email.txt"]
        return re.findall(r"^(?:\w+(?: \(\d+\))?:|- Order \d+)", text, re.MULTILINE)

    assert lines(more=0) == ["Lost:", "- Order 57", "Problem (2):", "- Order 41", "- Order 58"]
    # Of more than are listed a number would be wrong.
    assert lines(more=5) == ["Lost:", "- Order 57", "Problem:", "- Order 41", "- Order 58"]


@pytest.mark.parametrize("part", ["email.html", "email.txt", "chat.html"])
def test_a_group_of_one_status_has_it_in_its_headline_and_needs_no_heading(
    shipped: Templates, part: str
) -> None:
    items = SAMPLES["several"]["items"]
    assert isinstance(items, tuple)
    problems = tuple(item for item in items if item.update.code == "I")
    text = shipped.part("ops/general", part, {**SAMPLES["several"], "items": problems}, None, None)
    assert "7 orders: Problem" in text
    assert not re.search(r"<h2|^Problem|<b>Problem", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("kind", "headline"),
    [("escalated", "Not acknowledged"), ("repeated", "Still open"), ("resolved", "Resolved")],
)
@pytest.mark.parametrize("part", ["email.html", "email.txt", "chat.html"])
def test_what_became_of_a_group_is_said_once(shipped: Templates, kind: str, headline: str, part: str) -> None:
    told = SAMPLES["several"]
    items = told["items"]
    assert isinstance(items, tuple)
    occasion = replace(items[0].occasion, kind=OccasionKind(kind), facts={"step": 1, "why": ""})
    every = tuple(replace(item, occasion=occasion) for item in items)
    told = {**told, "occasion": occasion, "items": every}
    text = shipped.part("ops/general", part, told, None, None)
    said_it = re.findall(
        f"{headline}(?! - 8 orders)", re.sub("(?s)<title>.*?</title>|<span.*?</span>", "", text)
    )
    assert f"{headline} - 8 orders: Problem, Lost" in text
    assert said_it == []
    assert "Order 57: Lost" in text


def test_a_digest_is_ordered_by_rule(shipped: Templates) -> None:
    text = said(shipped, SAMPLES["schedule, several"])["email.txt"]
    assert re.findall(r"^[\w-]+(?: \(\d+\))?:$", text, re.MULTILINE) == [
        "not-collected:",
        "problem (4):",
        "shop (3):",
    ]


def test_all_open_alerts_of_a_group_can_be_taken_at_once(shipped: Templates) -> None:
    told = SAMPLES["several"]
    items = told["items"]
    assert isinstance(items, tuple)
    numbered = tuple(replace(i, alert=replace(i.alert, id=n)) for n, i in enumerate(items, 21))
    taken = replace(numbered[0], alert=replace(numbered[0].alert, state=AlertState.ACKNOWLEDGED))
    made = said(shipped, {**told, "items": (taken, *numbered[1:])})
    for part in ("email.html", "email.txt", "sms.txt", "chat.html"):
        assert "Take them: notifier ack 22 23" in made[part].replace("`", "")


@pytest.mark.parametrize(
    ("locale", "one", "all_of_them"),
    [
        (None, "Take it with one click", "Take them with one click"),
        ("nl", "Oppakken met één klik", "Alle oppakken met één klik"),
        ("de", "Mit einem Klick übernehmen", "Alle mit einem Klick übernehmen"),
        ("fr", "Prendre en charge en un clic", "Tout prendre en charge en un clic"),
    ],
)
@pytest.mark.parametrize("part", ["email.html", "email.txt", "chat.html"])
def test_the_link_says_whether_it_takes_one_alert_or_several(
    shipped: Templates, part: str, locale: str | None, one: str, all_of_them: str
) -> None:
    told = {**SAMPLES["several"], "ack_url": "https://notify.example/ack/17"}
    items = told["items"]
    assert isinstance(items, tuple)
    open_ = tuple(replace(item, alert=replace(item.alert, id=n)) for n, item in enumerate(items, 21))
    taken = tuple(replace(i, alert=replace(i.alert, state=AlertState.ACKNOWLEDGED)) for i in open_[1:])
    several = shipped.part("ops/general", part, {**told, "items": open_}, locale, None)
    alone = shipped.part("ops/general", part, {**told, "items": (open_[0], *taken)}, locale, None)
    assert (all_of_them in several, one in several.replace(all_of_them, "")) == (True, False)
    assert (all_of_them in alone, one in alone) == (False, True)


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


FITTING = {
    "ops/problem": ["update", "after", "escalated", "repeated", "resolved", "several"],
    "ops/stuck": ["stuck"],
    "ops/carrier-rate": ["rate", "rate, all orders"],
    "ops/feed-silent": ["quiet", "quiet, from the start"],
    "ops/digest": ["schedule", "schedule, several"],
    "ops/trouble": [name for name in SAMPLES if name.startswith("internal")],
    "ops/contact-missing": ["update"],
}
OWN = {
    "ops/problem": {"update": "Problem with order 41"},
    "ops/contact-missing": {"update": "Order 41: the customer"},
}


@pytest.mark.parametrize(("name", "occasion"), [(n, o) for n, some in FITTING.items() for o in some])
def test_the_template_of_an_occasion_says_what_the_general_one_says(
    shipped: Templates, name: str, occasion: str
) -> None:
    made = said(shipped, SAMPLES[occasion], name)
    begins = OWN.get(name, {}).get(occasion) or (HEADLINES[occasion] if name != "ops/problem" else "")
    assert made["subject.txt"].startswith(begins)
    assert made["email.txt"].startswith(made["subject.txt"])
    assert sms_parts(made["sms.txt"]) <= 2


@pytest.mark.parametrize("name", sorted(FITTING))
def test_every_mail_to_operators_keeps_to_the_html_standard(shipped: Templates, name: str) -> None:
    for template in (name, "ops/general"):
        for occasion in FITTING[name]:
            html = shipped.part(template, "email.html", SAMPLES[occasion], None, None)
            html5lib.HTMLParser(strict=True).parse(html)
            assert len(html.encode()) < 60_000


def test_a_lost_order_says_so_and_what_to_do(shipped: Templates) -> None:
    made = said(shipped, samples(SHOP, "X")["one-parcel"], "ops/problem")
    assert made["subject.txt"] == "Order 41: lost by the carrier"
    assert "Claim the loss from the carrier." in made["email.txt"]
    assert "Claim the loss from the carrier." in made["email.html"]


@pytest.mark.parametrize(
    ("severity", "sign", "word", "colour"),
    [
        ("critical", "🔴", "Critical", "#b42318"),
        ("warning", "🟠", "Warning", "#b45309"),
        ("info", "🔵", "For information", "#1a56c4"),
    ],
)
def test_how_bad_it_is_shows_in_chat_and_in_the_mail(
    shipped: Templates, severity: str, sign: str, word: str, colour: str
) -> None:
    told = {**SAMPLES["update"], "severity": severity}
    assert said(shipped, told)["chat.html"].startswith(sign)
    assert said(shipped, {**SAMPLES["resolved"], "severity": severity})["chat.html"].startswith("🟢")
    html = shipped.part("ops/general", "email.html", told, None, None)
    assert re.search(rf"background-color:{colour};[^>]*>{word}<", html)
    assert f"border-top:5px solid {colour}" in html


def test_a_file_in_what_is_reported_keeps_its_name(shipped: Templates) -> None:
    told = SAMPLES["internal, rules_rejected"]
    occasion = told["occasion"]
    assert isinstance(occasion, Occasion)
    facts = {**occasion.facts, "detail": "rules.yaml:12:3: there is no channel 'mial'"}
    made = said(shipped, {**told, "occasion": replace(occasion, facts=facts)}, "ops/trouble")
    assert "Details: rules.yaml:12:3: there is no channel 'mial'" in made["email.txt"]


def test_chat_is_made_of_bold_links_and_breaks_alone(shipped: Templates) -> None:
    for name, some in FITTING.items():
        for occasion in some:
            chat = shipped.part(name, "chat.html", SAMPLES[occasion], None, None)
            assert set(re.findall(r"</?(\w+)", chat)) <= {"b", "a", "br"}


def test_one_click_and_a_command_take_an_alert(shipped: Templates) -> None:
    told = {**SAMPLES["repeated"], "ack_url": "https://notify.example/ack/17"}
    for part in ("email.html", "email.txt", "chat.html"):
        text = shipped.part("ops/general", part, told, None, None)
        assert "https://notify.example/ack/17" in text
        assert "notifier ack 17" in text
    assert said(shipped, told)["sms.txt"].endswith("https://notify.example/ack/17")


def test_an_empty_digest_says_that_all_is_quiet(shipped: Templates) -> None:
    for part in ("email.html", "email.txt", "chat.html"):
        assert "no rule had anything to report" in said(shipped, SAMPLES["schedule"], "ops/digest")[part]


def sms_parts(text: str) -> int:
    """Return into how many messages a text of GSM-7 is cut."""
    return 1 if len(text) <= 160 else -(-len(text) // 153)


LACKS = [
    (None, "Missing: the contact."),
    (Contact(), "There is neither e-mail nor phone"),
    (Contact(unusable={"email": Flaw.MALFORMED}), "What came as e-mail is none"),
    (Contact(unusable={"phone": Flaw.MALFORMED}), "What came as phone is none"),
    (Contact(email="a@b.example", refused=frozenset({"a@b.example"})), "refused for good"),
]


def missed(count: int) -> Facts:
    """A message about orders whose customers could not be told, as the worker makes it."""
    told = SAMPLES["update"]
    contacts = [contact for contact, _ in LACKS]
    items = [
        Item("missing_contact", told["update"], replace(told["order"], ref=f"r{n}", contact=contacts[n % 5]))
        for n in range(count)
    ]
    return {**told, "rule": "missing_contact", "items": tuple(sorted(items, key=lambda i: i.lack.rank))}


@pytest.mark.parametrize("name", ["ops/general", "ops/contact-missing"])
def test_several_customers_who_could_not_be_told_are_listed_by_what_is_missing(
    shipped: Templates, name: str
) -> None:
    made = said(shipped, missed(20), name)
    for part in PARTS:
        assert "20 orders: the customers were not told" in made[part]
    for part in ("email.html", "email.txt", "chat.html"):
        places = [made[part].index(what) for _, what in LACKS]
        assert places == sorted(places)
        assert all(f"r{number}" in made[part] for number in range(20))
        assert made[part].count("(4)") == 5


def test_where_the_same_is_missing_everywhere_it_is_counted_once_and_each_line_names_the_news(
    shipped: Templates,
) -> None:
    told = missed(20)
    items = told["items"]
    assert isinstance(items, tuple)
    alike = {**told, "items": tuple(item for item in items if item.order.contact == Contact())}
    for part in ("email.html", "email.txt", "chat.html"):
        text = shipped.part("ops/general", part, alike, None, None)
        assert "4 orders: the customers were not told" in text
        assert "There is neither e-mail nor phone." in text
        assert "(4)" not in text
        assert ".:" not in text
        assert "Order r1: Problem" in text


@pytest.mark.parametrize("locale", ["nl", "de", "fr"])
def test_what_is_missing_is_said_in_every_language(shipped: Templates, locale: str) -> None:
    english = shipped.part("ops/general", "chat.html", missed(20), None, None)
    made = shipped.part("ops/general", "chat.html", missed(20), locale, None)
    assert "Missing" not in made
    assert "were not told" not in made
    assert made.count("<b>") == english.count("<b>")
