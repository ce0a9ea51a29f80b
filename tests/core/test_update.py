"""What makes two calls the same update, and which tracking URLs may become links."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.core.update import Shipment
from tests.factories import T0, shipment, update

ONE, TWO = shipment("A"), shipment("B")
SEED = update("C", shipments=(ONE, TWO), order_id="NL-1")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(SEED, shipments=(TWO, ONE)), id="parcels in another sequence"),
        pytest.param(replace(SEED, order_id=""), id="without the sender's id"),
        pytest.param(
            replace(SEED, shipments=(replace(ONE, new=True), TWO)), id="a parcel that is new or not"
        ),
        pytest.param(
            replace(SEED, shipments=(replace(ONE, carrier_name="?"), TWO)), id="a carrier's other name"
        ),
    ],
)
def test_it_is_the_same_update(other: object) -> None:
    assert other != SEED
    assert other.identity == SEED.identity  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "other",
    [
        replace(SEED, source="other"),
        replace(SEED, ref="42"),
        replace(SEED, code="E"),
        replace(SEED, event_at=T0 + 1),
        replace(SEED, event_at=None),
        replace(SEED, shipments=(ONE,)),
        replace(SEED, shipments=(ONE, TWO, TWO)),
        replace(SEED, shipments=(replace(ONE, carrier="DHL"), TWO)),
        replace(SEED, shipments=(replace(ONE, tracking_code="Z"), TWO)),
        replace(SEED, shipments=(replace(ONE, tracking_url="https://x.example"), TWO)),
        # nothing may move from one field into the next
        update("1C", ref="4", shipments=(ONE, TWO)),
    ],
)
def test_it_is_another_update(other: object) -> None:
    assert other.identity != SEED.identity  # type: ignore[attr-defined]


LONGEST = "https://t.example/" + "a" * (2000 - 18)


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://track.example/3SABCD?lang=nl&x=1#now", True),
        ("http://track.example/", True),
        ("HTTPS://TRACK.EXAMPLE/A", True),
        ("https://łódź.example/ü", True),
        (LONGEST, True),
        (LONGEST + "a", False),
        ("https://t.example/" + "a" * 3000, False),
        ("", False),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)//https://x.example", False),
        ("data:text/html,<script>alert(1)</script>", False),
        ("ftp://t.example/a", False),
        ("//t.example/a", False),
        ("t.example/a", False),
        (" https://t.example/a", False),
        ("https://t.example/a b", False),
        ("https://t.example/a\u00a0b", False),
        ("https://t.example/\n", False),
        ("https://t.example/\x00", False),
        ("https://t.example/\u202e", False),
        ("https://t.example/\u200b", False),
        ('https://t.example/"onclick=x', False),
        ("https://t.example/'", False),
        ("https://t.example/<b>", False),
        ("https://t.example/`", False),
        ("https:\\\\t.example", False),
    ],
)
def test_a_tracking_url_is_a_link_only_if_it_is_safe(url: str, is_link: bool) -> None:
    assert Shipment(tracking_url=url).link == (url if is_link else "")


@pytest.mark.parametrize(
    ("parcel", "key"),
    [
        (Shipment("PNL", "PostNL", "3S1", "https://t.example"), "3S1"),
        (Shipment("PNL", "PostNL", "", "https://t.example"), "PNL|PostNL|https://t.example"),
        (Shipment(), "||"),
    ],
)
def test_a_parcel_is_known_by_its_tracking_code(parcel: Shipment, key: str) -> None:
    assert parcel.key == key


@pytest.mark.parametrize(("name", "label"), [("PostNL", "PostNL"), ("", "PNL")])
def test_a_carrier_without_a_name_is_shown_by_its_code(name: str, label: str) -> None:
    assert Shipment(carrier="PNL", carrier_name=name).carrier_label == label
