"""What a mail tells machines: the order and its parcels in the words of schema.org, as JSON-LD.

Gmail and others show it beside the mail and sort by it. Sources: schema.org, types ParcelDelivery,
Order and OrderStatus; Google, "Gmail markup", reference of ParcelDelivery and Order; JSON-LD 1.1
(W3C, 2020), section 7, for the restrictions inside of HTML.

Google shows a parcel only with a full address and the day that it is to arrive, which notifier
does not know: nothing is made up for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from markupsafe import Markup

from notifier.core.order import Order
from notifier.core.shop import Shop
from notifier.core.update import Shipment
from notifier.render.clean import clean

Node: TypeAlias = dict[str, object]
"""A thing in JSON-LD."""

MOST = 10
"""Items and parcels that are told of, at most: a mail has to stay small."""

_CONTEXT = "https://schema.org"

_STATUS: Mapping[str, str] = {
    "new": "OrderProcessing",
    "label": "OrderProcessing",
    "ready": "OrderProcessing",
    "collected": "OrderInTransit",
    "en_route": "OrderInTransit",
    "problem": "OrderProblem",
    "lost": "OrderProblem",
    "delivered": "OrderDelivered",
}
"""Our statuses in schema.org's OrderStatus."""

_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&'\u2028\u2029"}


def structured(shop: Shop, order: Order, parcels: Iterable[Shipment] = ()) -> list[Node]:
    """Return what is known as things of schema.org: each parcel as part of its order, or else the order.

    Args:
        parcels: those that the mail tells of.
    """
    whole = _order(shop, order)
    things = [_parcel(parcel, order, whole) for parcel in list(parcels)[:MOST]]
    return [{"@context": _CONTEXT, **thing} for thing in things or [whole]]


def as_script(things: list[Node]) -> Markup:
    """Return the JSON of `things`, fit to stand in `<script type="application/ld+json">`.

    What could end the script, or begin a comment in it, is escaped as JSON allows.
    """
    whole = things[0] if len(things) == 1 else things
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))  # noqa: S704  escaped for a script, not for text


def _parcel(parcel: Shipment, order: Order, whole: Node) -> Node:
    return _without_gaps(
        {
            "@type": "ParcelDelivery",
            "carrier": _without_gaps({"@type": "Organization", "name": clean(parcel.carrier_label)}),
            "trackingNumber": clean(parcel.tracking_code),
            "trackingUrl": parcel.link,
            "deliveryAddress": _without_gaps(
                {"@type": "PostalAddress", "addressCountry": clean(order.country or "")}
            ),
            "partOfOrder": whole,
        }
    )


def _order(shop: Shop, order: Order) -> Node:
    merchant = _without_gaps({"@type": "Organization", "name": clean(shop.name), "url": clean(shop.url)})
    status = _STATUS.get(order.status)
    return _without_gaps(
        {
            "@type": "Order",
            "orderNumber": clean(order.ref),
            "merchant": merchant,
            "orderStatus": f"{_CONTEXT}/{status}" if status else "",
            "acceptedOffer": [
                {
                    "@type": "Offer",
                    "itemOffered": _without_gaps(
                        {"@type": "Product", "name": clean(item.name), "sku": clean(item.sku)}
                    ),
                    "eligibleQuantity": {"@type": "QuantitativeValue", "value": item.quantity},
                }
                for item in order.items[:MOST]
            ],
        }
    )


def _without_gaps(thing: Node) -> Node:
    """Return `thing` without what is not known: a thing of which only the type is, is not known."""
    return {
        key: value
        for key, value in thing.items()
        if value and not (isinstance(value, dict) and set(value) == {"@type"})
    }
