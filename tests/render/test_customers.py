"""What customers read beside the news of one order: several orders, one more parcel, a delay, a review."""

from __future__ import annotations

import pytest

from notifier.core.expression import Facts
from notifier.core.shop import Shop
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
    assert subject == "News of your Example Shop orders 41, 57 and 58"
    for part in PARTS:
        text = shipped.part("several", part, three, None, None)
        assert text.count("rder 41 is on its way") >= 1
        assert text.count("rder 57 seems to have been lost on its way") >= 1
        assert text.count("rder 58 is held up at the carrier") >= 1
        assert "critical" not in text
        assert "more" not in text
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
    told = samples(shop)["one-of-two-parcels"]
    assert "One more parcel" in shipped.part("extra-parcel", "subject.txt", told, None, None)
    for part in PARTS:
        text = shipped.part("extra-parcel", part, told, None, None)
        assert "JVGL0123456789012345" in text
        assert "3SCEBU123456789" not in text


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
    assert "takes longer than usual" in shipped.part("delay-notice", "subject.txt", told, None, None)
    for part in ("email.html", "email.txt"):
        text = shipped.part("delay-notice", part, told, None, None)
        assert said in text
        assert not_said not in text
    assert len(shipped.part("delay-notice", "sms.txt", told, None, None)) <= 160


def test_a_request_for_a_review_can_be_ended_by_its_link(shipped: Templates, shop: Shop) -> None:
    assert check_unsubscribe(shipped, "review-request", shop) == []
    told = samples(shop, "D")["with-items"]
    for part in PARTS:
        text = shipped.part("review-request", part, told, None, None)
        assert "https://shop.example/unsubscribe/sample" in text
    assert "T-shirt, blue, M" in shipped.part("review-request", "email.txt", told, None, None)
    without = shipped.part("review-request", "email.html", {**told, "unsubscribe_url": ""}, None, None)
    assert "No more of these" not in without
