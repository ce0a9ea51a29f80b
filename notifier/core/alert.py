"""An alert: a problem of the operators with a life of its own, and what silences and mutes say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TypeAlias

from notifier.core.schedule import Hours, closes_at, is_open, opens_at

Labels: TypeAlias = Mapping[str, tuple[str, ...]]
"""What an alert or a message is about: field (`rule`, `ref`, `carrier`, `country`, `status`,
`severity`) to its values, none of them empty."""

LABELS = ("rule", "ref", "carrier", "country", "status", "severity")
"""The fields that `group.by`, `mute.same` and silences can name."""


class Severity(StrEnum):
    """How bad the news of a rule is for operators."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """How bad, as a number."""
        return list(Severity).index(self)


class AlertState(StrEnum):
    """Where an alert is."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


ALERT_MOVES: dict[AlertState, frozenset[AlertState]] = {
    AlertState.OPEN: frozenset({AlertState.ACKNOWLEDGED, AlertState.RESOLVED}),
    AlertState.ACKNOWLEDGED: frozenset({AlertState.RESOLVED}),
    AlertState.RESOLVED: frozenset(),
}
"""The legal moves of an alert."""


class Change(IntEnum):
    """What becomes of an alert."""

    OPEN = 0
    RESOLVE = 1


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert that is opened (or made worse: the higher severity stays), or resolved.

    `key` tells the alerts of one rule apart: the order's reference, or the value of `by`. `quiet`
    tells that a silence or a mute keeps its news back.
    """

    rule: str
    key: str
    change: Change
    severity: Severity = Severity.WARNING
    labels: Labels = field(default_factory=dict)
    ref: str = ""
    why: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert on record; times are Unix seconds UTC.

    There is one that is not resolved for each rule and key, at most. `update_id` is the
    update that opened it (0: none), `by` who acknowledged it, `why` what resolved it. `quiet` tells
    that nobody was notified of it yet, because a silence or a mute kept its news back.
    """

    id: int
    rule: str
    key: str
    state: AlertState
    severity: Severity
    opened_at: float
    labels: Labels = field(default_factory=dict)
    ref: str = ""
    update_id: int = 0
    acknowledged_at: float | None = None
    by: str = ""
    resolved_at: float | None = None
    why: str = ""
    quiet: bool = False


FOREVER = 253_370_764_800.0
"""When a silence ends that has no end, Unix seconds UTC: the year 9999, which every calendar can show."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Keeps messages quiet from `starts_at` to `ends_at`, Unix seconds UTC.

    Every matcher has to fit: a field of LABELS, and the values that it may have.
    `customers` tells that it stops messages to customers as well. One with `hours`
    recurs: it is in force only while they are open; they name their zone. One that
    ends at FOREVER has no end. `edited_by` is who changed it last, if anybody did.
    """

    id: int
    matchers: Labels
    reason: str
    author: str
    starts_at: float
    ends_at: float
    customers: bool = False
    hours: Hours | None = None
    edited_by: str = ""

    def is_in_force(self, now: float) -> bool:
        """Tell whether it keeps anything quiet at `now`."""
        if not self.starts_at <= now < self.ends_at:
            return False
        return self.hours is None or is_open(self.hours, now, self.hours.zone)

    def covers(self, labels: Labels, now: float) -> bool:
        """Tell whether it keeps quiet what has these labels, at `now`."""
        return self.is_in_force(now) and fits(self.matchers, labels)

    def begins_at(self, now: float) -> float | None:
        """Return when it is in force next, `now` if it is already; None if it never is again."""
        begin = max(now, self.starts_at)
        if self.hours is not None:
            opening = opens_at(self.hours, begin, self.hours.zone)
            if opening is None:
                return None
            begin = opening
        return begin if begin < self.ends_at else None

    def quiet_until(self, now: float) -> float:
        """Return when what it keeps quiet at `now` is told again: its end, or that of this occurrence."""
        if self.hours is None:
            return self.ends_at
        return min(self.ends_at, closes_at(self.hours, now, self.hours.zone) or self.ends_at)


def fits(matchers: Labels, labels: Labels) -> bool:
    """Tell whether labels have a value of each matcher; without regard to case, as `match`."""
    return all(
        not _folded(wanted).isdisjoint(_folded(labels.get(field, ()))) for field, wanted in matchers.items()
    )


def _folded(values: tuple[str, ...]) -> set[str]:
    return {value.casefold() for value in values}
