"""What customers read: several orders, one more parcel, a problem, a loss, a delay, a review."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from notifier.core.expression import Facts
from notifier.core.order import Order
from notifier.core.shop import Shop
from notifier.core.update import Shipment
from notifier.render.moments import OF_ORDERS, moments
from notifier.render.sample import check_unsubscribe, samples
from notifier.render.templates import Templates

PARTS = ("email.html", "email.txt", "sms.txt", "chat.html")


@pytest.fixture(scope="module")
def three(shop: Shop) -> Facts:
    """Orders 41 (shipped), 57 (lost) and 58 (a problem)."""
    return moments(shop, samples(shop)["one-parcel"], OF_ORDERS)["several"]


def test_the_news_of_several_orders_is_one_message(shipped: Templates, three: Facts) -> None:
    subject = shipped.part("several", "subject.txt", three, None, None)
    assert subject == "News of your Example Shop orders 41, 57, 58"
    for part in PARTS:
        text = re.sub("</?bdi>", "", shipped.part("several", part, three, None, None))
        assert text.count("rder 41 is on its way") >= 1
        assert text.count("rder 57 seems to have been lost on its way") >= 1
        assert text.count("rder 58 is held up on its way") >= 1
        assert "critical" not in text
    assert shipped.part("several", "email.html", three, None, None).count("Track your parcel") == 3


def test_two_orders_have_their_links_in_an_sms_and_news_of_one_order_is_told_once(
    shipped: Templates, three: Facts
) -> None:
    items = three["items"]
    assert isinstance(items, tuple)
    sms = shipped.part("several", "sms.txt", {**three, "items": items[:2]}, None, None)
    assert sms.count("https://") == 2
    told = {**three, "items": (items[0], items[0])}
    assert shipped.part("several", "subject.txt", told, None, None) == "News of your Example Shop order 41"
    assert shipped.part("several", "email.txt", told, None, None).count("Your order 41") == 1


def test_many_orders_are_counted(shipped: Templates, three: Facts) -> None:
    items = three["items"]
    assert isinstance(items, tuple)
    fives = samples(Shop(name="Example Shop"))["one-parcel"]["items"]
    assert isinstance(fives, tuple)
    many = tuple(
        type(items[0])("r", i.update, type(i.order)(ref=str(n))) for n, i in enumerate(fives * 5, 100)
    )
    told = {**three, "items": many}
    assert shipped.part("several", "subject.txt", told, None, None) == "News of 5 of your Example Shop orders"


def test_one_more_parcel_shows_only_that_one(shipped: Templates, shop: Shop) -> None:
    told = samples(shop)["one-more-parcel"]
    assert "One more parcel" in shipped.part("shipped", "subject.txt", told, None, None)
    for part in PARTS:
        text = shipped.part("shipped", part, told, None, None)
        assert "One more parcel" in text or "another parcel" in text or "one more parcel" in text
        assert "JVGL0123456789012345" in text
        assert "3SCEBU123456789" not in text


@pytest.mark.parametrize("name", ["shipped", "delivered", "problem", "lost"])
def test_a_parcel_that_was_named_with_the_others_is_one_of_them(
    shipped: Templates, shop: Shop, name: str
) -> None:
    told = samples(shop)["one-of-two-parcels"]
    assert shipped.part(name, "subject.txt", told, None, None).startswith(
        "A parcel of your Example Shop order 41 "
    )
    assert "A parcel of your order " in shipped.part(name, "email.html", told, None, None)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("problem", "We are looking into it with the carrier"),
        ("lost", "We are looking into this and will be in touch"),
    ],
)
def test_bad_news_says_what_the_shop_does_and_where_to_write(
    shipped: Templates, order: Facts, shop: Shop, name: str, said: str
) -> None:
    for part in ("email.html", "email.txt"):
        text = " ".join(shipped.part(name, part, order, None, None).split())
        assert said in text
        assert "need not do anything" in text
        assert re.search("Write to (<a [^>]*>)?help@shop.example", text)
        nowhere = shipped.part(name, part, {**order, "shop": replace(shop, support_email="")}, None, None)
        assert "Answer this e-mail" in " ".join(nowhere.split())


@pytest.mark.parametrize(
    ("code", "said", "not_said"),
    [
        ("E", "It was last seen on its way on May 26, 2021", "not left us"),
        ("R", "It has not left us yet", "last seen"),
        ("I", "sorry for the wait", "last seen"),
    ],
)
def test_a_delay_is_told_with_what_is_known(
    shipped: Templates, shop: Shop, code: str, said: str, not_said: str
) -> None:
    told = moments(shop, samples(shop, code)["one-parcel"], OF_ORDERS)["stuck"]
    assert "takes longer than usual" in shipped.part("delayed", "subject.txt", told, None, None)
    for part in ("email.html", "email.txt"):
        text = shipped.part("delayed", part, told, None, None)
        assert said in text
        assert not_said not in text


def test_a_request_for_a_review_can_be_ended_by_its_link(shipped: Templates, shop: Shop) -> None:
    assert check_unsubscribe(shipped, "review", shop) == []
    told = samples(shop, "D")["with-items"]
    for part in PARTS:
        text = shipped.part("review", part, told, None, None)
        assert "https://shop.example/unsubscribe/sample" in text
    assert "T-shirt, blue, M" in shipped.part("review", "email.txt", told, None, None)
    without = shipped.part("review", "email.html", {**told, "unsubscribe_url": ""}, None, None)
    assert "No more of these" not in without


@pytest.mark.parametrize(
    "sample", ["one-parcel", "two-parcels", "one-more-parcel", "no-tracking-link", "no-parcel"]
)
@pytest.mark.parametrize("name", ["shipped", "delivered", "problem", "lost", "delayed"])
def test_an_sms_is_one_line_with_the_shop_and_the_link_and_has_a_shorter_form(
    shipped: Templates, shop: Shop, name: str, sample: str
) -> None:
    told = samples(shop)[sample]
    sms = shipped.part(name, "sms.txt", told, None, None)
    short = shipped.part(name, "sms.txt", {**told, "short": True}, None, None)
    assert len(short) < len(sms) <= 160
    for text in (sms, short):
        assert text.startswith("Example Shop: ")
        assert text.isascii()
        assert "\n" not in text
        assert "41" in text
        assert ("https://" in text) is ("link" not in sample and sample != "no-parcel")


@pytest.mark.parametrize(
    ("sample", "title", "subject", "shown"),
    [
        (
            "code-comes-later",
            "Here is your tracking code",
            "Tracking code for your Example Shop order 41 (3SCEBU123456789)",
            "We have the tracking code of your order 41 now",
        ),
        (
            "new-label",
            "Your parcel has a new tracking code",
            "New tracking code for your Example Shop order 41 (3SCEBU123456789)",
            "The tracking code has changed: 3SCEBU987654321 is no longer used.",
        ),
        (
            "one-more-parcel",
            "One more parcel is on its way",
            "One more parcel for your Example Shop order 41 (JVGL0123456789012345)",
            "A part of your order 41 travels in another parcel.",
        ),
        (
            "one-of-two-parcels",
            "A parcel of your order is on its way",
            "A parcel of your Example Shop order 41 is on its way (JVGL0123456789012345)",
            "a parcel of your order 41 was handed to the carrier",
        ),
    ],
)
def test_what_comes_after_the_mail_says_what_is_new(
    shipped: Templates, shop: Shop, sample: str, title: str, subject: str, shown: str
) -> None:
    told = samples(shop)[sample]
    assert shipped.part("tracking", "subject.txt", told, None, None) == subject
    html = shipped.part("tracking", "email.html", told, None, None)
    assert re.search(rf"<h1[^>]*>\s*{title}\s*</h1>", html)
    assert shown in re.sub("</?bdi>", "", html)
    assert shown in " ".join(shipped.part("tracking", "email.txt", told, None, None).split())


@pytest.mark.parametrize("sample", ["code-comes-later", "new-label"])
def test_an_sms_about_a_code_holds_its_link_or_the_code(shipped: Templates, shop: Shop, sample: str) -> None:
    told = samples(shop)[sample]
    sms = shipped.part("tracking", "sms.txt", told, None, None)
    assert sms.endswith(": https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB")
    shipment = told["shipment"]
    assert isinstance(shipment, Shipment)
    unlinked = {**told, "shipment": replace(shipment, tracking_url="")}
    assert shipped.part("tracking", "sms.txt", unlinked, None, None).endswith(": 3SCEBU123456789")


def test_one_more_parcel_after_a_new_label_is_one_more_and_mentions_no_old_code(
    shipped: Templates, shop: Shop
) -> None:
    told = samples(shop)["new-label"]
    order = told["order"]
    assert isinstance(order, Order)
    more = replace(
        order.current[0], tracking_code="3STHIRD", named_by=3, named_at=order.current[0].named_at + 60
    )
    told |= {"order": replace(order, shipments=(*order.shipments, more)), "shipment": more}
    assert "One more parcel" in shipped.part("tracking", "subject.txt", told, None, None)
    assert "3SCEBU987654321" not in shipped.part("tracking", "email.html", told, None, None)
