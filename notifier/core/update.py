"""An update: one webhook call, parsed, and what makes two calls the same update."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from notifier.core import status
from notifier.core.link import safe_link
from notifier.core.note import Note

CLOCK_SKEW = 7200.0
"""How far clocks are trusted to differ, in seconds: local summer time sent as if it were UTC."""

EARLIEST = 946_684_800.0
"""The year 2000 in Unix seconds: a time before it is a zero, or a clock that was never set."""

# Made once: json.dumps with separators makes a new encoder at every call.
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Shipment:
    """One parcel as the sender described it; empty strings where it said nothing."""

    carrier: str = ""
    carrier_name: str = ""
    tracking_code: str = ""
    tracking_url: str = ""
    new: bool = False

    @property
    def key(self) -> str:
        """What makes it the same parcel in a later update: its tracking code, else all that is known.

        Codes are compared without spaces and regard to case, as carriers do.
        """
        code = "".join(self.tracking_code.split()).upper()
        return code or f"{self.carrier}|{self.carrier_name}|{self.tracking_url}"

    @property
    def link(self) -> str:
        """The tracking URL if it can safely be a link, else an empty string."""
        return safe_link(self.tracking_url)

    @property
    def carrier_label(self) -> str:
        """The carrier's name for people, or an empty string."""
        return self.carrier_name or self.carrier


@dataclass(frozen=True, slots=True)
class Update:
    """What one webhook call says.

    `ref` is the shop's order reference, `order_id` the sender's own id, `code`
    the status code, `event_at` the time of the event in Unix seconds UTC (None
    if the sender gave none that can be read), `shipments` all parcels that the call
    lists, `notes` the fields that could not be read.
    """

    source: str
    ref: str
    code: str
    order_id: str = ""
    event_at: float | None = None
    shipments: tuple[Shipment, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def identity(self) -> str:
        """The same order, status, time and parcels are the same update, however often they arrive.

        What could not be read counts as it was sent: the arrival, which may stand in for
        the time, differs with each repetition.

        Begins with the time, so that what happens at about the same time stands
        together in an index: recording then touches few pages of it.
        """
        parcels = sorted([s.carrier, s.tracking_code, s.tracking_url] for s in self.shipments)
        parts = [self.source, self.ref, self.code, self.event_at, parcels]
        if self.notes:
            parts.append([[note.field, note.digest] for note in self.notes])
        return f"{int(self.event_at or 0):010x}{hashlib.sha256(_encode(parts).encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class RecordedUpdate:
    """An update in the database: `id` counts arrivals, `received_at` is Unix seconds UTC."""

    id: int
    received_at: float
    update: Update

    @property
    def code(self) -> str:
        """The status code."""
        return self.update.code

    @property
    def status(self) -> str:
        """The status by its name in rules (`collected`), or its letter if it has none."""
        return status.name(self.update.code)

    @property
    def label(self) -> str:
        """The status in words for people."""
        return status.label(self.update.code)

    @property
    def happened_at(self) -> float:
        """When it happened, Unix seconds UTC.

        The arrival counts where the sender gave no time that can be: none, one
        before EARLIEST, or one that lies in the future by more than clocks differ.
        """
        told = self.update.event_at
        if told is None or not EARLIEST <= told <= self.received_at + CLOCK_SKEW:
            return self.received_at
        return told

    @property
    def at(self) -> datetime:
        """When it happened, as a UTC datetime (for templates and expressions)."""
        return datetime.fromtimestamp(self.happened_at, UTC)

    @property
    def shipments(self) -> tuple[Shipment, ...]:
        """The parcels that this update lists."""
        return self.update.shipments

    @property
    def order_id(self) -> str:
        """The sender's own id of the order, empty if it gave none."""
        return self.update.order_id
