"""What a decision is made on, and the decision: one rule's verdict on one update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from notifier.core.lookup import Lookup
from notifier.core.order import Order
from notifier.core.reason import Reason
from notifier.core.update import RecordedUpdate


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict of one rule on one update."""

    rule: str
    fired: bool
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """One update, and the order as it stands with it.

    `late` tells that the order was known to have gone beyond the update before it
    was judged, `overtaken` that it is known to have done so by now. `lookup` is
    the search for the order's contact, None if there never was one. `judged`
    holds the verdicts that rules gave before the contact was known.
    """

    update: RecordedUpdate
    order: Order
    late: bool = False
    overtaken: bool = False
    lookup: Lookup | None = None
    judged: Mapping[str, Decision] = field(default_factory=dict)
