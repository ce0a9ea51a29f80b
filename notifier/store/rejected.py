"""What a store is for signed webhooks that were no update. See `notifier.store.protocol`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MOST_REJECTED = 1_000
"""Bodies that are kept, at most; of more the oldest are erased."""

MOST_REJECTED_BYTES = 16_777_216
"""Bytes of all kept bodies together, at most; the newest is kept whatever its size."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A webhook at the door that is no update: why, and its order if that can be made out, else ""."""

    body: bytes
    why: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected webhook on record; times are Unix seconds UTC, `size` is in bytes.

    A body that came several times is one of them: `received_at` is the first
    arrival, `last_at` the last one.
    """

    id: int
    received_at: float
    last_at: float
    times: int
    size: int
    ref: str
    why: str


class RejectedUpdates(Protocol):
    """Signed webhooks that could not be read as updates, until a later version can or they are too old."""

    def keep(self, batch: Sequence[Unreadable], now: float) -> None:
        """Make the batch durable, but for orders that were forgotten; erase the oldest beyond the bounds."""

    def newest(self, limit: int) -> list[Rejected]:
        """Return the newest ones, oldest of them first."""

    def of_order(self, ref: str) -> list[Rejected]:
        """Return those of an order, oldest first."""

    def body(self, rejected_id: int) -> tuple[Rejected, bytes]:
        """Return one with its body. Raises NotFound."""

    def remove(self, rejected_id: int) -> None:
        """Erase one. Raises NotFound."""

    def count(self) -> int:
        """Return how many are kept."""

    def untended(self, since: float) -> int:
        """Return how many came, or came again, since then, and were not dismissed after that."""
