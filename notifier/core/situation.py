"""What a decision is made on, and the decision: one rule's verdict on one update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from notifier.core import status
from notifier.core.lookup import Lookup
from notifier.core.occasion import UPDATE, Occasion
from notifier.core.order import Order
from notifier.core.reason import Reason
from notifier.core.update import RecordedUpdate, Update


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
    was judged, `overtaken` that it is known to have done so by now; `contradicted_by` is the code of the
    status that makes the news untrue by now, if one does (`core.course.CONTRADICTS`). `lookup` is
    the search for the order's contact, None if there never was one. `judged`
    holds the verdicts that rules gave before the contact was known. `occasion` tells
    what makes rules speak now: the update, or what is due later. `newest` is the newest of the
    order's updates that was read, by id.
    """

    update: RecordedUpdate
    order: Order
    late: bool = False
    overtaken: bool = False
    contradicted_by: str = ""
    lookup: Lookup | None = None
    judged: Mapping[str, Decision] = field(default_factory=dict)
    occasion: Occasion = UPDATE
    newest: int | None = None

    @property
    def news_at(self) -> float:
        """Since when it is news, Unix seconds UTC."""
        return self.update.happened_at if self.occasion.at is None else self.occasion.at

    @property
    def order_then(self) -> Order:
        """The order with the status that the news reports, if that has a place in the course.

        A message that says "on its way" shows no order that is delivered: it may be sent late, or the order
        may go round a second time.
        """
        order, code = self.order, self.update.code
        return order if code == order.code or status.rank(code) is None else replace(order, code=code)


def of_no_order(occasion: Occasion, now: float) -> Situation:
    """Return a situation that is about the shop as a whole: its update and order are empty."""
    nothing = RecordedUpdate(0, now, Update(source="notifier", ref="", code=""))
    return Situation(nothing, Order(ref=""), occasion=occasion)
