"""What rules and templates may ask about: one small vocabulary for expressions, addresses and words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from notifier.core.alert import Alert
from notifier.core.contact import Contact
from notifier.core.expression import Facts
from notifier.core.item import Item
from notifier.core.names import greetable
from notifier.core.occasion import UPDATE, Occasion
from notifier.core.order import Order
from notifier.core.shop import Shop
from notifier.core.update import RecordedUpdate, Shipment

NAMES = ("update", "order", "contact", "shipment", "shop", "now", "late")
"""What the expressions of rules may name."""

WORDS = (
    *NAMES,
    "unsubscribe_url",
    "rule",
    "severity",
    "occasion",
    "alert",
    "items",
    "more",
    "ack_url",
    "ack",
    "short",
)
"""What templates may name: the same, and what is known only of a message."""

FIELDS = ("ref", "order_id", "status", "country", "locale", "carrier", "carrier_name", "tracking_code")
"""The fields that `match` knows beside `attributes.…`."""


def facts(
    update: RecordedUpdate,
    order: Order,
    shop: Shop,
    now: float,
    *,
    shipment: Shipment | None = None,
    late: bool = False,
    unsubscribe_url: str = "",
    rule: str = "",
    severity: str = "",
    occasion: Occasion = UPDATE,
    alert: Alert | None = None,
    items: tuple[Item, ...] = (),
    more: int = 0,
    ack_url: str = "",
    ack: str = "",
    short: bool = False,
) -> Facts:
    """Return the vocabulary for one update of one order, or for a message.

    What is about the shop as a whole has an update and an order without a ref.

    Args:
        shipment: the parcel that this is about (`once: shipment`), else None.
        now: Unix seconds UTC; appears as a UTC datetime.
        late: the order had already reached something beyond this update.
        unsubscribe_url: where the customer can take back her consent to marketing;
            empty for news of her order.
        rule: the id of the rule that speaks.
        severity: how bad its news is, empty or a word of `core.alert.Severity`.
        occasion: what made the rule speak.
        alert: the alert that the message belongs to.
        items: what the message tells of, one by one; default: this update, if it is of an order.
        more: how many items there are beyond those.
        ack_url: where an operator can acknowledge every alert of the message; empty without one.
        ack: the arguments that do so with `notifier ack`: an alert's id, or `--message` and a
            message's id; empty if no alert of the message is open.
        short: a text message is to be worded shorter, for it did not fit.
    """
    if not items and order.ref:
        items = (Item(rule, update, order, severity, shipment, occasion, alert),)
    return {
        "update": update,
        "order": order,
        "contact": _greeted(order.contact or Contact()),
        "shipment": shipment,
        "shop": shop,
        "now": datetime.fromtimestamp(now, UTC),
        "late": late,
        "unsubscribe_url": unsubscribe_url,
        "rule": rule,
        "severity": severity,
        "occasion": occasion,
        "alert": alert,
        "items": items,
        "more": more,
        "ack_url": ack_url,
        "ack": ack,
        "short": short,
    }


def _greeted(contact: Contact) -> Contact:
    """Return the contact without a name that holds somebody's link."""
    name = greetable(contact.name)
    return contact if name == contact.name else replace(contact, name=name)


def values(field: str, update: RecordedUpdate, order: Order) -> tuple[object, ...]:
    """Return what `field` of a `match` stands for: several values for a field of the parcels.

    The parcels are those of the update, or all of the order if it lists none.
    """
    contact = order.contact or Contact()
    shipments = update.shipments or order.shipments
    match field:
        case "ref":
            return (order.ref,)
        case "order_id":
            return (order.id,)
        case "status":
            return (order.status,)
        case "country":
            return (contact.country,)
        case "locale":
            return (contact.locale,)
        case "carrier":
            return tuple(s.carrier for s in shipments)
        case "carrier_name":
            return tuple(s.carrier_name for s in shipments)
        case "tracking_code":
            return tuple(s.tracking_code for s in shipments)
    value: object = order.attributes
    for key in field.split(".")[1:]:
        value = value.get(key) if isinstance(value, dict) else None
    return (value,)
