"""The occasion of a message: what made its rule speak, with what words need to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class OccasionKind(StrEnum):
    """What made a rule speak."""

    UPDATE = "update"
    AFTER = "after"
    STUCK = "stuck"
    RATE = "rate"
    QUIET = "quiet"
    SCHEDULE = "schedule"
    INTERNAL = "internal"
    RESOLVED = "resolved"
    ESCALATED = "escalated"
    REPEATED = "repeated"
    BRAKE = "brake"


@dataclass(frozen=True, slots=True)
class Occasion:
    """What made a rule speak, and since when it is news, Unix seconds UTC (None: since the event itself).

    `facts` hold what is particular to the kind, as JSON values:

    - RATE: `value` (of `by`), `by`, `share` (0 to 1), `count` (orders with `of`), `of` (statuses in
      words), `among` (orders), `window` (seconds)
    - QUIET: `since` (Unix seconds UTC of the last update; None: there never was one)
    - SCHEDULE: `since`, `until` (Unix seconds UTC: what a digest lists)
    - INTERNAL: `event` (its kind), `subject`, `detail`, `at`
    - RESOLVED: `why`
    - ESCALATED: `step` (from 1)
    - ESCALATED and REPEATED of no order: `about` (the kind that opened the alert: rate or quiet)
    - BRAKE: `count`, `usual`, `window` (seconds)
    """

    kind: OccasionKind = OccasionKind.UPDATE
    at: float | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


OF_ALERT = (OccasionKind.RESOLVED, OccasionKind.ESCALATED, OccasionKind.REPEATED)
"""What becomes of an alert after its news."""

UPDATE = Occasion()
"""The ordinary one: an update."""
