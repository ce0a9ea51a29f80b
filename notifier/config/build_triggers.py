"""`when` and `match` of rules.yaml to triggers and clauses of the core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from notifier.config.model.match import MatchPart, RangePart
from notifier.config.model.triggers import TriggerPart
from notifier.config.model.values import listed
from notifier.core import status
from notifier.core.facts import FIELDS
from notifier.core.match import Clause, OneOf, Range
from notifier.core.schedule import Hours
from notifier.core.trigger import (
    Internal,
    NewShipment,
    Quiet,
    Rate,
    ReplacedShipment,
    Schedule,
    StatusTrigger,
    Stuck,
    Trigger,
)


def trigger(when: str | list[str] | TriggerPart, calendars: Mapping[str, Hours]) -> Trigger:
    """Return what makes a rule speak."""
    if not isinstance(when, TriggerPart):
        return _of_status(when)
    match when:
        case TriggerPart(stuck=stuck) if stuck is not None:
            return Stuck(codes(stuck.in_), stuck.for_, _calendar(stuck.calendar, calendars))
        case TriggerPart(rate=rate) if rate is not None:
            return Rate(
                of=codes(rate.of),
                among=codes(rate.among),
                window=rate.window,
                above=rate.above,
                clear_below=rate.above / 2 if rate.clear_below is None else rate.clear_below,
                least=rate.min,
                by=rate.by or "",
            )
        case TriggerPart(quiet=quiet) if quiet is not None:
            return Quiet(quiet.for_, _calendar(quiet.calendar, calendars))
        case TriggerPart(schedule=schedule) if schedule is not None:
            return Schedule(schedule.at, schedule.days)
        case TriggerPart(internal=kinds) if kinds is not None:
            return Internal(frozenset(listed(kinds)))
        case TriggerPart(status=words) if words is not None:
            found = _of_status(words)
            return StatusTrigger(found.codes, found.unknown, when.after, _calendar(when.calendar, calendars))
        case TriggerPart(replaced_shipment=True):
            return ReplacedShipment()
    return NewShipment()


def codes(words: str | list[str]) -> frozenset[str]:
    """Return the codes of statuses; `unknown` has none."""
    return frozenset(code(word) for word in listed(words) if word != status.UNKNOWN)


def code(word: str) -> str:
    """Return the code of a status; a letter stands for itself."""
    return status.CODES.get(word, word)


def clauses(part: MatchPart) -> Iterator[Clause]:
    """Yield the lines of a `match` that speak of fields."""
    for field in FIELDS:
        wanted = getattr(part, field)
        if field == "status" and wanted is not None:
            wanted = [status.name(code(word)) for word in listed(wanted)]  # an order has one name for it
        if wanted is not None:
            yield Clause(field, _test(wanted))
    yield from _attribute_clauses("attributes", part.attributes)


def _of_status(words: str | list[str]) -> StatusTrigger:
    return StatusTrigger(codes(words), unknown=status.UNKNOWN in listed(words))


def _calendar(name: str | None, calendars: Mapping[str, Hours]) -> Hours | None:
    return None if name is None else calendars[name]


def _attribute_clauses(field: str, block: Mapping[str, object]) -> Iterator[Clause]:
    for key, wanted in block.items():
        if isinstance(wanted, dict):
            yield from _attribute_clauses(f"{field}.{key}", wanted)
        else:
            yield Clause(f"{field}.{key}", _test(wanted))


def _test(wanted: object) -> OneOf | Range:
    if isinstance(wanted, RangePart):
        return Range(above=wanted.above, below=wanted.below, at_least=wanted.min, at_most=wanted.max)
    return OneOf(tuple(wanted) if isinstance(wanted, list) else (wanted,))  # type: ignore[arg-type]
