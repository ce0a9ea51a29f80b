"""Templates are tried on sample orders before a customer meets them."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.core.event import EventKind
from notifier.core.occasion import OccasionKind
from notifier.core.order import Order
from notifier.core.rules import Rule
from notifier.core.schedule import Span
from notifier.core.shop import Shop
from notifier.core.trigger import Internal, NewShipment, Quiet, Schedule, StatusTrigger, Stuck, Trigger
from notifier.core.update import Shipment
from notifier.render.moments import OF_ALERTS, OF_ORDERS, can_meet
from notifier.render.sample import check_template, check_unsubscribe, samples
from notifier.render.sample_orders import SAMPLE_ORDERS
from tests.render.conftest import Load


def test_what_fails_is_reported_once_with_its_place_and_the_first_sample(load: Load, shop: Shop) -> None:
    templates = load(
        {
            "t/sms.txt": "{{ order.ref }}\n{{ order.totl }}",
            "t/chat.html": "{{ order.shipments[0].link }}x",
            "t/email.txt": "{% if shipment %}{{ shipment.weight }}{% endif %}x",
            "t/subject.txt": "fine",
        }
    )
    assert [str(p) for p in check_template(templates, "t", shop)] == [
        "t/chat.html:1:1: 'order.shipments[0]' is undefined (with the sample order 'no-parcel')",
        "t/email.txt:1:1: 'shipment.weight' is undefined (with the sample order 'one-of-two-parcels')",
        "t/sms.txt:2:1: 'order.totl' is undefined (with the sample order 'one-parcel')",
    ]


@pytest.mark.parametrize("kind", OccasionKind)
def test_a_template_is_tried_with_every_occasion_that_it_can_meet(
    load: Load, shop: Shop, kind: OccasionKind
) -> None:
    text = f"{{% if occasion.kind == '{kind}' %}}{{{{ order.totl }}}}{{% endif %}}x"
    templates = load({"ops/ours/sms.txt": text, "hers/sms.txt": text})
    (found,) = check_template(templates, "ops/ours", shop)
    assert "'order.totl' is undefined" in str(found)
    assert "with the sample o" in str(found)
    assert len(check_template(templates, "hers", shop)) == (kind in OF_ORDERS)
    assert len(check_template(templates, "hers", shop, {kind, OccasionKind.UPDATE})) == 1


@pytest.mark.parametrize("event", [*EventKind, "a_new_one"])
def test_every_event_of_notifier_itself_is_tried(load: Load, shop: Shop, event: str) -> None:
    text = f"{{% if occasion.facts.event == '{event}' %}}{{{{ order.totl }}}}{{% endif %}}x"
    templates = load({"t/sms.txt": text})
    assert len(check_template(templates, "t", shop, {OccasionKind.INTERNAL})) == (event != "a_new_one")


def test_a_template_is_tried_with_several_items(load: Load, shop: Shop) -> None:
    templates = load({"t/sms.txt": "{{ items[1].totl if items|length > 1 and more }}x"})
    (found,) = check_template(templates, "t", shop)
    assert "with the sample occasion 'several'" in str(found)


ORDER = frozenset({OccasionKind.UPDATE})


@pytest.mark.parametrize(
    ("trigger", "more", "customer", "ops", "kinds"),
    [
        (StatusTrigger(frozenset("I")), {}, True, "ops", {OccasionKind.UPDATE}),
        (StatusTrigger(frozenset("D"), after=Span(60)), {}, True, "", {OccasionKind.AFTER}),
        (NewShipment(), {}, True, "", {OccasionKind.UPDATE}),
        (Internal(frozenset()), {}, False, "", {OccasionKind.INTERNAL}),
        (Schedule((0,)), {}, False, "", {OccasionKind.SCHEDULE}),
        (Quiet(Span(60)), {}, False, "", {OccasionKind.QUIET}),
        (Stuck(frozenset("R"), Span(60)), {"resolve": frozenset("D")}, False, "ops", {OccasionKind.STUCK}),
        (StatusTrigger(frozenset("I")), {"resolve": frozenset("D")}, False, "", OF_ALERTS | ORDER),
        (StatusTrigger(frozenset("I")), {"resolve": frozenset("D")}, True, "", ORDER),
    ],
)
def test_what_a_rule_can_say_follows_from_its_trigger_and_its_alert(
    trigger: Trigger, more: dict[str, Any], customer: bool, ops: str, kinds: frozenset[OccasionKind]
) -> None:
    rule = Rule("r", trigger, (), **more)
    assert can_meet(rule, customer=customer, ops_template=ops) == kinds


def test_what_was_registered_with_an_order_may_be_missing_and_needs_a_default(load: Load) -> None:
    templates = load(
        {
            "a/sms.txt": "{{ order.attributes.total }}",
            "b/sms.txt": "{{ order.attributes.total|default('-') }}",
        }
    )
    assert len(check_template(templates, "a", Shop())) == 1
    assert check_template(templates, "b", Shop()) == []


def test_what_was_ordered_can_be_listed(load: Load, shop: Shop) -> None:
    templates = load(
        {
            "t/email.html": "{% for item in order.items %}"
            '{% if item.image %}<img src="{{ item.image }}" alt="">{% endif %}'
            "{{ item.quantity }} x {{ item.name }} ({{ item.sku }})<br>{% else %}-{% endfor %}",
            "t/subject.txt": "{{ order['items'] | length }} things",
        }
    )
    assert check_template(templates, "t", shop) == []
    mail = templates.render("t", "email", samples(shop)["with-items"], None, None)
    assert mail.subject == "2 things"
    assert "2 x T-shirt, blue, M (TS-BLUE-M)<br>" in mail.html
    assert '<img src="https://shop.example/images/ts-blue.jpg"' in mail.html
    assert templates.render("t", "email", samples(shop)["one-parcel"], None, None).html == "-"


def test_a_link_to_unsubscribe_can_be_shown(load: Load, shop: Shop) -> None:
    templates = load({"t/sms.txt": "Stop: {{ unsubscribe_url }}"})
    assert check_template(templates, "t", shop) == []
    said = templates.render("t", "sms", samples(shop)["one-parcel"], None, None).sms
    assert said == "Stop: https://shop.example/unsubscribe/sample"


def test_marketing_has_to_show_the_link_in_both_parts_of_a_mail_whatever_the_order(
    load: Load, shop: Shop
) -> None:
    link = "{{ unsubscribe_url }}"
    templates = load(
        {
            "both/email.html": f"<a href='{link}'>stop</a>",
            "both/email.txt": link,
            "both/subject.txt": "x",
            "text/email.html": "<p>x</p>",
            "text/email.txt": link,
            "text/sms.txt": "x",
            "some/email.html": f"{{% if order['items'] %}}{link}{{% endif %}}x",
            "fails/email.txt": "{{ order.totl }}",
        }
    )
    words = "is sent as marketing, and does not show `unsubscribe_url`"
    hint = "(with the sample order 'one-parcel'; see docs/rules.md, category)"
    found = {name: [str(p) for p in check_unsubscribe(templates, name, shop)] for name in templates.names}
    assert found == {
        "both": [],
        "text": [f"text/email.html: {words} {hint}"],
        "some": [f"some/email.html: {words} {hint}"],
        "fails": [],
    }


def test_a_sample_is_told_in_every_language_that_there_are_words_in(load: Load, shop: Shop) -> None:
    catalogue = 'msgid "Hello"\nmsgstr "Hallo"\n'
    text = "{% if lang[:2] == 'nl' %}{{ order.totl }}{% endif %}{{ _('Hello') }}"
    templates = load({"t/sms.txt": text, "locale/nl.po": catalogue})
    (found,) = check_template(templates, "t", shop)
    assert "'order.totl' is undefined (with the sample order 'one-parcel')" in str(found)


def test_one_more_parcel_was_named_later_than_the_first(shop: Shop) -> None:
    told = samples(shop)["one-more-parcel"]
    order, about = told["order"], told["shipment"]
    assert isinstance(order, Order)
    assert isinstance(about, Shipment)
    first, more = order.shipments
    assert (more.key, more.named_at > first.named_at) == (about.key, True)


def test_the_samples_are_awkward_in_the_ways_that_they_are_called(shop: Shop) -> None:
    orders = {name: told["order"] for name, told in samples(shop).items()}
    assert all(isinstance(order, Order) for order in orders.values())
    counted = {name: len(order.shipments) for name, order in orders.items() if isinstance(order, Order)}
    assert (counted["one-parcel"], counted["two-parcels"], counted["five-parcels"]) == (1, 2, 5)
    assert counted["no-parcel"] == counted["no-name-no-parcel"] == 0
    long, many = SAMPLE_ORDERS["long-name"].contact, SAMPLE_ORDERS["many-items"].items
    assert (len(long.name or "") if long else 0, len(many)) == (60, 40)


def test_the_images_of_all_samples_are_safe_links(shop: Shop) -> None:
    orders = [vocabulary["order"] for vocabulary in samples(shop).values()]
    images = [item.image for order in orders if isinstance(order, Order) for item in order.items]
    assert any(images)
    assert all(not image or image.startswith("https://") for image in images)


def test_a_link_that_would_be_empty_is_found(load: Load, shop: Shop) -> None:
    templates = load(
        {
            "t/chat.html": '{% for p in order.shipments %}<a href="{{ p.link }}">x</a>{% endfor %}x',
            "t/email.html": '<a href="mailto:{{ contact.refused|join }}">x</a>',
        }
    )
    assert [str(p) for p in check_template(templates, "t", shop)] == [
        "t/chat.html: shows <a> with an empty href (with the sample order 'five-parcels')",
        "t/email.html: shows <a> with an empty href (with the sample order 'one-parcel')",
    ]


def test_an_attribute_that_only_the_shops_own_orders_have_is_a_warning(load: Load, shop: Shop) -> None:
    texts = {
        "t/sms.txt": "{{ order.attributes.gift }} {{ order.attributes.box.size }}",
        "t/subject.txt": "Gift {{ order.attributes.gift | default('') }}",
        "t/email.txt": "{{ order.attributes.gift }}{{ order.totl }}",
    }
    found = check_template(load(texts), "t", shop)
    assert [(p.file, p.text, p.waits) for p in found] == [
        ("t/email.txt", "'order.attributes.gift' is undefined", False),
        ("t/sms.txt", "'order.attributes.gift' is undefined", True),
    ]
    assert found[1].hint == (
        "with the sample order 'one-parcel'; an order without it fails: give a default, as in"
        " `order.attributes.x | default('')`"
    )
