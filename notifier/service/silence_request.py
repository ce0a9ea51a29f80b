"""A silence as a person asks for it, to be made or changed: the same rules for the command and the API."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from notifier.config.duration import LONGEST
from notifier.core.alert import FOREVER, Labels, Silence
from notifier.core.schedule import Hours
from notifier.errors import RequestError
from notifier.service import silencing


@dataclass(frozen=True, slots=True)
class SilenceRequest:
    """What is asked for; None for what is not mentioned.

    Args:
        matchers: what it is about; empty for everything.
        begin: a time as `silencing.until` takes it, or Unix seconds UTC.
        length: a duration such as 2h.
        end: as `begin`; excludes `length`.
        every: the hours in which it recurs, as `silencing.every` takes them; empty to recur no more.
        zone: of times and hours without one; an IANA name.
        prefix: what stands before the names of fields in errors, such as `--`.
    """

    matchers: Labels | None = None
    begin: str | float | None = None
    length: str | None = None
    end: str | float | None = None
    every: str | None = None
    reason: str | None = None
    customers: bool | None = None
    zone: str = "UTC"
    prefix: str = ""

    def made(self, author: str, now: float) -> Silence:
        """Return the new silence, without its ID. Raises RequestError: naming the field and what is wrong."""
        starts_at = now if self.begin is None else self._moment(self.begin, now, "from")
        hours = self._hours(None)
        ends_at = self._end(starts_at)
        if ends_at is None:
            if hours is None:
                raise RequestError(f"{self.prefix}for", f"is missing, and so is {self.prefix}until")
            ends_at = FOREVER
        return Silence(
            0, self.matchers or {}, self.reason or "", author, starts_at, ends_at,
            customers=bool(self.customers), hours=hours,
        )  # fmt: skip

    def changed(self, present: Silence, editor: str, now: float) -> Silence:
        """Return `present` with what is asked for; a length counts from now, or from its start if that is
        to come. Raises RequestError.
        """
        starts_at = present.starts_at if self.begin is None else self._moment(self.begin, now, "from")
        hours = self._hours(present.hours)
        ends_at = self._end(max(now, starts_at))
        if ends_at is None:
            ends_at = present.ends_at
            if starts_at >= ends_at:
                raise RequestError(f"{self.prefix}from", f"is after its end; add {self.prefix}until")
        if hours is None and ends_at == FOREVER:
            text = f"is missing, and so is {self.prefix}until: what does not recur needs an end"
            raise RequestError(f"{self.prefix}for", text)
        return replace(
            present,
            matchers=present.matchers if self.matchers is None else self.matchers,
            starts_at=starts_at,
            ends_at=ends_at,
            hours=hours,
            reason=present.reason if self.reason is None else self.reason,
            customers=present.customers if self.customers is None else self.customers,
            edited_by=editor,
        )

    def _hours(self, present: Hours | None) -> Hours | None:
        if self.every is None:
            return present
        return silencing.every(self.every, self.zone, f"{self.prefix}every") if self.every else None

    def _end(self, begin: float) -> float | None:
        """Return the end that is asked for, None if none is."""
        if self.length is not None and self.end is not None:
            raise RequestError(f"{self.prefix}for", f"and {self.prefix}until exclude each other")
        if self.length is not None:
            return begin + silencing.length(self.length, f"{self.prefix}for")
        return None if self.end is None else self._moment(self.end, begin, "until")

    def _moment(self, given: str | float, now: float, name: str) -> float:
        field = f"{self.prefix}{name}"
        if isinstance(given, str):
            return silencing.until(given, now, self.zone, field)
        if not math.isfinite(given) or not now < given <= now + LONGEST:
            raise RequestError(field, "must be to come, and at most ten years off")
        return float(given)


def prolonged(present: Silence, length: float | None, end: str | None, now: float, zone: str) -> Silence:
    """Return `present` with another end: `length` seconds after the one that it has, or `end`.

    Raises:
        RequestError: `end` is no time to come, or there is no end to be moved.
    """
    if end is not None:
        begin = max(now, present.starts_at)
        return replace(present, ends_at=silencing.until(end, begin, zone, "--until"))
    if present.ends_at == FOREVER:
        raise RequestError("--for", "it has no end that could be moved; give it one with --until")
    return replace(present, ends_at=present.ends_at + (length or 0.0))
