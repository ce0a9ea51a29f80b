"""Windows and calendars: when something is open, and when a length of time is over."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Hours:
    """When something is open: a window or a calendar of rules.yaml."""

    days: frozenset[int] = frozenset(range(7))
    spans: tuple[tuple[int, int], ...] = ((0, 1440),)
    zone: str = ""
    closed: Container[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: seconds, or business days of a calendar."""

    seconds: float = 0.0
    business_days: int = 0


def is_open(hours: Hours, at: float, zone: str) -> bool:
    raise NotImplementedError


def opens_at(hours: Hours, at: float, zone: str) -> float | None:
    raise NotImplementedError


def after(span: Span, since: float, hours: Hours | None, zone: str) -> float:
    raise NotImplementedError


def next_daily(minute: int, days: frozenset[int], since: float, zone: str) -> float:
    raise NotImplementedError
