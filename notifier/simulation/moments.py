"""Times of a simulated world for people: on the clocks of the shop."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def shown(at: float, zone: str) -> str:
    """Return a time with its day of the week, to the second only where it is not a full minute."""
    wall = datetime.fromtimestamp(at, ZoneInfo(zone))
    return wall.strftime("%a %Y-%m-%d %H:%M:%S" if wall.second else "%a %Y-%m-%d %H:%M")
