"""What happened in a simulated world, as lines for people."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.core.alert import AlertState
from notifier.core.message import Message, Rendered, State
from notifier.core.reason import EXPLAINED, Reason
from notifier.core.rules import MISSING_CONTACT
from notifier.core.situation import Decision
from notifier.simulation.journal import (
    Alerted,
    Arrived,
    Awaited,
    Entry,
    Happened,
    Judged,
    Told,
    Tried,
    Vain,
)
from notifier.simulation.moments import shown
from notifier.store.protocol import Receipt

FIRST_WORDS = 70
"""Characters of a message's words that are shown."""

_TAG = re.compile(r"<[^>]+>")
_GAP = re.compile(r"\s+")


class LineKind(StrEnum):
    """What a line is about."""

    UPDATE = "update"
    VERDICT = "verdict"
    TIMER = "timer"
    MESSAGE = "message"
    DROPPED = "dropped"
    ALERT = "alert"
    EVENT = "event"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `at` is Unix seconds UTC."""

    at: float
    kind: LineKind
    text: str


def timeline(journal: Sequence[Entry], waiting: Sequence[Message], zone: str) -> list[Line]:
    """Return what happened, line by line, and what waits at the end.

    Args:
        zone: the shop's, for the times within lines.
    """
    lines = [line for entry in journal for line in _lines(entry, zone)]
    for message in waiting:
        why = "held by the brake" if message.state is State.HELD else f"due {shown(message.due_at, zone)}"
        text = f"{message.send.channel} of {message.rule}{_about(message.ref)} still waits: {why}"
        lines.append(Line(message.due_at, LineKind.WAITS, text))
    return lines


def first_words(rendered: Rendered | None) -> str:
    """Return how a message begins: its subject, or its first words."""
    if rendered is None:
        return ""
    text = rendered.subject or rendered.sms or html.unescape(_TAG.sub(" ", rendered.chat)) or rendered.text
    text = _GAP.sub(" ", text).strip()
    return text if len(text) <= FIRST_WORDS else f"{text[: FIRST_WORDS - 1]}…"


def message_line(told: Told) -> str:
    """Return a message in one line."""
    to = f" to {told.recipient}" if told.recipient else ""
    about = _about(", ".join(filter(None, told.refs)) or told.ref)
    many = f", with {told.merged} more" if told.merged else ""
    said = first_words(told.rendered)
    shadow = " (made for show, not sent)" if told.state is State.SHADOWED else ""
    return f"{told.channel}{to}: {told.rule}{about}{many}{shadow}" + (f' "{said}"' if said else "")


def _lines(entry: Entry, zone: str) -> Iterator[Line]:
    match entry:
        case Arrived(at, update, receipt):
            parcels = ", ".join(s.key for s in update.shipments)
            told = "" if abs(update.happened_at - at) < 1 else f", of {shown(update.happened_at, zone)}"
            what = {Receipt.DUPLICATE: " (known already)", Receipt.HELD: " (held: the order is not known)"}
            text = f"{update.update.ref} {update.status}{told}{f' [{parcels}]' if parcels else ''}"
            yield Line(at, LineKind.UPDATE, text + what.get(receipt, ""))
        case Judged():
            for decision in filter(_says_something, entry.decisions):
                yield Line(entry.at, LineKind.VERDICT, _verdict(decision))
        case Awaited(at, timer):
            due = shown(timer.due_at, zone)
            yield Line(at, LineKind.TIMER, f"{timer.rule} {timer.kind.value}{_about(timer.about)}: {due}")
        case Tried(at, message, again_at):
            text = f"{message.send.channel}: {message.rule} failed; again {shown(again_at, zone)}"
            yield Line(at, LineKind.DROPPED, text)
        case Told():
            yield _ending(entry)
        case Alerted(at, alert):
            why = f": {alert.why}" if alert.state is AlertState.RESOLVED and alert.why else ""
            text = f"{alert.rule}{_about(alert.key)} {alert.state.value} ({alert.severity.value}){why}"
            yield Line(at, LineKind.ALERT, text)
        case Happened(at, event):
            text = " ".join(filter(None, [event.kind, event.subject, event.detail]))
            yield Line(at, LineKind.EVENT, text)
        case Vain(at, text):
            yield Line(at, LineKind.EVENT, text)


def _ending(told: Told) -> Line:
    if told.state in (State.DELIVERED, State.SHADOWED):
        return Line(told.at, LineKind.MESSAGE, message_line(told))
    why = EXPLAINED[told.reason] if told.reason else ""
    detail = f" ({told.message.detail})" if told.message.detail else ""
    text = f"{told.channel}: {told.rule}{_about(told.ref)} {told.state.value}: {why}{detail}"
    return Line(told.at, LineKind.DROPPED, text)


def _says_something(decision: Decision) -> bool:
    """Tell whether a verdict is worth a line: not if the rule waits for other news, or nobody was missed."""
    if decision.rule == MISSING_CONTACT:
        return decision.reason is not Reason.NO_MATCH
    return decision.reason is not Reason.OTHER_STATUS


def _verdict(decision: Decision) -> str:
    if decision.reason is Reason.FIRED:
        return f"{decision.rule} fires: {decision.detail}"
    is_shown = decision.detail and decision.reason is not Reason.SCHEDULED  # its timer has a line
    detail = f" ({decision.detail})" if is_shown else ""
    fires = "fires" if decision.fired else "does not"
    return f"{decision.rule} {fires}: {EXPLAINED[decision.reason]}{detail}"


def _about(ref: str) -> str:
    return f" [{ref}]" if ref else ""
