"""What rules.yaml means once it was read: plain values, checked, with expressions compiled.

`notifier.config.rulefile` builds a RuleSet; `notifier.core.plan` applies it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from notifier.core import status
from notifier.core.alert import Severity
from notifier.core.channel import Audience, Channel
from notifier.core.contact import REGISTERED, Contact
from notifier.core.expression import Condition
from notifier.core.match import Clause
from notifier.core.message import Priority, Send
from notifier.core.retry import RetryPolicy
from notifier.core.schedule import Hours
from notifier.core.shop import Retention, Shop
from notifier.core.source import Source
from notifier.core.tempo import Digest, Group, Throttle
from notifier.core.trigger import (
    Internal,
    OfUpdate,
    Quiet,
    Rate,
    Schedule,
    Stuck,
    Trigger,
)


class Category(StrEnum):
    """What a rule's messages are: news of the order, or marketing, which needs consent."""

    ORDER = "order"
    MARKETING = "marketing"


class Once(StrEnum):
    """What a rule speaks about at most one time."""

    STATUS = "status"
    ORDER = "order"
    SHIPMENT = "shipment"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One entry of `send`: the first of `options` that can reach the recipient is used."""

    options: tuple[Send, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of `escalate`: what is sent once an alert has been open for `after` seconds."""

    after: float
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Mute:
    """While an alert of `during` is open for the same values of `same`, `rules` say nothing."""

    id: str
    during: str
    rules: frozenset[str]
    same: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brake:
    """Holds messages to customers when more than `above` times as many as usual are made.

    Counted over `window` seconds; usual is the mean of such windows over the week before. Up to
    `least` messages in a window are never a burst. `rule` says who is asked.
    """

    above: float
    window: float
    least: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `rules`; durations in seconds.

    `needs_contact` tells that it cannot be judged, or cannot send, before it is
    known who the customer is. `sent` names rules of which one must have told the
    customer of this order, `never` statuses that the order must not have had.
    `condition_source` is `if` as it is written.
    `severities` holds how bad the news is by status code, for those that differ
    from `severity`. `resolve` holds the codes that close its alert. `await_code` is how long a message
    to a customer waits for a tracking code, if the order has none.
    """

    id: str
    trigger: Trigger
    deliveries: tuple[Delivery, ...]
    match: tuple[Clause, ...] = ()
    sent: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    condition: Condition | None = None
    condition_source: str = ""
    once: Once = Once.STATUS
    settle: float = 0.0
    await_code: float = 0.0
    cancels: tuple[str, ...] = ()
    category: Category = Category.ORDER
    needs_contact: bool = False
    severity: Severity = Severity.WARNING
    severities: Mapping[str, Severity] = field(default_factory=dict)
    resolve: frozenset[str] = frozenset()
    escalate: tuple[Step, ...] = ()
    repeat: float | None = None
    group: Group | None = None
    throttle: Throttle | None = None
    digest: Digest | None = None
    shadow: bool = False

    def fits(self, code: str) -> bool:
        """Tell whether an update with status `code` makes it speak, now or later."""
        return isinstance(self.trigger, OfUpdate) and self.trigger.fits(code)

    def is_concerned(self, code: str) -> bool:
        """Tell whether it has to look at an update with status `code` at all."""
        return (
            self.fits(code)
            or code in self.resolve
            or (isinstance(self.trigger, Stuck) and status.rank(code) is not None)
        )

    @property
    def is_about_shop(self) -> bool:
        """Tell whether it speaks of the shop as a whole, so that no update concerns it."""
        return isinstance(self.trigger, Rate | Quiet | Schedule | Internal)

    @property
    def alerts(self) -> bool:
        """Tell whether what it says is an alert, which stays open until it is resolved."""
        return bool(self.resolve or self.escalate) or isinstance(self.trigger, Rate)

    def severity_of(self, code: str) -> Severity:
        """Return how bad its news is of an update with status `code`."""
        return self.severities.get(code, self.severity)

    def priority(self, audience: Audience, code: str) -> Priority:
        """Return how urgent a message of this rule is to `audience`, about an update with status `code`."""
        if audience is Audience.CUSTOMER:
            return Priority.MARKETING if self.category is Category.MARKETING else Priority.CUSTOMER
        return Priority.CRITICAL if self.severity_of(code) is Severity.CRITICAL else Priority.OPS


MOST_CODES = 100
"""Status codes whose rules are kept at hand: there are eight, and whatever else is sent."""

MISSING_CONTACT = "missing_contact"
"""The id under which `orders.missing_contact` stands among the rules' verdicts."""

BRAKE = "brake"
"""The id under which `brake` asks operators."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Whose orders they are, and what becomes of those that nobody knows; durations in seconds.

    `sources` stand in precedence, with `registered` among them; `retry` is for
    asking one that is down; `missing_contact` is judged like a rule on updates
    that no customer can be told of.
    """

    accept_unknown: bool = False
    hold_for: float | None = 14 * 86_400.0
    sources: tuple[str, ...] = (REGISTERED,)
    retry: RetryPolicy = RetryPolicy(longest=900.0)  # noqa: RUF009  it is frozen
    max_contact_age: float | None = 7 * 86_400.0
    missing_contact: Rule | None = None

    @property
    def remote(self) -> tuple[str, ...]:
        """The sources that have to be asked."""
        return tuple(name for name in self.sources if name != REGISTERED)

    @property
    def before_registered(self) -> tuple[str, ...]:
        """The remote sources that take precedence over what the shop registered."""
        return self.sources[: self.sources.index(REGISTERED)]

    @property
    def accepts_unknown(self) -> bool:
        """Tell whether updates of unregistered orders are taken: asked for, or they can be looked up."""
        return self.accept_unknown or bool(self.remote)


@dataclass(frozen=True)
class RuleSet:
    """All of rules.yaml; `fingerprint` names this very version of rules and templates.

    `ops_template` makes words of several things for operators, and `several_template` of the news
    of several orders for their customer; empty where there is no such template. `zones` holds the time
    zone that stands for a country.
    """

    shop: Shop
    channels: Mapping[str, Channel]
    rules: tuple[Rule, ...]
    fingerprint: str
    orders: Orders = field(default_factory=Orders)
    sources: Mapping[str, Source] = field(default_factory=dict)
    retention: Retention = field(default_factory=Retention)
    windows: Mapping[str, Hours] = field(default_factory=dict)
    mutes: tuple[Mute, ...] = ()
    brake: Brake | None = None
    ops_template: str = ""
    several_template: str = ""
    zones: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def judged(self) -> tuple[Rule, ...]:
        """Everything that is judged on every update: the rules, then `orders.missing_contact`."""
        extra = self.orders.missing_contact
        return (*self.rules, extra) if extra else self.rules

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule with that id, None if there is none (any more)."""
        return self._by_id.get(rule_id)

    def concerned(self, code: str) -> tuple[Rule, ...]:
        """Return the rules that have to judge an update with status `code`, in their order.

        The others wait for another status, whatever else is true of it.
        """
        found = self._by_code.get(code)
        if found is None:
            found = tuple(rule for rule in self.judged if rule.is_concerned(code))
            if len(self._by_code) < MOST_CODES:  # they come from outside
                self._by_code[code] = found
        return found

    @cached_property
    def _by_code(self) -> dict[str, tuple[Rule, ...]]:
        return {}

    def zone_of(self, contact: Contact | None) -> str:
        """Return the time zone that a contact lives by: her own, her country's, or else the shop's."""
        if contact is None:
            return self.shop.timezone
        return contact.timezone or self.zones.get(contact.country or "") or self.shop.timezone

    def digested(self, rule: Rule) -> tuple[str, ...]:
        """Return the rules of which the digest of `rule` tells: of those for show only if it is one."""
        named = [self.rule(name) for name in rule.digest.rules] if rule.digest else []
        return tuple(each.id for each in named if each and (rule.shadow or not each.shadow))

    @cached_property
    def muting(self) -> frozenset[str]:
        """The rules whose open alerts keep others quiet."""
        return frozenset(mute.during for mute in self.mutes)

    @cached_property
    def awaiting_code(self) -> Mapping[str, Rule]:
        """The rules whose messages wait for a tracking code, by id."""
        return {rule.id: rule for rule in self.rules if rule.await_code}

    @cached_property
    def rates(self) -> tuple[tuple[str, Rate], ...]:
        """The rules that watch a rate, by id."""
        return tuple((rule.id, rule.trigger) for rule in self.rules if isinstance(rule.trigger, Rate))

    @cached_property
    def _by_id(self) -> Mapping[str, Rule]:
        extra = (self.brake.rule,) if self.brake else ()
        return {rule.id: rule for rule in (*self.judged, *extra)}
