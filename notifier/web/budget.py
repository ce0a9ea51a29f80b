"""The memory that everything which is only half received may take together.

Whoever can connect can send, and nothing of it is verified before it is whole. A
little is free for each connection, so that what is usual gets through while
somebody holds the rest.
"""

from __future__ import annotations

from typing import ClassVar

MOST = 33_554_432
"""Bytes of all heads, bodies and pipelined requests that wait for their ends, beyond what is free."""


class Share:
    """What one connection or body holds of the budget; for the event loop's thread.

    Args:
        free: bytes that do not count.

    Attributes:
        held: bytes that it holds, without those.
    """

    total: ClassVar[int] = 0
    """Bytes that all of them hold, without what is free."""

    __slots__ = ("_free", "held")

    def __init__(self, free: int) -> None:
        self._free = free
        self.held = 0

    def hold(self, size: int) -> bool:
        """Hold so many bytes instead of those before; False, with nothing changed, if there is no room."""
        counted = size - self._free if size > self._free else 0
        grown = counted - self.held
        if grown > 0 and Share.total + grown > MOST:
            return False
        Share.total += grown
        self.held = counted
        return True

    def release(self) -> None:
        """Hold nothing any more."""
        Share.total -= self.held
        self.held = 0
