"""Templates know more than expressions; what a message tells of is a list, of one thing most often."""

from __future__ import annotations

from datetime import UTC, datetime

from notifier.core.facts import NAMES, WORDS, facts
from notifier.core.item import Item
from notifier.core.occasion import Occasion, OccasionKind
from notifier.core.order import Order, assemble
from notifier.core.shop import Shop
from notifier.core.situation import of_no_order
from notifier.core.update import RecordedUpdate, Shipment, Update

PARCEL = Shipment("postnl", "PostNL", "3S1")
UPDATE = RecordedUpdate(7, 1622007290.0, Update("cottoncast", "41", "I", "", 1622007287.0, (PARCEL,)))
ORDER = assemble("41", [UPDATE])


def test_the_vocabulary_holds_every_name_that_templates_have_and_expressions_have_fewer() -> None:
    assert set(facts(UPDATE, ORDER, Shop(), 0.0)) == set(WORDS)
    assert set(NAMES) < set(WORDS)


def test_a_message_about_one_order_has_one_item_itself() -> None:
    told = facts(UPDATE, ORDER, Shop(), 0.0, shipment=PARCEL, rule="problem", severity="warning")
    item = Item("problem", UPDATE, ORDER, "warning", PARCEL)
    assert told["items"] == (item,)
    assert told["more"] == 0
    assert item.at == datetime(2021, 5, 26, 5, 34, 47, tzinfo=UTC)


def test_the_items_given_are_those_that_are_told() -> None:
    items = (Item("problem", UPDATE, ORDER), Item("lost", UPDATE, ORDER))
    told = facts(UPDATE, ORDER, Shop(), 0.0, items=items, more=5)
    assert (told["items"], told["more"]) == (items, 5)


def test_what_is_about_no_order_has_no_item_and_its_own_time() -> None:
    occasion = Occasion(OccasionKind.QUIET, 1622010000.0, {"since": 1622000000.0})
    nothing = of_no_order(occasion, 1622010005.0)
    assert facts(nothing.update, nothing.order, Shop(), 0.0, occasion=occasion)["items"] == ()
    item = Item("feed-silent", nothing.update, Order(ref=""), occasion=occasion)
    assert item.at == datetime(2021, 5, 26, 6, 20, tzinfo=UTC)
