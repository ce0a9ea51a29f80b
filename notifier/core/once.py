"""Once keys: what a rule has spoken about, so that it speaks about it one time.

The key is unique in the database among messages that reached or may yet reach
somebody. Each entry of a rule's `send` has its own key, so that Slack is not
silent because the e-mail was sent. What is only made for show (`shadow`) takes keys
of its own, so that a rule which goes live has told nobody yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from notifier.core.message import SHADOW
from notifier.core.order import Order
from notifier.core.rules import Once, Rule, RuleSet
from notifier.core.situation import Situation
from notifier.core.standing import Standing
from notifier.core.trigger import NewShipment, ReplacedShipment
from notifier.core.update import Shipment


@dataclass(frozen=True, slots=True)
class Subject:
    """What one firing of a rule is about: the once keys of its entries, and the parcel if it is one."""

    keys: tuple[str, ...]
    shipment: Shipment | None = None


def subjects(rule: Rule, ruleset: RuleSet, situation: Situation, standing: Standing) -> Iterator[Subject]:
    """Yield what `rule` would speak about: one thing, or each parcel that the update lists.

    An alert that was resolved begins anew: it is told again.
    """
    update, order = situation.update, situation.order
    shadow = is_shadow(rule, ruleset)
    again = standing.resolved(rule.id, order.ref) if rule.alerts else 0
    run = f"#{again}" if again else ""
    match rule.once:
        case Once.SHIPMENT:
            for shipment in {s.key: s for s in fresh(rule, ruleset, situation, standing)}.values():
                yield of(rule, f"shipment/{_pair(order.ref, shipment.key)}{run}", shadow, shipment)
        case Once.ORDER:
            yield of(rule, f"order/{order.ref}{run}", shadow)
        case Once.CONTACT:
            # Another order's alert may have been resolved as often: what begins anew is this order's.
            anew = f"{run}/{_pair(order.ref, '')}" if run else ""
            yield of(rule, f"contact/{person(order)}{anew}", shadow)
        case Once.STATUS:
            yield of(rule, f"status/{_pair(order.ref, update.code)}{run}", shadow)


def of(
    rule: Rule, what: str, shadow: bool, shipment: Shipment | None = None, entries: int | None = None
) -> Subject:
    """Return the subject `what` of a rule, with a key for each entry of its `send` (or `entries` of them)."""
    number = len(rule.deliveries) if entries is None else entries
    end = SHADOW if shadow else ""
    return Subject(tuple(f"{rule.id}/{what}/{n}{end}" for n in range(number)), shipment)


def fresh(rule: Rule, ruleset: RuleSet, situation: Situation, standing: Standing) -> tuple[Shipment, ...]:
    """Return the parcels that `rule` may speak of: all of the update, those not told of, those replaced."""
    listed = situation.update.shipments
    if isinstance(rule.trigger, ReplacedShipment):
        return tuple(p for p in situation.order.shipments if p.replaced_at == situation.update.happened_at)
    if not isinstance(rule.trigger, NewShipment):
        return listed
    carried = standing.carried(show=is_shadow(rule, ruleset))
    return tuple(s for s in listed if s.tracking_code and s.key not in carried)


def is_shadow(rule: Rule, ruleset: RuleSet) -> bool:
    """Tell whether what `rule` says is only made for show."""
    return rule.shadow or ruleset.shop.shadow


def person(order: Order) -> str:
    """A name for the customer that can be stored without storing the address."""
    contact = order.contact
    address = (contact.email or contact.phone) if contact else None
    return hashlib.sha256((address or order.ref).lower().encode()).hexdigest()[:32]


def _pair(ref: str, what: str) -> str:
    """Join both so that no other order's pair reads the same: a reference may hold slashes."""
    return ref.replace("%", "%25").replace("/", "%2F") + "/" + what
