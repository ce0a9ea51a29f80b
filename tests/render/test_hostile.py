"""No value from outside is anything but inert text, in any field and any part of any shipped template."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from notifier.core.alert import Alert, AlertState, Severity
from notifier.core.contact import REGISTERED, Contact, Finding
from notifier.core.contact import Item as Ordered
from notifier.core.expression import Facts
from notifier.core.facts import facts
from notifier.core.item import Item
from notifier.core.message import Rendered
from notifier.core.occasion import Occasion, OccasionKind
from notifier.core.order import Order, assemble
from notifier.core.shop import Shop
from notifier.core.update import RecordedUpdate, Shipment, Update
from notifier.errors import RenderError
from notifier.render.templates import Templates

TOGETHER = (
    ("ref", "order_id"),
    ("code",),
    ("carrier", "carrier_name", "tracking_code"),
    ("tracking_url",),
    ("name", "email", "phone", "attribute"),
    ("locale", "country", "timezone"),
    ("item", "sku", "image"),
    ("shop_name", "support_email", "address", "footer"),
    ("rule", "severity", "why", "by", "told"),
)
"""The fields that values come in by; those of a group are tried together, and all groups at once."""

FIELDS = tuple(field for group in TOGETHER for field in group)
VALUES = {
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "single-quote": "' onmouseover='alert(1)",
    "javascript-url": "javascript:alert(1)",
    "data-url": "data:text/html,<script>alert(1)</script>",
    "expression": "{{ 7*7 }}",
    "statement": "{% raw %}{% for a in range(9) %}",
    "comment": "{# <!-- -->",
    "crlf": "Jane\r\nBcc: evil@example.com",
    "bidi": "\u202egpj.exe\u2066\u200b",
    "nul": "a\x00b\x1b[2J",
    "surrogate": "\ud800\udfff",
    "ping": "<!channel> <@U1> <https://evil.example|x>",
    "long": "x" * 100_000,
    "format": "{0.__class__} %s %(x)s $x",
    "placeholder": "%(ref)s %(name)s 100% %%",
    "end-of-data": "</script><script>alert(1)</script><!--",
    "header": "Jane <x@evil.example>, y@evil.example; =?utf-8?q?=0d=0a?=",
    "zero-width": "a\u200bb\u2060c\ufeffd\u202ae",
    "mention": "@everyone <@&1> <at>all</at> [x](https://evil.example)",
}
NUMBERS = {"share": 0.1, "count": 1, "among": 10, "window": 60.0, "usual": 1.0, "step": 1, "since": 0.0}
MEGABYTE = "<b>&'\"" * 150_000
NAMES = [
    *("shipped", "delivered", "problem", "lost", "delayed", "review", "several", "tracking"),
    *("ops/problem", "ops/stuck", "ops/contact-missing", "ops/general", "ops/trouble"),
    *("ops/carrier-rate", "ops/feed-silent", "ops/digest"),
]
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td"),
    *("p", "a", "img", "h1", "h2", "strong", "span", "br", "b", "code", "bdi", "script"),
}


KINDS = {
    "ops/stuck": OccasionKind.STUCK,
    "ops/carrier-rate": OccasionKind.RATE,
    "ops/feed-silent": OccasionKind.QUIET,
    "ops/digest": OccasionKind.SCHEDULE,
    "ops/trouble": OccasionKind.INTERNAL,
}
"""What a template speaks of, if it is no update."""


def hostile(value: str, fields: tuple[str, ...], kind: OccasionKind = OccasionKind.UPDATE) -> Facts:
    """Return an order with `value` in each of `fields`, and what made a rule speak of it."""
    put = dict.fromkeys(fields, value)
    shipment = Shipment(
        carrier=put.get("carrier", "postnl"),
        carrier_name=put.get("carrier_name", "Postnl"),
        tracking_code=put.get("tracking_code", "3S1"),
        tracking_url=put.get("tracking_url", "https://postnl.example/3S1"),
    )
    contact = Contact("Jane", "jane@example.com", "+31612345678", "en", "NL", "UTC")
    contact = dataclasses.replace(contact, **{k: v for k, v in put.items() if hasattr(contact, k)})
    update = Update("cottoncast", put.get("ref", "41"), put.get("code", "C"), put.get("order_id", "3AF7"))
    update = dataclasses.replace(update, shipments=(shipment,))
    recorded = RecordedUpdate(1, 1622007287.0, update)
    shop = Shop(
        name=put.get("shop_name", "Shop"),
        support_email=put.get("support_email", ""),
        address=put.get("address", ""),
        footer=put.get("footer", ""),
    )
    # Whoever gives pictures was asked for an address; its path can be anything.
    image = f"https://shop.example/{put['image']}" if "image" in put else ""
    item = Ordered(put.get("item", "Mug"), put.get("sku", "MUG-1"), 2, image)
    attributes = {"note": put["attribute"], put["attribute"]: 1} if "attribute" in put else {}
    said = Finding(REGISTERED, contact, 1622007287.0, attributes=attributes, items=(item,))
    rule = put.get("rule", "problem")
    alert = Alert(1, rule, put.get("ref", "41"), AlertState.ACKNOWLEDGED, Severity.INFO, 1622007287.0)
    alert = dataclasses.replace(alert, **{k: v for k, v in put.items() if k in {"why", "by"}})
    told = dict.fromkeys(("value", "by", "event", "subject", "detail", "why"), put.get("told", "postnl"))
    occasion = Occasion(kind, 1622007287.0, {**told, **NUMBERS, "of": [told["value"]]})
    return facts(
        recorded,
        assemble(update.ref, [recorded], [said]),
        shop,
        1622007290.0,
        late=True,
        unsubscribe_url="https://notify.example/unsubscribe/1",
        rule=rule,
        severity=put.get("severity", "warning"),
        occasion=occasion,
        alert=alert,
    )


class Seen(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.data: list[str] = []
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and data.strip():
            self.data.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "script":
            self.scripts.append(dict(attrs))
        self.attributes.update(name for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]


def made(templates: Templates, name: str, vocabulary: Facts) -> Rendered:
    """Return all parts of one template; a part that refuses by its length, or its work, stays empty."""
    parts = {}
    contact = vocabulary["contact"]
    assert isinstance(contact, Contact)
    for field, part in (
        *(("subject", "subject.txt"), ("html", "email.html"), ("text", "email.txt")),
        *(("sms", "sms.txt"), ("chat", "chat.html")),
    ):
        try:
            parts[field] = templates.part(name, part, vocabulary, contact.locale, contact.timezone)
        except RenderError as error:
            if not any(words in str(error) for words in ("longer than", "works out too much")):
                raise
    return Rendered(**parts)


def assert_inert(words: Rendered) -> None:
    assert len(words.subject.splitlines()) <= 1
    assert len(words.subject) <= 250
    assert not re.search("[\u2068\u2069]", words.sms + words.chat)
    for text in (words.subject, words.html, words.text, words.sms, words.chat):
        text.encode("utf-8")
        ours = re.sub("\u2068([^\u2066-\u2069]*)\u2069", r"\1", text)  # isolates, each of them closed
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", ours)
    mail, chat = Seen(words.html), Seen(words.chat)
    assert mail.tags <= TAGS
    assert all(script == {"type": "application/ld+json"} for script in mail.scripts)
    assert len([data for data in mail.data if isinstance(json.loads(data), dict)]) == len(mail.scripts)
    assert not any(name.startswith("on") for name in mail.attributes)
    assert chat.tags <= {"b", "a", "br"}
    assert chat.attributes <= {"href"}
    for link in mail.links:
        assert re.match("(https?://|mailto:)", link)
    assert all(re.match("https?://", link) for link in chat.links)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_value_in_any_field_is_inert(shipped: Templates, name: str, value: str) -> None:
    for fields in (*TOGETHER, FIELDS):
        assert_inert(made(shipped, name, hostile(value, fields, KINDS.get(name, OccasionKind.UPDATE))))


@pytest.mark.parametrize("value", ["script", "placeholder", "expression"])
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_value_is_inert_in_every_language(shipped: Templates, name: str, value: str) -> None:
    for language in shipped.languages:
        told = hostile(VALUES[value], FIELDS, KINDS.get(name, OccasionKind.UPDATE))
        contact = told["contact"]
        assert isinstance(contact, Contact)
        assert_inert(made(shipped, name, {**told, "contact": dataclasses.replace(contact, locale=language)}))


def test_every_template_that_ships_is_tried(shipped: Templates) -> None:
    assert shipped.names == {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_megabyte_in_every_field_is_inert_or_refused_by_its_length(shipped: Templates, name: str) -> None:
    assert_inert(made(shipped, name, hostile(MEGABYTE, FIELDS, KINDS.get(name, OccasionKind.UPDATE))))


@pytest.mark.parametrize("name", sorted({*NAMES} - {"review"}))
def test_template_syntax_in_a_value_is_printed_and_not_run(shipped: Templates, name: str) -> None:
    words = made(shipped, name, hostile("{{ 7*7 }}", ("ref",)))
    for text in (words.subject, words.html, words.text, words.sms, words.chat):
        assert "{{ 7*7 }}" in text
        assert "49" not in text


def test_a_link_that_cannot_be_trusted_leaves_the_code_as_text(shipped: Templates) -> None:
    words = made(shipped, "shipped", hostile("javascript:alert(1)", ("tracking_url",)))
    assert "Track your parcel" not in words.html
    for text in (words.html, words.text, words.sms, words.chat):
        assert "3S1" in text
        assert "javascript" not in text


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
@pytest.mark.parametrize("kind", OccasionKind)
def test_a_hostile_value_in_what_operators_are_told_of_is_inert(
    shipped: Templates, kind: OccasionKind, value: str
) -> None:
    told = hostile(value, FIELDS, kind)
    update, order, occasion, alert = (told[name] for name in ("update", "order", "occasion", "alert"))
    assert isinstance(update, RecordedUpdate)
    assert isinstance(order, Order)
    assert isinstance(occasion, Occasion)
    assert isinstance(alert, Alert)
    item = Item(value, update, order, value, occasion=occasion, alert=alert)
    nothing = Item(value, update, Order(ref=""), occasion=occasion, alert=alert)
    assert_inert(made(shipped, "ops/general", {**told, "items": (item,)}))
    assert_inert(made(shipped, "ops/general", {**told, "items": (item, nothing, item)}))
    assert_inert(made(shipped, "ops/general", {**told, "order": Order(ref=""), "items": ()}))


@pytest.mark.parametrize("name", ["shipped", "problem", "ops/problem", "ops/general", "several"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(value="𐫀", fields=["ref"])  # a letter that runs from right to left
@example(value="\u2068\u2069\u2069שלום\u2068", fields=["name"])
@given(
    value=st.text(alphabet=st.characters(codec=None), max_size=60),
    fields=st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4, unique=True),
)
def test_any_text_in_any_field_is_inert(shipped: Templates, name: str, value: str, fields: list[str]) -> None:
    assert_inert(made(shipped, name, hostile(value, tuple(fields))))
