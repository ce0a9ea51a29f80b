"""What a store tells of a stretch of time in bulk, for replays. A part of `notifier.store.protocol`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from notifier.core.contact import Finding
from notifier.core.update import RecordedUpdate


@dataclass(frozen=True, slots=True)
class Stretch:
    """The orders that had news in a stretch of time, and all updates of theirs up to its end.

    `refs` stand by the name, `update_ids` in the order of arrival.
    """

    refs: Sequence[str]
    update_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """What is known of an order today: what each source says, the first in precedence first.

    Contacts carry the marks on their addresses. Of an order that was forgotten nothing is said.
    """

    ref: str
    findings: tuple[Finding, ...]
    forgotten: bool = False


class Past(Protocol):
    """Reads of what has been; none of them holds up those who write. Times are Unix seconds UTC."""

    def span(self) -> tuple[float, float] | None:
        """Return when the first and the last update on record arrived, None if there is none."""

    def stretch(self, since: float, until: float) -> Stretch:
        """Return the orders with updates that arrived from `since` to `until` (not included).

        With them all their updates that arrived before `until`: earlier ones tell how far an order
        had come. In whatever state they are.
        """

    def updates(self, update_ids: Iterable[int]) -> Iterator[RecordedUpdate]:
        """Yield updates in the order given, as far as they are on record, without reading all at once."""

    def orders(self, refs: Iterable[str]) -> Iterator[KnownOrder]:
        """Yield what is known of orders, in the order given; also of those of which nothing is."""
