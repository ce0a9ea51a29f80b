"""Scenes: what a template can be told of, from the samples, and from an order on record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from notifier.core import status
from notifier.core.alert import Severity
from notifier.core.expression import Facts
from notifier.core.facts import facts
from notifier.core.history import OrderHistory
from notifier.core.occasion import UPDATE, Occasion, OccasionKind
from notifier.core.rules import Category, Rule, RuleSet
from notifier.core.shop import Shop
from notifier.core.trigger import StatusTrigger
from notifier.core.update import RecordedUpdate, Update
from notifier.render.moments import EVERY, OF_ORDERS, can_meet, moments
from notifier.render.sample import AT, samples
from notifier.render.sample_orders import SAMPLE_ORDERS

ORDER = "order"
"""The name of the scene that is a real order."""

_KINDS: Mapping[str, frozenset[OccasionKind]] = {
    "delayed": frozenset({OccasionKind.STUCK}),
    "review": frozenset({OccasionKind.AFTER}),
    "ops/stuck": frozenset({OccasionKind.STUCK}),
    "ops/carrier-rate": frozenset({OccasionKind.RATE}),
    "ops/feed-silent": frozenset({OccasionKind.QUIET}),
    "ops/digest": frozenset({OccasionKind.SCHEDULE}),
    "ops/trouble": frozenset({OccasionKind.INTERNAL}),
    "ops/general": EVERY,
}
"""What templates of these names are made for; the others tell of updates."""

_CODES = {"delayed": "E", "review": "D", "stuck": "E"}
"""How far the order has come, where the template's name is no status."""

_FITTING = {"tracking": ("code-comes-later", "new-label", "one-more-parcel")}
"""The samples that a template is made for, where these are not the ordinary ones."""

_MARKETING = frozenset({"review"})


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing to tell of: its name in addresses and on the command line, and a title for people."""

    name: str
    title: str
    facts: Facts = field(repr=False)


@dataclass(frozen=True, slots=True)
class Use:
    """How the rules use a template.

    `code` is the status that it tells of; `rule` is the first rule that sends it, or the name that
    one would have.
    """

    customer: bool
    marketing: bool
    kinds: frozenset[OccasionKind]
    code: str
    rule: str
    severity: str


def use(template: str, ruleset: RuleSet, *, customer: bool) -> Use:
    """Return how a template is used: by its rules, and by its name as far as none sends it.

    Args:
        customer: whether it is for customers.
    """
    short = template.rpartition("/")[2]
    rules = [rule for rule in ruleset.judged if template in _templates(rule)]
    met = frozenset[OccasionKind]().union(
        *(can_meet(rule, customer=customer, ops_template=ruleset.ops_template) for rule in rules)
    )
    kinds = met or _KINDS.get(template, frozenset({OccasionKind.UPDATE}))
    if template == ruleset.ops_template:
        kinds = EVERY
    first = rules[0] if rules else None
    code = status.CODES.get(short) or _CODES.get(short) or _code_of(first)
    severity = first.severity_of(code).value if first else Severity.WARNING.value
    return Use(
        customer=customer,
        marketing=template in _MARKETING or any(rule.category is Category.MARKETING for rule in rules),
        kinds=kinds,
        code=code,
        rule=first.id if first else short,
        severity="" if customer else severity,
    )


def scenes(template: str, ruleset: RuleSet, used: Use, order: OrderHistory | None = None) -> dict[str, Scene]:
    """Return all scenes of a template by name, the one that fits it best first.

    Args:
        order: a real order, which comes first.
    """
    shop = ruleset.shop
    of_orders = sorted(used.kinds & OF_ORDERS)
    main = OccasionKind.UPDATE if OccasionKind.UPDATE in of_orders else next(iter(of_orders), None)
    occasion = UPDATE if main in (None, OccasionKind.UPDATE) else Occasion(main, AT)
    orders = samples(shop, used.code, occasion, rule=used.rule, severity=used.severity)
    found: dict[str, Scene] = {}
    if of_orders:
        names = dict.fromkeys((*_FITTING.get(template, ()), *orders))
        found = {name: Scene(name, SAMPLE_ORDERS[name].title, orders[name]) for name in names}
    several = template == ruleset.several_template or template == "several"
    if several or not used.customer:
        told_of = moments(shop, orders["one-parcel"], used.kinds)
        shown = [(title, told) for title, told in told_of.items() if title == "several" or not used.customer]
        told = {s.name: s for s in (Scene(_name(title), title.capitalize(), f) for title, f in shown)}
        found = told | found if several else found | told
    if order is not None and of_orders:
        told_order = Scene(ORDER, f"Order {order.order.ref}", _of_order(order, shop, used, occasion))
        found = {ORDER: told_order, **found}
    if not used.marketing:
        found = {
            name: Scene(name, scene.title, {**scene.facts, "unsubscribe_url": ""})
            for name, scene in found.items()
        }
    return found


def _of_order(history: OrderHistory, shop: Shop, used: Use, occasion: Occasion) -> Facts:
    """Return the vocabulary for an order on record: its last news of the status told of, or else its last."""
    news = sorted((told.update for told in history.updates), key=lambda u: (u.happened_at, u.id))
    fitting = [update for update in news if update.code == used.code] or news
    nothing = RecordedUpdate(0, AT, Update("notifier", history.order.ref, ""))
    update = fitting[-1] if fitting else nothing
    return facts(
        update,
        history.order,
        shop,
        update.received_at,
        unsubscribe_url=f"{shop.url or 'https://notify.example'}/unsubscribe/sample",
        rule=used.rule,
        severity=used.severity,
        occasion=occasion,
    )


def _templates(rule: Rule) -> set[str]:
    later = (delivery for step in rule.escalate for delivery in step.deliveries)
    return {send.template for delivery in (*rule.deliveries, *later) for send in delivery.options}


def _code_of(rule: Rule | None) -> str:
    if rule is not None and isinstance(rule.trigger, StatusTrigger) and rule.trigger.codes:
        return min(rule.trigger.codes)
    return "C"


def _name(title: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "-", title.lower()).strip("-")
