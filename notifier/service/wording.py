"""The words of a message: which template, and what it is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from notifier.core import status
from notifier.core.alert import AlertState
from notifier.core.channel import Audience, Channel
from notifier.core.contact import Contact
from notifier.core.facts import facts
from notifier.core.head import head
from notifier.core.item import Item
from notifier.core.message import Message, Rendered
from notifier.core.occasion import OF_ALERT, OccasionKind
from notifier.core.order import Order
from notifier.core.rules import MISSING_CONTACT, Category, Rule, RuleSet
from notifier.core.signing import for_reader
from notifier.core.situation import Situation
from notifier.core.sms import fitted
from notifier.core.standing import Standing
from notifier.core.tone import tone, tone_of
from notifier.render.templates import Templates

MOST_ITEMS = 200
"""What one message lists, at most, whatever its rule says."""

Told: TypeAlias = tuple[Message, Situation]
"""A message with what it is about."""

Listed: TypeAlias = Callable[[Collection[str], float, float, int], Sequence[Told]]
"""Returns what rules said after a time and up to another (Unix seconds UTC), at most so many."""


@dataclass(frozen=True, slots=True)
class Worded:
    """The words of a message, and the parcels that they tell a customer of."""

    rendered: Rendered = field(repr=False)
    carried: frozenset[str] = frozenset()

    @property
    def on_record(self) -> tuple[str, str]:
        """The subject and the text, as they are kept."""
        rendered = self.rendered
        return rendered.subject, rendered.text or rendered.sms or rendered.chat


class Wording:
    """Makes words.

    Args:
        listed: finds what a digest lists.
        unsubscribe: returns the link by which the reader of a message ends marketing.
        acknowledge: returns the link that acknowledges the alerts of a message, named by its id.
    """

    def __init__(
        self,
        listed: Listed,
        unsubscribe: Callable[[str], str],
        acknowledge: Callable[[int], str] = lambda message: "",  # noqa: ARG005
    ) -> None:
        self._listed = listed
        self._unsubscribe = unsubscribe
        self._acknowledge = acknowledge

    def make(
        self,
        told: Told,
        company: Sequence[Told],
        standing: Standing,
        ruleset: RuleSet,
        templates: Templates,
        channel: Channel,
        kind: str,
        now: float,
        fits: Callable[[Rendered], bool] = lambda rendered: True,  # noqa: ARG005
    ) -> Worded:
        """Return the words for a message and for those that go out with it.

        Args:
            kind: what the channel speaks: email, sms or chat.
            fits: tells whether the channel takes a message whole; else it lists fewer items.

        Raises:
            RenderError: the template fails.
        """
        for_customer = channel.audience is Audience.CUSTOMER
        every = sorted([told, *company], key=lambda one: one[0].id)
        # A customer reads the newest news; operators the list, which begins with what came first.
        message, situation = max(every, key=_newness) if for_customer else told
        rule = ruleset.rule(message.rule)
        listed = every if rule is None or rule.digest is None else self._digest(message, rule, ruleset)
        orders = _orders_then(listed) if for_customer else {}
        items = [_item(one, about, orders.get(one.ref), ruleset, standing) for one, about in listed]
        if message.rule == MISSING_CONTACT:
            items.sort(key=lambda item: (item.lack.rank, _as_counted(item.order.ref)))
        if items and not message.ref and len(items) == 1 and not (rule and rule.digest):
            items = []  # it speaks of the shop, and of nothing that could be listed
        most = rule.group.most if rule and rule.group and not for_customer else MOST_ITEMS
        shipment = next((s for s in situation.order.shipments if s.key == message.shipment), None)
        marketing = rule is not None and rule.category is Category.MARKETING
        reads = situation.order.contact.locale if situation.order.contact else None
        link = self._unsubscribe(message.message_id) if marketing else ""
        link = for_reader(link, reads or ruleset.shop.locale)
        severity = rule.severity_of(situation.update.code).value if rule else ""
        alert = standing.alert(message.rule, message.alert) if message.alert else None
        open_ids = [] if for_customer else _open_alerts(every, standing)
        vocabulary = facts(
            situation.update,
            situation.order_then if for_customer else situation.order,
            ruleset.shop,
            now,
            shipment=shipment,
            late=situation.late,
            unsubscribe_url=link,
            rule=message.rule,
            severity=severity,
            occasion=message.occasion,
            alert=alert,
            ack_url=self._acknowledge(message.id) if open_ids else "",
            ack=f"--message {message.id}" if len(open_ids) > 1 else "".join(map(str, open_ids)),
            items=tuple(items[:most]),
            more=max(0, len(items) - most),
        )
        # Operators read the shop's language, whoever the customer is.
        contact = (situation.order.contact if for_customer else None) or Contact()
        about = {one.shipment for one, _ in every} if message.shipment else ()
        template = _template(message, items, ruleset, for_customer=for_customer, parcels=len(about))

        def render(short: bool, shown: int = most) -> Rendered:
            told = {**vocabulary, "short": short}
            if items:
                told |= {"items": tuple(items[:shown]), "more": max(0, len(items) - shown)}
            return templates.render(template, kind, told, contact.locale, contact.timezone, contact.country)

        rendered = render(False)
        if kind == "chat" and len(items) > 1:
            rendered = _fewer(rendered, lambda n: render(False, n), min(most, len(items)), fits)
        if kind == "sms":
            long = rendered.sms
            fit = fitted(lambda s: render(True).sms if s else long, rendered.locale, channel.max_parts)
            rendered = replace(rendered, sms=fit.text)
        refs = {one.ref for one, _ in every}
        own = head(
            ruleset.shop, channel.audience, message.rule, refs, marketing=marketing, unsubscribe_url=link
        )
        each = items if not for_customer and not (rule and rule.digest) else ()
        worst = tone_of(each) if each else tone("" if for_customer else severity, message.occasion.kind)
        carried = _carried(every) if for_customer else frozenset()
        return Worded(replace(rendered, head=own, tone=worst), carried)

    def _digest(self, message: Message, rule: Rule, ruleset: RuleSet) -> list[Told]:
        since, until = (float(str(message.occasion.facts.get(name, 0))) for name in ("since", "until"))
        return list(self._listed(ruleset.digested(rule), since, until, MOST_ITEMS))


def _fewer(
    rendered: Rendered, render: Callable[[int], Rendered], most: int, fits: Callable[[Rendered], bool]
) -> Rendered:
    """Return a message with as many items as fit, at least one; `rendered` lists `most` of them."""
    if fits(rendered):
        return rendered
    low, high = 1, most - 1
    best = None
    while low <= high:
        middle = (low + high) // 2
        tried = render(middle)
        if fits(tried):
            best, low = tried, middle + 1
        else:
            high = middle - 1
    return best or render(1)


def _template(
    message: Message, items: Sequence[Item], ruleset: RuleSet, *, for_customer: bool, parcels: int
) -> str:
    """Return the template: its own for one thing, a general one for several, and for the life of an alert.

    Args:
        parcels: how many things are told of, if it would tell of one parcel alone.
    """
    if for_customer:
        several = parcels > 1 or len({item.order.ref for item in items}) > 1
        return ruleset.several_template if several and ruleset.several_template else message.send.template
    grouped = message.occasion.kind is not OccasionKind.SCHEDULE and len(items) > 1
    if (grouped or message.occasion.kind in OF_ALERT) and ruleset.ops_template:
        return ruleset.ops_template
    return message.send.template


def _newness(told: Told) -> tuple[float, int]:
    """Return what tells which of two pieces of news is the newer one: the time, then the course."""
    update = told[1].update
    rank = status.rank(update.code)
    return update.happened_at, -1 if rank is None else rank


def _as_counted(ref: str) -> list[tuple[int, str]]:
    """Return what sorts references as people count: 998 before 1001, m2 before m10."""
    parts = re.split("0*([0-9]+)", ref)  # words and numbers by turns
    return [(len(part) if at % 2 else 0, part) for at, part in enumerate(parts)]


def _orders_then(every: Sequence[Told]) -> dict[str, Order]:
    """Return each order as the newest of what is told of it has it."""
    return {message.ref: situation.order_then for message, situation in sorted(every, key=_newness)}


def _item(
    message: Message, situation: Situation, order: Order | None, ruleset: RuleSet, standing: Standing
) -> Item:
    rule = ruleset.rule(message.rule)
    return Item(
        rule=message.rule,
        update=situation.update,
        order=order or situation.order,
        severity=rule.severity_of(situation.update.code).value if rule else "",
        shipment=next((s for s in situation.order.shipments if s.key == message.shipment), None),
        occasion=message.occasion,
        alert=standing.alert(message.rule, message.alert) if message.alert else None,
    )


def _open_alerts(every: Sequence[Told], standing: Standing) -> list[int]:
    """Return the ids of the alerts of a message that are open, also of those that it does not list."""
    found = (standing.alert(message.rule, message.alert) for message, _ in every if message.alert)
    return list(dict.fromkeys(alert.id for alert in found if alert and alert.state is AlertState.OPEN))


def _carried(every: Sequence[Told]) -> frozenset[str]:
    """Return the parcels that a customer is told of: the one that a message is about, or all of its order."""
    return frozenset(
        key
        for message, situation in every
        for key in ([message.shipment] if message.shipment else [s.key for s in situation.order.shipments])
    )
