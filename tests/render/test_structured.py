"""What programs read in customers' mails: the order and its parcels in the words of schema.org."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.core.contact import REGISTERED, Contact, Finding, Item
from notifier.core.order import Order, assemble
from notifier.core.shop import Shop
from notifier.core.update import RecordedUpdate, Shipment, Update
from notifier.render.structured import as_script, structured

SHOP = Shop(name="Example Shop", url="https://shop.example")
PARCEL = Shipment("postnl", "PostNL", "3S1", "https://postnl.example/3S1")
UPDATE = RecordedUpdate(1, 1622007287.0, Update("cottoncast", "41", "C", "3AF7", None, (PARCEL,)))
KNOWN = Finding(REGISTERED, Contact("Jane", country="NL"), 1622007287.0, items=(Item("Mug", "MUG-1", 2),))
ORDER = assemble("41", [UPDATE], [KNOWN])


def test_a_parcel_is_told_as_a_part_of_its_order() -> None:
    assert structured(SHOP, ORDER, [PARCEL]) == [
        {
            "@context": "https://schema.org",
            "@type": "ParcelDelivery",
            "carrier": {"@type": "Organization", "name": "PostNL"},
            "trackingNumber": "3S1",
            "trackingUrl": "https://postnl.example/3S1",
            "deliveryAddress": {"@type": "PostalAddress", "addressCountry": "NL"},
            "partOfOrder": {
                "@type": "Order",
                "orderNumber": "41",
                "merchant": {"@type": "Organization", "name": "Example Shop", "url": "https://shop.example"},
                "orderStatus": "https://schema.org/OrderInTransit",
                "acceptedOffer": [
                    {
                        "@type": "Offer",
                        "itemOffered": {"@type": "Product", "name": "Mug", "sku": "MUG-1"},
                        "eligibleQuantity": {"@type": "QuantitativeValue", "value": 2},
                    }
                ],
            },
        }
    ]


def test_what_is_not_known_is_left_out() -> None:
    assert structured(Shop(name="S"), Order(ref="41"), [Shipment(tracking_code="3S1")]) == [
        {
            "@context": "https://schema.org",
            "@type": "ParcelDelivery",
            "trackingNumber": "3S1",
            "partOfOrder": {
                "@type": "Order",
                "orderNumber": "41",
                "merchant": {"@type": "Organization", "name": "S"},
            },
        }
    ]


def test_without_a_parcel_the_order_is_told() -> None:
    (thing,) = structured(SHOP, ORDER)
    assert (thing["@type"], thing["orderNumber"]) == ("Order", "41")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("N", "OrderProcessing"),
        ("L", "OrderProcessing"),
        ("R", "OrderProcessing"),
        ("C", "OrderInTransit"),
        ("E", "OrderInTransit"),
        ("I", "OrderProblem"),
        ("X", "OrderProblem"),
        ("D", "OrderDelivered"),
    ],
)
def test_the_status_is_one_of_schema_org(code: str, status: str) -> None:
    (thing,) = structured(SHOP, replace(ORDER, code=code))
    assert thing["orderStatus"] == f"https://schema.org/{status}"


@pytest.mark.parametrize("code", ["", "Q"])
def test_a_status_that_schema_org_does_not_know_is_left_out(code: str) -> None:
    (thing,) = structured(SHOP, replace(ORDER, code=code))
    assert "orderStatus" not in thing


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x.example/ y", "", "ftp://x.example"])
def test_a_link_that_cannot_be_trusted_is_left_out(url: str) -> None:
    (thing,) = structured(SHOP, ORDER, [replace(PARCEL, tracking_url=url)])
    assert "trackingUrl" not in thing


def test_no_more_than_ten_items_and_parcels_are_told() -> None:
    order = replace(ORDER, items=KNOWN.items * 40)
    things = structured(SHOP, order, [PARCEL] * 40)
    assert len(things) == 10
    whole = things[0]["partOfOrder"]
    assert isinstance(whole, dict)
    assert len(whole["acceptedOffer"]) == 10


@given(st.text(alphabet=st.characters(codec=None), min_size=1, max_size=40))
def test_any_text_makes_json_that_cannot_leave_its_script(text: str) -> None:
    for value in (text, f"</script><!--{text}]]>&'", f"\ud800{text}\x00"):
        order = assemble(value, [UPDATE], [replace(KNOWN, items=(Item(value, value),))])
        parcel = Shipment(value, value, value, value)
        script = as_script(structured(Shop(name=value), order, [parcel]))
        assert not re.search("[<>&'\u2028\u2029\x00]", script)
        script.encode()
        assert json.loads(script)["partOfOrder"]["@type"] == "Order"


def test_several_things_are_a_list_and_one_is_none() -> None:
    assert len(json.loads(as_script(structured(SHOP, ORDER, [PARCEL, PARCEL])))) == 2
    assert isinstance(json.loads(as_script(structured(SHOP, ORDER))), dict)
