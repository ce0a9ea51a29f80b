"""Windows and calendars of rules.yaml to the hours of the core."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from notifier.config.closures import closures
from notifier.config.model.hours import CalendarPart, WindowPart
from notifier.core.schedule import Hours


def calendars(parts: Mapping[str, CalendarPart], shop_zone: str, folder: Path) -> dict[str, Hours]:
    """Return the calendars by name.

    Args:
        folder: where the names of files of dates begin.
    """
    return {name: _hours(part, part.zone, shop_zone, folder) for name, part in parts.items()}


def windows(
    parts: Mapping[str, WindowPart], shop_zone: str, folder: Path, for_customers: Collection[str]
) -> dict[str, Hours]:
    """Return the windows by name.

    Args:
        folder: where the names of files of dates begin.
        for_customers: the windows in which customers are told: their own clock counts, unless said.
    """
    return {
        name: _hours(part, part.zone or ("contact" if name in for_customers else "shop"), shop_zone, folder)
        for name, part in parts.items()
    }


def _hours(part: CalendarPart | WindowPart, zone: str, shop_zone: str, folder: Path) -> Hours:
    return Hours(
        days=part.days,
        spans=part.hours,
        zone={"contact": "", "shop": shop_zone}.get(zone, zone),
        closed=frozenset() if part.holidays is None else closures(part.holidays, folder),
    )
