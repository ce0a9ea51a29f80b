"""An item: one of the things that a message tells of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from notifier.core.alert import Alert
from notifier.core.lack import Lack, lack
from notifier.core.occasion import UPDATE, Occasion
from notifier.core.order import Order
from notifier.core.update import RecordedUpdate, Shipment


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a rule said, in a message that may tell of several.

    `severity` is empty or a word of `core.alert.Severity`; `shipment` the parcel that it is about,
    if it is about one; `alert` the one that it belongs to. What is about no order has an empty
    `update` and `order`, and says what it is by its `occasion`.
    """

    rule: str
    update: RecordedUpdate
    order: Order
    severity: str = ""
    shipment: Shipment | None = None
    occasion: Occasion = UPDATE
    alert: Alert | None = None

    @property
    def lack(self) -> Lack:
        """What is missing to reach the customer, if that is what the rule says."""
        return lack(self.order.contact)

    @property
    def at(self) -> datetime:
        """When it happened, as a UTC datetime: the update, or what is about no order."""
        if self.order.ref or self.occasion.at is None:
            return self.update.at
        return datetime.fromtimestamp(self.occasion.at, UTC)
