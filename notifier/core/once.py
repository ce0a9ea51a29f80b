"""`once`: what one firing of a rule is about, as keys of which the database lets each be held one time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from notifier.core.order import Order
from notifier.core.rules import Once, Rule, RuleSet
from notifier.core.situation import Situation
from notifier.core.update import Shipment


@dataclass(frozen=True, slots=True)
class Subject:
    """What one firing of a rule is about: the once keys of its entries, and the parcel if it is one."""

    keys: tuple[str, ...]
    shipment: Shipment | None = None


def once_keys(ruleset: RuleSet, situation: Situation) -> frozenset[str]:
    """Return every key that `decide` may ask about, so that the store can say which are taken."""
    code = situation.update.code
    return frozenset(
        key
        for rule in ruleset.judged
        if rule.trigger.fits(code)
        for subject in subjects(rule, situation)
        for key in subject.keys
    )


def subjects(rule: Rule, situation: Situation) -> Iterator[Subject]:
    """Yield what `rule` would speak about: one thing, or each parcel that the update lists."""
    update, order = situation.update, situation.order
    match rule.once:
        case Once.SHIPMENT:
            for shipment in {s.key: s for s in update.shipments}.values():
                yield _subject(rule, _pair(order.ref, shipment.key), shipment)
        case Once.ORDER:
            yield _subject(rule, order.ref)
        case Once.CONTACT:
            yield _subject(rule, _person(order))
        case Once.STATUS:
            yield _subject(rule, _pair(order.ref, update.code))


def _subject(rule: Rule, value: str, shipment: Shipment | None = None) -> Subject:
    keys = tuple(f"{rule.id}/{rule.once}/{value}/{n}" for n in range(len(rule.deliveries)))
    return Subject(keys, shipment)


def _pair(ref: str, what: str) -> str:
    """Join both so that no other order's pair reads the same: a reference may hold slashes."""
    return ref.replace("%", "%25").replace("/", "%2F") + "/" + what


def _person(order: Order) -> str:
    """A name for the customer that can be stored without storing the address."""
    contact = order.contact
    address = (contact.email or contact.phone) if contact else None
    return hashlib.sha256((address or order.ref).lower().encode()).hexdigest()[:32]
