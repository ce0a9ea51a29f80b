"""What a store says of itself and of what needs a person; a part of `notifier.store.protocol.Store`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from notifier.core.event import Event
from notifier.core.message import Message, State


@dataclass(frozen=True, slots=True)
class Room:
    """What is left on the disk of the database: bytes and files; None where the file system counts none."""

    bytes: int
    files: int | None


@dataclass(frozen=True, slots=True)
class Overdue:
    """Messages of one channel that wait for too long: the oldest since `since`, Unix seconds UTC."""

    channel: str
    count: int
    since: float


class Dismissed(StrEnum):
    """What can be dismissed."""

    MESSAGE = "message"
    EVENT = "event"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Dismissal:
    """That somebody said of a failure that it needs nobody; `at` in Unix seconds UTC."""

    about: int
    at: float
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failures:
    """Which messages that need a person: those in `states` that fit everything that is given.

    `since` is when they ended at the earliest, Unix seconds UTC. What another way of the
    rule (`first_of`) took over, and what was dismissed, is left out unless `every`.
    """

    states: Collection[State] = (State.FAILED, State.UNKNOWN)
    channel: str | None = None
    rule: str | None = None
    since: float = 0.0
    every: bool = False


@dataclass(frozen=True, slots=True)
class Pinned:
    """A write-ahead log of `bytes` that cannot be emptied, and the processes that read: id and command."""

    bytes: int
    readers: tuple[tuple[int, str], ...]

    def __str__(self) -> str:
        who = " and ".join(f"process {pid} ({command or 'ended'})" for pid, command in self.readers)
        reads = f"{who} {'keeps' if len(self.readers) == 1 else 'keep'} reading" if who else "a program reads"
        return f"its WAL has grown to {self.bytes / 1e6:.0f} MB: {reads} an old state of it"


class StoreHealth(Protocol):
    """How the database is, and what needs a person."""

    def probe(self, now: float) -> None:
        """Write and commit as much as several large webhooks. Raises StoreError if that does not go through.

        It overwrites what the probe before wrote, so it takes no more of the disk each time.
        """

    def room(self) -> Room | None:
        """Return what is left on the disk, None if nobody can tell."""

    def pinned(self, above: int) -> Pinned | None:
        """Return who keeps a write-ahead log of more than `above` bytes from being emptied.

        None if it is smaller, or can be emptied now, which is tried first.
        """

    def newest(self) -> float | None:
        """Return the newest time that anything is stamped with, Unix seconds UTC; None for an empty store."""

    def clock_changed(self, seconds: float, now: float) -> bool:
        """Note that the wall clock was set ahead by `seconds`, or back by so many if negative.

        What waits by a clock that has been set back waits no longer for that. `now` is the time after
        the change. False if another worker has noted the same change already.
        """

    def overdue(self, now: float, patience: float) -> list[Overdue]:
        """Return what was due, or first tried, more than `patience` seconds ago and waits, by channel."""

    def failures(self, which: Failures) -> list[Message]:
        """Return failed and unknown messages, the oldest first."""

    def unrecorded(self, since: float) -> list[Event]:
        """Return events since then that updates were refused, unless dismissed, the newest first."""

    def dismiss(self, kind: Dismissed, ids: Sequence[int], by: str, reason: str, now: float) -> None:
        """Put on record that these failures need nobody; what fails once more does again.

        Raises:
            NotFound: there is no such message, event or rejected webhook; then none is dismissed.
            NotAllowed: a message is neither failed nor unknown; the same.
        """

    def dismissals(self, kind: Dismissed, ids: Collection[int]) -> list[Dismissal]:
        """Return what was dismissed of these, by their order."""
