"""What was refused at the door, as the log tells it: at most once a minute for each kind.

Only how often, why, and where to look: never a body, a signature or a token.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import Enum

EVERY = 60.0
"""Seconds between two lines about the same kind of refusal."""


class Refusal(Enum):
    """A kind of refusal: what is counted, and the words behind the number."""

    NO_SIGNATURE = "webhook", "the signature is missing; does it come from Cottoncast?"
    WRONG_SIGNATURE = (
        "webhook",
        "the signature does not fit; is NOTIFIER_WEBHOOK_SECRET that of the sales channel?",
    )
    FORWARDED = (
        "webhook",
        "no signature is checked (NOTIFIER_UNSIGNED), and a proxy passed it on; set NOTIFIER_WEBHOOK_SECRET",
    )
    NOT_UNDERSTOOD = "webhook", "the body is not what Cottoncast describes; the answer names the field"
    TOO_LARGE = "webhook", "the body is larger than NOTIFIER_BODY_LIMIT"
    WRONG_TOKEN = "API request", "the bearer token is missing or wrong; is it that of NOTIFIER_API_TOKEN?"
    API_SHUT = "API request", "the API is shut; set NOTIFIER_API_TOKEN to open it to your shop"

    @property
    def why(self) -> str:
        """Why, and where to look."""
        return self.value[1]

    def told(self, number: int) -> str:
        """Return the line for so many refusals."""
        what, why = self.value
        return f"{number} {what}{'s' * (number != 1)} refused: {why}"


class Refusals:
    """Tells of the first refusal of a kind at once, and of the next ones together when EVERY has passed.

    Args:
        later: calls a function after so many seconds, as an event loop's `call_later` does.
        tell: where a line goes.
    """

    def __init__(
        self, later: Callable[[float, Callable[[], None]], object], tell: Callable[[str], object]
    ) -> None:
        self._later = later
        self._tell = tell
        self._untold: Counter[Refusal] = Counter()
        self._quiet: set[Refusal] = set()

    def add(self, kind: Refusal) -> None:
        """Count one."""
        self._untold[kind] += 1
        if kind not in self._quiet:
            self._speak(kind)

    def tell_rest(self) -> None:
        """Tell of what was not told yet; for the end."""
        for kind, number in self._untold.items():
            self._tell(kind.told(number))
        self._untold.clear()

    def _speak(self, kind: Refusal) -> None:
        self._quiet.discard(kind)
        if number := self._untold.pop(kind, 0):
            self._tell(kind.told(number))
            self._quiet.add(kind)
            self._later(EVERY, lambda: self._speak(kind))
