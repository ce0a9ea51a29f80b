"""Triggers: what makes a rule speak. A closed set; each kind is a class of its own.

Those of updates are asked with every update (`fits`); the others speak when a timer is
due, when orders are counted, or when notifier itself has something to report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from notifier.core import status
from notifier.core.schedule import Hours, Span


@dataclass(frozen=True, slots=True)
class StatusTrigger:
    """Fires on updates with one of `codes`; `unknown` adds every letter without a name.

    With `after` it speaks only when that much time has gone by since the event; business
    time counts by `hours`.
    """

    codes: frozenset[str]
    unknown: bool = False
    after: Span | None = None
    hours: Hours | None = None

    def fits(self, code: str) -> bool:
        """Tell whether an update with status `code` is meant."""
        return code in self.codes or (self.unknown and status.rank(code) is None)


@dataclass(frozen=True, slots=True)
class NewShipment:
    """Fires on updates that name a parcel which no message to the customer carried."""

    def fits(self, code: str) -> bool:  # noqa: ARG002  the other triggers ask for it
        """Tell that every update is looked at."""
        return True


@dataclass(frozen=True, slots=True)
class ReplacedShipment:
    """Fires on updates that list a new parcel in the place of one that was named before."""

    def fits(self, code: str) -> bool:  # noqa: ARG002  the other triggers ask for it
        """Tell that every update is looked at."""
        return True


@dataclass(frozen=True, slots=True)
class AnyUpdate:
    """Fires on every update: the trigger of `orders.missing_contact`."""

    def fits(self, code: str) -> bool:  # noqa: ARG002  the other triggers ask for it
        """Tell that every update is meant."""
        return True


@dataclass(frozen=True, slots=True)
class Stuck:
    """Fires once an order has stayed in one of `codes` for `span`, counted from what moved it there."""

    codes: frozenset[str]
    span: Span
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """Fires for a value of `by` of whose orders `among` too large a share had `of`.

    Orders count that had such an update within the last `window` seconds, event time; those with
    `of` only if they are `among` the others. Shares lie between 0 and 1. With fewer than `least`
    orders `among`, nothing is said. `by` is a field of `match`, or empty for all orders together.
    """

    of: frozenset[str]
    among: frozenset[str]
    window: float
    above: float
    clear_below: float
    least: int = 1
    by: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Fires when no update at all has arrived for `span`."""

    span: Span
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Fires at minutes of the shop's day, on some days of the week (Monday is 0)."""

    minutes: tuple[int, ...]
    days: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Internal:
    """Fires on events of notifier itself, of these kinds."""

    kinds: frozenset[str]


OfUpdate: TypeAlias = StatusTrigger | NewShipment | ReplacedShipment | AnyUpdate
"""Triggers that are asked with every update."""

OfShop: TypeAlias = Rate | Quiet | Schedule | Internal
"""Triggers of the shop as a whole: what they say is about no order."""

Trigger: TypeAlias = OfUpdate | Stuck | OfShop
