"""A test of rules, staged: in a world of its own happens what it says, and the clock runs to its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from notifier.config.model.cases import CasePart, OrderPart, PersonPart, UpdatePart
from notifier.config.model.values import listed
from notifier.core import status
from notifier.core.contact import REGISTERED, Contact, Finding
from notifier.core.retry import OutcomeKind
from notifier.core.rules import Rule, RuleSet
from notifier.core.schedule import next_daily
from notifier.core.trigger import Quiet, Schedule
from notifier.core.update import Shipment, Update
from notifier.render.templates import Templates
from notifier.simulation.world import World

LONGEST = 60 * 86_400.0
"""Seconds after what a test says happens last, at which it ends if something is due still."""

BEFORE = 60.0
"""Seconds before what happens first, at which a test begins."""

_EVER = 1e12


def stage(case: CasePart, ruleset: RuleSet, templates: Templates | None, kinds: Mapping[str, str]) -> World:
    """Return the world of a test after its end."""
    zone = ruleset.shop.timezone
    moments = sorted(_moments(case, zone))
    start = (moments[0] if moments else 0.0) - BEFORE
    world = World(at_work(ruleset, _named(case)), start, templates, kinds)
    _register(case, world, zone, start)
    for update in case.updates:
        arrives = update.arrives or update.at
        world.receive(_update(update, zone), arrives.begin(zone))
    for event in case.events:
        world.event(event.kind, event.subject or "", event.detail or "", event.at.begin(zone))
    for one in case.acknowledged:
        world.acknowledge(one.rule, one.ref or "", one.at.begin(zone), "the test")
    for fail in case.fail:
        since = fail.from_.begin(zone) if fail.from_ else -_EVER
        until = fail.until.begin(zone) if fail.until else _EVER
        world.fails(fail.channel, since, until, OutcomeKind(fail.how))
    _run(case, world, zone, moments[-1] if moments else start)
    return world


def at_work(ruleset: RuleSet, named: Iterable[str]) -> RuleSet:
    """Return the rules that are at work in a test which names some.

    What speaks without any update would speak in each test: the feed is silent after it, and days go by.
    """
    wanted = frozenset(named)
    kept = tuple(rule for rule in ruleset.rules if rule.id in wanted or not _speaks_of_itself(rule))
    return replace(ruleset, rules=kept)


def _speaks_of_itself(rule: Rule) -> bool:
    if isinstance(rule.trigger, Schedule):
        return rule.digest is None or not rule.digest.skip_empty
    return isinstance(rule.trigger, Quiet)


def _named(case: CasePart) -> list[str]:
    return [one.rule for one in case.expect or [] if one.rule] + (listed(case.watch) if case.watch else [])


def _moments(case: CasePart, zone: str) -> Iterable[float]:
    """Yield when something happens by what a test says."""
    for update in case.updates:
        yield (update.arrives or update.at).begin(zone)
    for at in [*(event.at for event in case.events), *(one.at for one in case.acknowledged)]:
        yield at.begin(zone)
    for order in case.orders or []:
        if order.registered:
            yield order.registered.begin(zone)


def _run(case: CasePart, world: World, zone: str, last: float) -> None:
    if case.until is not None:
        world.advance(case.until.end(zone) - 1e-3)
        return
    world.settle(last + LONGEST)
    expected = [one.at.end(zone) for one in case.expect or [] if one.at is not None]
    expected += _digests(world)
    world.advance(max([world.now, *(at for at in expected if at <= last + LONGEST)]))


def _digests(world: World) -> Iterator[float]:
    """Yield when the digests are due that have something to list: they follow from what was told before."""
    for rule in world.ruleset.rules:
        if isinstance(rule.trigger, Schedule) and rule.digest:
            listed_at = [told.at for told in world.told if told.rule in rule.digest.rules]
            if listed_at:
                days, since = rule.trigger.days, max(listed_at)
                zone = world.ruleset.shop.timezone
                yield min(next_daily(minute, days, since, zone) for minute in rule.trigger.minutes)


def _register(case: CasePart, world: World, zone: str, start: float) -> None:
    orders = {order.ref: order for order in case.orders or []}
    for ref in dict.fromkeys([*orders, *(update.ref for update in case.updates)]):
        order = orders.get(ref) or OrderPart(ref=ref)
        if order.registered is False:
            continue
        at = order.registered.begin(zone) if order.registered else start
        attributes = {**case.attributes, **order.attributes}
        finding = Finding(REGISTERED, _contact(order.contact or case.contact), at, attributes=attributes)
        world.register(ref, finding, at)


def _contact(part: PersonPart | None) -> Contact:
    if part is None:
        return Contact()
    return Contact(
        name=part.name,
        email=part.email,
        phone=part.phone,
        locale=part.locale,
        country=part.country,
        timezone=part.timezone,
        channels=frozenset(listed(part.channels)) if part.channels else None,
        marketing=part.marketing,
        do_not_contact=part.do_not_contact,
    )


def _update(part: UpdatePart, zone: str) -> Update:
    shipments = []
    for parcel in part.parcels or []:
        if isinstance(parcel, str):
            shipments.append(Shipment(part.carrier or "", "", parcel))
        else:
            carrier = parcel.carrier or part.carrier or ""
            shipments.append(Shipment(carrier, parcel.carrier_name or "", parcel.code, parcel.url or ""))
    code = status.CODES.get(part.status, part.status)
    return Update("test", part.ref, code, event_at=part.at.begin(zone), shipments=tuple(shipments))
