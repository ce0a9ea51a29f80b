"""The lines of a body that arrives in pieces, each bounded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; `number` counts from 1, `text` is None if it is longer than allowed."""

    number: int
    text: bytes | None


class Lines:
    """Puts the pieces together and cuts them into lines; holds one line that is not complete, no more.

    Args:
        limit: bytes of a line, at most; of a longer one nothing is kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._number = 1
        self._begun = b""
        self._is_too_long = False

    def feed(self, piece: bytes) -> list[Line]:
        """Return the lines that this piece completes; blank ones are counted and left out."""
        *ended, rest = piece.split(b"\n")
        lines = [line for part in ended if (line := self._end(part))]
        self._keep(rest)
        return lines

    def end(self) -> list[Line]:
        """Return what stands behind the last line's end, if anything does."""
        line = self._end(b"")
        return [line] if line else []

    def _keep(self, part: bytes) -> None:
        if self._is_too_long or len(self._begun) + len(part) > self._limit:
            self._is_too_long, self._begun = True, b""
        else:
            self._begun += part

    def _end(self, part: bytes) -> Line | None:
        self._keep(part)
        line = Line(self._number, None if self._is_too_long else self._begun)
        self._number += 1
        self._is_too_long, self._begun = False, b""
        return line if line.text is None or line.text.strip() else None
