"""What the demo's sinks received, in the order of arrival."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import datetime

LINK = re.compile(r"<(https?://[^|>\s]+)(?:\|([^>]*))?>")
"""A link as Slack's mrkdwn writes it: its address, and the words for it if there are any."""

BOLD = re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)")
"""Bold words in mrkdwn."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail: `at` is its arrival, Unix seconds UTC; `text` and `html` are empty if it has no such part."""

    at: float
    sender: str
    recipient: str
    subject: str
    text: str
    html: str

    @property
    def words(self) -> str:
        """Everything that a reader may see."""
        return f"{self.subject}\n{self.text}\n{self.html}"


@dataclass(frozen=True, slots=True)
class Chat:
    """A call that was meant for the host `service`; `text` is mrkdwn if it was Slack's, else the body."""

    at: float
    service: str
    text: str

    @property
    def words(self) -> str:
        """Everything that a reader may see."""
        return self.text


Arrival = Mail | Chat


class Arrivals:
    """A list that the sinks' threads fill."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Arrival] = []

    def add(self, arrival: Arrival) -> None:
        """Note one more."""
        with self._lock:
            self._all.append(arrival)

    def since(self, count: int) -> list[Arrival]:
        """Return all but the first `count`, oldest first."""
        with self._lock:
            return self._all[count:]

    def __len__(self) -> int:
        return len(self._all)


def clock(at: float) -> str:
    """Return a moment (Unix seconds UTC) as this machine's time of day."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def unescaped(mrkdwn: str) -> str:
    """Return mrkdwn with the three characters that Slack has escaped."""
    return mrkdwn.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
