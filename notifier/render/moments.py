"""Sample occasions: every one that can make a rule speak, and which of them its templates can meet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from notifier.core.alert import Alert, AlertState, Severity
from notifier.core.event import EventKind
from notifier.core.expression import Facts
from notifier.core.facts import facts
from notifier.core.item import Item
from notifier.core.occasion import Occasion, OccasionKind
from notifier.core.order import Order
from notifier.core.rules import Rule
from notifier.core.shop import Shop
from notifier.core.situation import of_no_order
from notifier.core.trigger import Internal, Quiet, Rate, Schedule, StatusTrigger, Stuck
from notifier.core.update import RecordedUpdate

EVERY = frozenset(OccasionKind)
"""What a template for operators can meet."""

OF_ORDERS = frozenset({OccasionKind.UPDATE, OccasionKind.AFTER, OccasionKind.STUCK})
"""What a template for customers can meet."""

OF_ALERTS = frozenset({OccasionKind.RESOLVED, OccasionKind.ESCALATED, OccasionKind.REPEATED})
"""What follows from an alert."""

_AT = 1_622_007_287.0
_RATE: Mapping[str, object] = {
    "value": "postnl",
    "by": "carrier",
    "share": 0.07,
    "count": 7,
    "among": 100,
    "window": 172_800.0,
    "of": ["Problem", "Lost"],
}

_OF_THE_SHOP: Mapping[str, Occasion] = {
    "rate": Occasion(OccasionKind.RATE, _AT, _RATE),
    "rate, all orders": Occasion(OccasionKind.RATE, _AT, {**_RATE, "value": "", "by": ""}),
    "quiet": Occasion(OccasionKind.QUIET, _AT, {"since": 1_622_000_000.0}),
    "quiet, from the start": Occasion(OccasionKind.QUIET, _AT, {"since": None}),
    "schedule": Occasion(OccasionKind.SCHEDULE, _AT, {"since": 1_621_920_600.0, "until": 1_622_007_000.0}),
    "brake": Occasion(OccasionKind.BRAKE, _AT, {"count": 312, "usual": 20.4, "window": 3_600.0}),
}

_FOLLOWS: Mapping[OccasionKind, Mapping[str, object]] = {
    OccasionKind.ESCALATED: {"step": 2},
    OccasionKind.REPEATED: {},
    OccasionKind.RESOLVED: {"why": "delivered"},
}

_SUBJECTS = {"channel": "slack", "send": "slack", "budget": "sms", "source": "cottoncast"}


def can_meet(rule: Rule, *, customer: bool, ops_template: str) -> frozenset[OccasionKind]:
    """Return what the templates that `rule` names can be asked to word.

    Args:
        customer: for a customer, who hears nothing of alerts.
        ops_template: the one that words what follows from alerts, if there is one.
    """
    match rule.trigger:
        case StatusTrigger() as trigger:
            kind = OccasionKind.UPDATE if trigger.after is None else OccasionKind.AFTER
        case Stuck():
            kind = OccasionKind.STUCK
        case Rate():
            kind = OccasionKind.RATE
        case Quiet():
            kind = OccasionKind.QUIET
        case Schedule():
            kind = OccasionKind.SCHEDULE
        case Internal():
            kind = OccasionKind.INTERNAL
        case _:
            kind = OccasionKind.UPDATE
    follows = rule.alerts and not customer and not ops_template
    return frozenset({kind}) | (OF_ALERTS if follows else frozenset())


def moments(shop: Shop, about: Facts, kinds: Collection[OccasionKind]) -> dict[str, Facts]:
    """Return the vocabulary of sample occasions by name, all but the plain update.

    Args:
        about: the vocabulary of an update: those of an order are about that one.
    """
    update, order = about["update"], about["order"]
    assert isinstance(update, RecordedUpdate)
    assert isinstance(order, Order)
    items: dict[str, tuple[Item, ...]] = {
        name: (item,) for name, item in _single(update, order, kinds).items()
    }
    more = {}
    if not OF_ORDERS.isdisjoint(kinds):
        items["several"] = tuple(_several(update, order))
        more["several"] = 5
    if OccasionKind.SCHEDULE in kinds:
        items["schedule, several"] = tuple(_digest(update, order))
    return {
        name: facts(
            ones[0].update,
            ones[0].order,
            shop,
            update.happened_at + 1_800,
            rule=ones[0].rule,
            severity=ones[0].severity,
            occasion=_OF_THE_SHOP["schedule"] if name.startswith("schedule") else ones[0].occasion,
            alert=ones[0].alert,
            items=ones if len(ones) > 1 else (),
            more=more.get(name, 0),
        )
        for name, ones in items.items()
    }


def _single(update: RecordedUpdate, order: Order, kinds: Collection[OccasionKind]) -> dict[str, Item]:
    shopwide = {name: occasion for name, occasion in _OF_THE_SHOP.items() if occasion.kind in kinds}
    if OccasionKind.INTERNAL in kinds:
        shopwide |= {f"internal, {event}": _internal(event) for event in (*EventKind, "something_new")}
    found = {name: _of_no_order(occasion) for name, occasion in shopwide.items()}
    if of_orders := not OF_ORDERS.isdisjoint(kinds):
        for kind in sorted(OF_ORDERS - {OccasionKind.UPDATE}):
            found[kind] = Item("not-collected", update, order, "warning", occasion=Occasion(kind, _AT))
    for kind, told in _FOLLOWS.items():
        if kind in kinds:
            occasion = Occasion(kind, _AT, told)
            if of_orders:
                found[kind] = _of_alert(update, order, occasion)
            if shopwide:
                over = kind is OccasionKind.RESOLVED
                rate = Occasion(kind, _AT, {**(_RATE if over else {"about": "rate"}), **told})
                alert = replace(_alert("postnl", kind), id=18)
                found[f"{kind}, no order"] = replace(_of_no_order(rate), rule="too-many", alert=alert)
                quiet = Occasion(kind, _AT, {**({"since": _AT} if over else {"about": "quiet"}), **told})
                alert = replace(_alert("*", kind), id=19)
                found[f"{kind}, silence"] = replace(_of_no_order(quiet), rule="feed-silent", alert=alert)
    return found


def _several(update: RecordedUpdate, order: Order) -> list[Item]:
    """Return items of three orders."""
    items = [Item("problem", update, order, "warning", alert=_alert(order.ref))]
    for ref, code in (("57", "X"), ("58", "I")):
        one = replace(update, update=replace(update.update, ref=ref, code=code))
        severity = "critical" if code == "X" else "warning"
        items.append(Item("problem", one, replace(order, ref=ref, code=code), severity, alert=_alert(ref)))
    return items


def _digest(update: RecordedUpdate, order: Order) -> list[Item]:
    """Return items of every kind."""
    stuck = Item("not-collected", update, order, "warning", occasion=Occasion(OccasionKind.STUCK, _AT))
    resolved = Occasion(OccasionKind.RESOLVED, _AT, _FOLLOWS[OccasionKind.RESOLVED])
    shopwide = (_OF_THE_SHOP["rate"], _OF_THE_SHOP["quiet"], _internal("channel_down"))
    orders = [*_several(update, order), stuck, _of_alert(update, order, resolved)]
    return [*map(_of_no_order, shopwide), *orders]


def _of_no_order(occasion: Occasion) -> Item:
    nothing = of_no_order(occasion, _AT)
    return Item("shop", nothing.update, nothing.order, "warning", occasion=occasion)


def _of_alert(update: RecordedUpdate, order: Order, occasion: Occasion) -> Item:
    if occasion.kind is OccasionKind.RESOLVED:
        order = replace(order, code="D")
    alert = _alert(order.ref, occasion.kind)
    return Item("problem", update, order, "warning", occasion=occasion, alert=alert)


def _alert(key: str, kind: OccasionKind = OccasionKind.UPDATE) -> Alert:
    state = AlertState.RESOLVED if kind is OccasionKind.RESOLVED else AlertState.OPEN
    return Alert(17, "problem", key, state, Severity.WARNING, _AT)


def _internal(event: str) -> Occasion:
    about = _SUBJECTS.get(event.split("_")[0], "")
    told = {"event": event, "subject": about, "detail": "message 17 of rule shipped", "at": _AT}
    return Occasion(OccasionKind.INTERNAL, _AT, told)
