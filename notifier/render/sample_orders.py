"""The sample orders: an ordinary one, and all that a template can stumble over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from notifier.core.contact import Contact, Item
from notifier.core.update import Shipment


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """What the sample called `title` is made of.

    `earlier` are parcels that an update named two days before. `about` is the parcel that the
    message tells of, where it tells of one.
    """

    title: str
    shipments: tuple[Shipment, ...]
    contact: Contact | None
    items: tuple[Item, ...] = ()
    ref: str = "41"
    earlier: tuple[Shipment, ...] = ()
    about: Shipment | None = None
    late: bool = False


PICTURE = "https://shop.example/images/ts-blue.jpg"
"""The address of the only picture in samples."""

HOSTILE = '<b onclick="x()">{{ 7*7 }}</b>\r\n{% raw %}&amp;<!channel>\'\u202e\u200b\x00\ud800'
"""Markup, the syntax of templates, line breaks, control characters, and what no encoding can write."""

_POSTNL = Shipment(
    carrier="postnl",
    carrier_name="Postnl",
    tracking_code="3SCEBU123456789",
    tracking_url="https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB",
    new=True,
)
_DHL = Shipment(
    carrier="dhl",
    carrier_name="DHL",
    tracking_code="JVGL0123456789012345",
    tracking_url="https://www.dhl.com/nl-en/home/tracking.html?tracking-id=JVGL0123456789012345&submit=1",
)
_RELABELLED = replace(_POSTNL, tracking_code="3SCEBU987654321", tracking_url="")
_FIVE = (
    _POSTNL,
    _DHL,
    Shipment("dpd", "DPD", "05308001234567", "https://tracking.dpd.de/status/en_US/parcel/05308001234567"),
    Shipment("gls", "GLS", "", ""),
    Shipment(
        "deutschepost", "Deutsche Post International", "RX123456789DE",
        "https://www.deutschepost.de/sendung/simpleQueryResult.html?form.sendungsnummer=RX123456789DE"
        "&form.einlieferungsdatum_tag=26&form.einlieferungsdatum_monat=5&form.einlieferungsdatum_jahr=2021",
    ),
)  # fmt: skip
_JANE = Contact("Jane", "jane@example.com", "+31612345678", "en", "NL", "Europe/Amsterdam", marketing=True)
_ITEMS = (Item("T-shirt, blue, M", "TS-BLUE-M", 2, PICTURE), Item("Mug", "MUG-1"))
_MANY = tuple(
    Item(f"{name}, no. {n}", f"SKU-{n:02}", 1 + n % 3, PICTURE if n % 2 else "")
    for n, name in enumerate(
        ("T-shirt", "Mug with a handle for the left hand and a very long description", "Poster", "Socks")
        * 10,
        start=1,
    )
)
_LONG = "Wilhelmina-Alexandra van der Hoogenband-Schimmelpenninck-Oye"
_HOSTILE_CONTACT = Contact(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
_HOSTILE_PARCEL = Shipment(HOSTILE, HOSTILE, HOSTILE, "javascript:alert(1)//" + HOSTILE)


def _named(name: str | None) -> Contact:
    return replace(_JANE, name=name)


SAMPLE_ORDERS: Mapping[str, SampleOrder] = {
    "one-parcel": SampleOrder("One parcel", (_POSTNL,), _JANE),
    "two-parcels": SampleOrder("Two parcels", (_POSTNL, _DHL), _JANE),
    "five-parcels": SampleOrder("Five parcels", _FIVE, _JANE, _ITEMS),
    "one-of-two-parcels": SampleOrder("One of two parcels", (_POSTNL, _DHL), _JANE, about=_DHL),
    "one-more-parcel": SampleOrder(
        "One more parcel", (_POSTNL, _DHL), _JANE, earlier=(_POSTNL,), about=_DHL
    ),
    "code-comes-later": SampleOrder("The code comes later", (_POSTNL,), _JANE, about=_POSTNL),
    "new-label": SampleOrder("A new label", (_POSTNL,), _JANE, earlier=(_RELABELLED,), about=_POSTNL),
    "with-items": SampleOrder("With items", (_POSTNL,), _JANE, _ITEMS),
    "many-items": SampleOrder("Forty items", (_POSTNL,), _JANE, _MANY),
    "no-name": SampleOrder("No name", (_POSTNL,), _named(None)),
    "long-name": SampleOrder(
        "A name of 60 characters", (_POSTNL,), _named(_LONG)
    ),
    "right-to-left-name": SampleOrder("A name from right to left", (_POSTNL,), _named("ليلى الهاشمي")),
    "emoji-name": SampleOrder("A name with an emoji", (_POSTNL,), _named("Zoë 🌻")),
    "no-tracking-link": SampleOrder("No tracking link", (replace(_POSTNL, tracking_url=""),), _JANE, _ITEMS),
    "no-parcel": SampleOrder("No parcel", (), _JANE),
    "no-name-no-parcel": SampleOrder("Neither name nor parcel", (), None),
    "awkward": SampleOrder(
        "Markup in every field",
        (_HOSTILE_PARCEL,), _HOSTILE_CONTACT, (Item(HOSTILE, HOSTILE, 0),), ref=HOSTILE, late=True,
    ),
}  # fmt: skip
"""The samples by the name that `notifier preview --sample` knows them by, the ordinary one first."""

FEW = ("one-parcel", "two-parcels", "no-name-no-parcel")
"""Those that are enough to tell whether a translation can be filled in."""
