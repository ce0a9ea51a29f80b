"""Values for tests: each function gives a usable thing, and takes what the test is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from notifier.core.channel import Audience, Channel
from notifier.core.contact import REGISTERED, Contact, Finding
from notifier.core.expression import Address, Facts
from notifier.core.message import Message, NewMessage, Send, State
from notifier.core.once import subjects
from notifier.core.order import Order, assemble
from notifier.core.plan import Plan
from notifier.core.rules import Delivery, Rule, RuleSet
from notifier.core.shop import Shop
from notifier.core.situation import Situation
from notifier.core.standing import Standing
from notifier.core.trigger import StatusTrigger
from notifier.core.update import RecordedUpdate, Shipment, Update
from notifier.store.customers import Registered
from notifier.store.protocol import Received, Store

T0 = 1_622_007_287.0
"""The event time of the publisher's example, Unix seconds UTC."""

JANE = Contact(name="Jane Example", email="jane@example.org", phone="+31612345678", country="NL")


def shipment(code: str = "3SABCD001", **more: Any) -> Shipment:
    """Return one parcel."""
    fields = {"carrier": "PNL", "carrier_name": "PostNL", "tracking_url": f"https://track.example/{code}"}
    return Shipment(tracking_code=code, **(fields | more))


def update(code: str = "C", ref: str = "41", *, at: float | None = T0, **more: Any) -> Update:
    """Return an update as the webhook's parser makes it."""
    return Update(source="cottoncast", ref=ref, code=code, event_at=at, **more)


def received(code: str = "C", ref: str = "41", *, body: bytes = b"{}", **more: Any) -> Received:
    """Return an update at the door."""
    return Received(update(code, ref, **more), body)


def recorded(code: str = "C", number: int = 1, *, received_at: float = T0, **more: Any) -> RecordedUpdate:
    """Return an update in the database, the `number`-th to arrive."""
    return RecordedUpdate(number, received_at, update(code, **more))


def finding(contact: Contact = JANE, source: str = REGISTERED, *, at: float = T0, **more: Any) -> Finding:
    """Return what a source says of an order; what the shop registered unless told otherwise."""
    return Finding(source, contact, at, **more)


def register(
    store: Store, ref: str = "41", contact: Contact = JANE, *, at: float = T0, **more: Any
) -> Registered:
    """Register an order as the shop does."""
    return store.orders.register([(ref, finding(contact, at=at, **more))], at)[0]


def order(*updates: RecordedUpdate, contact: Contact | None = JANE, **attributes: object) -> Order:
    """Return order 41 as its updates tell it, registered with a contact unless that is None."""
    said = [] if contact is None else [finding(contact, attributes=attributes)]
    return assemble("41", updates, said)


def situation(
    news: RecordedUpdate | None = None,
    *,
    contact: Contact | None = JANE,
    late: bool = False,
    **attributes: object,
) -> Situation:
    """Return one update of order 41, and the order with it."""
    news = news or recorded()
    return Situation(news, order(news, contact=contact, **attributes), late)


def to_email(facts: Facts) -> str:
    """The `to` of a mail channel."""
    contact = facts["contact"]
    assert isinstance(contact, Contact)
    return contact.email or ""


def to_phone(facts: Facts) -> str:
    """The `to` of an SMS channel."""
    contact = facts["contact"]
    assert isinstance(contact, Contact)
    return contact.phone or ""


def channel(name: str = "email", *, to: Address | None = None, **more: Any) -> Channel:
    """Return a channel: for customers if it has `to`, else for operators."""
    audience = Audience.OPS if to is None else Audience.CUSTOMER
    return Channel(**({"name": name, "url": "json://127.0.0.1", "audience": audience, "to": to} | more))


CHANNELS = (
    channel("email", to=to_email, asks=frozenset({"email"})),
    channel("sms", to=to_phone, asks=frozenset({"phone"})),
    channel("slack"),
)


def delivery(*channels: str) -> Delivery:
    """Return an entry of `send`: one channel, or the `first_of` several, each with the template `told`."""
    return Delivery(tuple(Send(name, "told") for name in channels))


def rule(rule_id: str = "shipped", code: str = "C", *, send: Iterable[Delivery] = (), **more: Any) -> Rule:
    """Return a rule for one status code that sends by e-mail unless told otherwise."""
    deliveries = tuple(send) or (delivery("email"),)
    return Rule(
        **({"id": rule_id, "trigger": StatusTrigger(frozenset(code)), "deliveries": deliveries} | more)
    )


def ruleset(*rules: Rule, channels: Iterable[Channel] = CHANNELS, **shop: Any) -> RuleSet:
    """Return rules with three channels: email and sms for customers, slack for operators."""
    named = {c.name: c for c in channels}
    return RuleSet(Shop(**shop), named, rules or (rule(),), "0123456789ab")


def once_keys(rules: RuleSet, seen: Situation) -> frozenset[str]:
    """Return every once key that deciding asks about."""
    return frozenset(
        key
        for judged in rules.judged
        if judged.fits(seen.update.code)
        for subject in subjects(judged, rules, seen, Standing())
        for key in subject.keys
    )


def new_message(once: str = "shipped/order/41/0", *, due_at: float = T0, **more: Any) -> NewMessage:
    """Return a message to be born."""
    fields: dict[str, Any] = {
        "rule": "shipped",
        "send": Send("email", "shipped"),
        "recipient": "jane@example.org",
        "message_id": f"id-of-{once}",
    }
    return NewMessage(**(fields | {"once": once, "due_at": due_at} | more))


def message(**more: Any) -> Message:
    """Return a message that a sender has claimed."""
    fields: dict[str, Any] = {
        "id": 1,
        "update_id": 1,
        "ref": "41",
        "rule": "shipped",
        "send": Send("email", "told"),
        "recipient": "jane@example.org",
        "once": "shipped/order/41/0",
        "message_id": "abc",
        "state": State.SENDING,
        "reason": None,
        "due_at": T0,
        "created_at": T0,
        "claims": 1,
        "fence": 1,
    }
    return Message(**(fields | more))


def plan(*messages: NewMessage) -> Plan:
    """Return a plan with these messages and no decisions."""
    return Plan((), messages)
