"""The templates that notifier comes with are fit to be sent today."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from notifier.core.alert import Alert, AlertState, Severity
from notifier.core.contact import REGISTERED, Contact, Finding
from notifier.core.expression import Facts
from notifier.core.facts import facts
from notifier.core.flaw import Flaw
from notifier.core.order import assemble
from notifier.core.shop import Shop
from notifier.core.update import RecordedUpdate, Update
from notifier.render.sample import check_template, samples
from notifier.render.templates import Templates

CUSTOMER = ("shipped", "delivered")
OPERATOR = ("ops/problem",)
MISSING = "ops/contact-missing"
OPS = "ops/general"
FURTHER = ("tracking", "several", "delayed", "review", "problem", "lost")
OCCASIONS = ("ops/stuck", "ops/carrier-rate", "ops/feed-silent", "ops/digest", "ops/trouble")
OF_AN_ORDER = [*CUSTOMER, *FURTHER, *OPERATOR, MISSING, OPS]
EVERY = [*OF_AN_ORDER, *OCCASIONS]
LINK = "https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB"
VOID = {"meta", "br", "img", "hr", "link", "input"}
SAMPLES = sorted(samples(Shop()))


class Outline(HTMLParser):
    """Reads HTML and notes what does not balance, the attributes of <html>, images and links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.root: dict[str, str | None] = {}
        self.images: list[dict[str, str | None]] = []
        self.links: list[str | None] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        if tag == "html":
            self.root = dict(attrs)
        if tag == "img":
            self.images.append(dict(attrs))
        if tag == "a":
            self.links.append(dict(attrs).get("href"))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(f"{tag} at {self.getpos()}")


def test_the_templates_have_every_part(shipped: Templates) -> None:
    assert shipped.names == {*EVERY}
    for name in shipped.names:
        assert len(shipped.parts(name)) == 5


def test_the_operators_templates_say_so_of_themselves(shipped: Templates) -> None:
    assert shipped.for_operators == {*OPERATOR, *OCCASIONS, MISSING, OPS}


@pytest.mark.parametrize("name", OF_AN_ORDER)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_mail_is_sound_html_of_a_small_size(
    shipped: Templates, shop: Shop, name: str, sample: str
) -> None:
    html = shipped.render(name, "email", samples(shop)[sample], None, None).html
    outline = Outline(html)
    assert (outline.unbalanced, outline.open) == ([], [])
    assert (outline.root["lang"], outline.root["dir"]) == ("en", "ltr")
    assert all(image.get("alt") is not None for image in outline.images)
    assert all(outline.links)
    assert len(html.encode()) < 60_000
    assert 'name="color-scheme" content="light dark"' in html
    assert "prefers-color-scheme: dark" in html


@pytest.mark.parametrize("name", [*CUSTOMER, *OPERATOR])
def test_link_reference_and_name_stand_in_every_part_that_has_room(
    shipped: Templates, order: Facts, name: str
) -> None:
    email = shipped.render(name, "email", order, None, None)
    sms = shipped.render(name, "sms", order, None, None).sms
    chat = shipped.render(name, "chat", order, None, None).chat
    assert "41" in email.subject
    for text in (email.html, email.text):
        assert "Jane" in text
    for text in (email.html, email.text, chat):
        assert LINK in text
        assert "41" in text
    assert sms.startswith("Example Shop - " if name in OPERATOR else "Example Shop: ")
    assert "41" in sms
    assert LINK in sms
    assert len(sms) <= 160
    assert sms.isascii()
    assert "\n" not in sms
    assert chat.split("<br>")[0].startswith("<b>")
    assert chat.split("<br>")[0].endswith("</b>")


@pytest.mark.parametrize(("code", "label"), [("I", "Problem"), ("X", "Lost")])
def test_operators_learn_what_happened_when_and_to_whom(
    shipped: Templates, shop: Shop, code: str, label: str
) -> None:
    vocabulary = samples(shop, code)["one-parcel"]
    email = shipped.render("ops/problem", "email", vocabulary, "en-GB", "Europe/Amsterdam")
    chat = shipped.render("ops/problem", "chat", vocabulary, "en-GB", "Europe/Amsterdam").chat
    for text in (email.html, email.text, chat):
        assert label in text
        assert "26 May 2021, 07:34 CEST" in text
        assert "Postnl" in text
        assert "NL" in text
        assert "jane@example.com" not in text


def known(contact: Contact | None) -> Facts:
    """Return the vocabulary for an order of which that contact is known."""
    update = RecordedUpdate(17, 1622007287.0, Update("cottoncast", "41", "C", "3AF7"))
    said = [Finding(REGISTERED, contact, 1622007287.0)] if contact else []
    return facts(update, assemble("41", [update], said), Shop(name="Example Shop"), 1622007290.0)


@pytest.mark.parametrize(
    ("contact", "missing"),
    [
        pytest.param(None, "No source knows this order", id="no contact"),
        pytest.param(Contact("Jane"), "There is neither e-mail nor phone", id="no address"),
        pytest.param(
            Contact("Jane", phone="+31612345678"),
            "There is a phone number, but no channel for it",
            id="no channel",
        ),
        pytest.param(
            Contact("Jane", unusable={"phone": Flaw.MALFORMED, "email": Flaw.MALFORMED}),
            "What came as e-mail and as phone is none",
            id="unusable",
        ),
        pytest.param(
            Contact("Jane", "jane@example.com", refused=frozenset({"jane@example.com"})),
            "The one that is known was refused for good",
            id="refused",
        ),
    ],
)
def test_operators_learn_what_is_missing_of_a_contact_and_what_to_do(
    shipped: Templates, contact: Contact | None, missing: str
) -> None:
    email = shipped.render(MISSING, "email", known(contact), None, None)
    chat = shipped.render(MISSING, "chat", known(contact), None, None).chat
    sms = shipped.render(MISSING, "sms", known(contact), None, None).sms
    assert "41" in email.subject
    assert "Shipped" in email.subject
    for text in (email.html, email.text, chat):
        assert missing in text
        assert "Shipped" in text
        assert "3AF7" in text
        assert "notifier sources" in text
    for text in (email.html, email.text, chat, sms):
        assert "PUT /orders/" in text
        assert "notifier explain 41" in text
        assert "notifier retry --update 17" in text
    assert len(sms) <= 160
    assert sms.isascii()


@pytest.mark.parametrize(
    ("ref", "copied"),
    [("41", "41"), ("WEB-41_b", "WEB-41_b"), ("41; rm -r /", "REF"), ("$(x)", "REF"), ("a\nb", "REF")],
)
def test_a_command_to_copy_holds_a_plain_reference_or_none(shipped: Templates, ref: str, copied: str) -> None:
    update = RecordedUpdate(1, 1622007287.0, Update("cottoncast", ref, "C", "3AF7"))
    told = facts(update, assemble(ref, [update]), Shop(), 1622007290.0)
    made = shipped.render(MISSING, "email", told, None, None)
    texts = [made.html, made.text, shipped.render(MISSING, "sms", told, None, None).sms]
    texts.append(shipped.render(MISSING, "chat", told, None, None).chat)
    for text in texts:
        assert set(re.findall(r"notifier explain (.+?)(?=[`<\n]|$)", text)) == {copied}
        assert set(re.findall(r"PUT /orders/([^`<\s.,)]+)", text)) == {copied}


@pytest.mark.parametrize("name", OPERATOR)
def test_an_alert_can_be_taken_while_it_is_open(shipped: Templates, order: Facts, name: str) -> None:
    alert = Alert(17, name, "41", AlertState.OPEN, Severity.WARNING, 1622007287.0)
    told = {**order, "alert": alert}
    for part in ("email.html", "email.txt", "sms.txt", "chat.html"):
        assert "notifier ack 17" in shipped.part(name, part, told, None, None)
        taken = {**order, "alert": replace(alert, state=AlertState.ACKNOWLEDGED)}
        assert "notifier ack" not in shipped.part(name, part, taken, None, None)
    assert len(shipped.part(name, "sms.txt", told, None, None)) <= 160
    assert "\n" not in shipped.part(name, "sms.txt", told, None, None)


def test_there_is_one_button_for_each_parcel(shipped: Templates, shop: Shop) -> None:
    counts = {
        sample: shipped.render("shipped", "email", samples(shop)[sample], None, None).html.count(
            "Track your parcel"
        )
        for sample in ("one-parcel", "two-parcels", "one-of-two-parcels", "no-parcel", "awkward")
    }
    assert counts == {
        "one-parcel": 1,
        "two-parcels": 2,
        "one-of-two-parcels": 1,
        "no-parcel": 0,
        "awkward": 0,
    }


@pytest.mark.parametrize("name", [*CUSTOMER, *OPERATOR])
def test_a_message_about_one_parcel_shows_only_that_one(shipped: Templates, shop: Shop, name: str) -> None:
    vocabulary = samples(shop)["one-of-two-parcels"]
    email = shipped.render(name, "email", vocabulary, None, None)
    sms = shipped.render(name, "sms", vocabulary, None, None).sms
    chat = shipped.render(name, "chat", vocabulary, None, None).chat
    for text in (email.html, email.text, sms, chat):
        assert "JVGL0123456789012345" in text
        assert "3SCEBU123456789" not in text


def test_a_customer_without_a_name_is_greeted_too(shipped: Templates, shop: Shop) -> None:
    email = shipped.render("shipped", "email", samples(shop)["no-name-no-parcel"], None, None)
    assert email.text.startswith("Hello,\n")
    assert ">Hello,</p>" in email.html


@pytest.mark.parametrize("name", CUSTOMER)
def test_the_shops_address_and_mail_stand_there_only_if_it_has_them(
    shipped: Templates, shop: Shop, name: str
) -> None:
    full = shipped.render(name, "email", samples(shop)["one-parcel"], None, None)
    bare = shipped.render(name, "email", samples(Shop(name="Bare"))["one-parcel"], None, None)
    for text in (full.html, full.text):
        assert "https://shop.example" in text
        assert "help@shop.example" in text
    assert "mailto:" not in bare.html
    assert Outline(bare.html).links == [LINK]
    assert "Questions" not in bare.text


@pytest.mark.parametrize("name", EVERY)
def test_the_shipped_templates_pass_their_own_check(shipped: Templates, shop: Shop, name: str) -> None:
    assert check_template(shipped, name, shop) == []
    assert check_template(shipped, name, Shop()) == []
