"""What rules.yaml means once it was read: plain values, checked, with expressions compiled.

`notifier.config.rulefile` builds a RuleSet; `notifier.core.plan` applies it.
Other kinds of trigger join `Trigger` as further classes of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from notifier.core import status
from notifier.core.contact import REGISTERED
from notifier.core.message import Priority, Send
from notifier.core.quota import Limits, Quota
from notifier.core.reason import Reason
from notifier.core.retry import RetryPolicy
from notifier.core.source import Source

Facts: TypeAlias = Mapping[str, object]
"""What expressions and templates see; made by `notifier.core.facts`."""

Condition: TypeAlias = Callable[[Facts], bool]
"""A compiled `if:`. Raises RenderError if it cannot be worked out."""

Address: TypeAlias = Callable[[Facts], str]
"""A compiled `to:`; gives an empty string where there is no address. Raises RenderError."""


class Audience(StrEnum):
    """Whom a channel speaks to."""

    CUSTOMER = "customer"
    OPS = "ops"


class Category(StrEnum):
    """What a rule's messages are: news of the order, or marketing, which needs consent."""

    ORDER = "order"
    MARKETING = "marketing"


class Severity(StrEnum):
    """How bad the news of a rule is for operators."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Once(StrEnum):
    """What a rule speaks about at most one time."""

    STATUS = "status"
    ORDER = "order"
    SHIPMENT = "shipment"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop as its customers know it; durations in seconds, None for no limit."""

    name: str = "Our shop"
    timezone: str = "UTC"
    locale: str = "en"
    url: str = ""
    support_email: str = ""
    max_update_age: float | None = None
    tell_late: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A configured way out.

    `url` is a secret and may be None (then `paused` says why); `to` is None
    for services with a fixed recipient, such as a Slack hook. `asks` names the
    contact's fields that `to` speaks of. `rate` bounds attempts, `budget` those
    that may have reached somebody, `concurrency` how many one worker has on the
    wire at the same time (None: NOTIFIER_CONCURRENCY).
    """

    name: str
    url: str | None = field(repr=False)
    audience: Audience
    to: Address | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    resend_unknown: bool = False
    paused: Reason | None = None
    asks: frozenset[str] = frozenset()
    rate: Quota | None = None
    budget: Quota | None = None
    concurrency: int | None = None

    def limits(self, room: int) -> Limits:
        """Return what may be claimed of it by somebody with hands for `room` messages."""
        return Limits(room, self.rate, self.budget, self.retry.within)


@dataclass(frozen=True, slots=True)
class StatusTrigger:
    """Fires on updates with one of `codes`; `unknown` adds every letter without a name."""

    codes: frozenset[str]
    unknown: bool = False

    def fits(self, code: str) -> bool:
        """Tell whether an update with status `code` is meant."""
        return code in self.codes or (self.unknown and status.rank(code) is None)


@dataclass(frozen=True, slots=True)
class AnyUpdate:
    """Fires on every update: the trigger of `orders.missing_contact`."""

    def fits(self, code: str) -> bool:  # noqa: ARG002  the other triggers ask for it
        """Tell that every update is meant."""
        return True


Trigger: TypeAlias = StatusTrigger | AnyUpdate


@dataclass(frozen=True, slots=True)
class OneOf:
    """Fits a value equal to one of `values`: text without regard to case, numbers by value."""

    values: tuple[str | float | bool, ...]

    def fits(self, value: object) -> bool:
        """Tell whether `value` equals one of the wanted values."""
        return any(_equal(value, wanted) for wanted in self.values)

    def __str__(self) -> str:
        return " or ".join(str(v) for v in self.values)


@dataclass(frozen=True, slots=True)
class Range:
    """Fits a number between the bounds; `above` and `below` exclude, `at_least` and `at_most` include."""

    above: float | None = None
    below: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    def fits(self, value: object) -> bool:
        """Tell whether `value`, a number or text that reads as one, lies within the bounds."""
        number = _number(value)
        if number is None:
            return False
        return (
            (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
            and (self.at_least is None or number >= self.at_least)
            and (self.at_most is None or number <= self.at_most)
        )

    def __str__(self) -> str:
        bounds = {"above": self.above, "below": self.below, "min": self.at_least, "max": self.at_most}
        return ", ".join(f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None)


@dataclass(frozen=True, slots=True)
class Clause:
    """One line of `match`: a field (`country`, `attributes.total`) and what it must be."""

    field: str
    test: OneOf | Range


@dataclass(frozen=True, slots=True)
class Delivery:
    """One entry of `send`: the first of `options` that can reach the recipient is used."""

    options: tuple[Send, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `rules`.

    `needs_contact` tells that it cannot be judged, or cannot send, before it is
    known who the customer is. `severities` holds how bad the news is by status
    code, for those that differ from `severity`.
    """

    id: str
    trigger: Trigger
    deliveries: tuple[Delivery, ...]
    match: tuple[Clause, ...] = ()
    condition: Condition | None = None
    once: Once = Once.STATUS
    category: Category = Category.ORDER
    needs_contact: bool = False
    severity: Severity = Severity.WARNING
    severities: Mapping[str, Severity] = field(default_factory=dict)

    def priority(self, audience: Audience, code: str) -> Priority:
        """Return how urgent a message of this rule is to `audience`, about an update with status `code`."""
        if audience is Audience.CUSTOMER:
            return Priority.MARKETING if self.category is Category.MARKETING else Priority.CUSTOMER
        is_critical = self.severities.get(code, self.severity) is Severity.CRITICAL
        return Priority.CRITICAL if is_critical else Priority.OPS


MISSING_CONTACT = "missing_contact"
"""The id under which `orders.missing_contact` stands among the rules' verdicts."""


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


@dataclass(frozen=True, slots=True)
class Retention:
    """How long personal data is kept after an order's last news, in seconds; None for ever.

    `bodies` are the raw webhooks; `contacts` everything else: contact,
    attributes, recipients and words of messages.
    """

    bodies: float | None = 90 * 86_400.0
    contacts: float | None = 365 * 86_400.0


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All of rules.yaml; `fingerprint` names this very version of rules and templates."""

    shop: Shop
    channels: Mapping[str, Channel]
    rules: tuple[Rule, ...]
    fingerprint: str
    orders: Orders = field(default_factory=Orders)
    sources: Mapping[str, Source] = field(default_factory=dict)
    retention: Retention = field(default_factory=Retention)

    @property
    def judged(self) -> tuple[Rule, ...]:
        """Everything that is judged on every update: the rules, then `orders.missing_contact`."""
        extra = self.orders.missing_contact
        return (*self.rules, extra) if extra else self.rules

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule with that id, None if there is none (any more)."""
        return next((r for r in self.judged if r.id == rule_id), None)


def _equal(value: object, wanted: str | float | bool) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    if isinstance(wanted, int | float):
        return _number(value) == wanted
    return isinstance(value, str | int | float) and str(value).casefold() == wanted.casefold()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
