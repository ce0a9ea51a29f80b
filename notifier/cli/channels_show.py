"""How `notifier channels` shows what it found: JSON, rows in a pipe, a few lines each on a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import click

from notifier.cli import output, waiting
from notifier.core.channel import Audience, Channel
from notifier.core.event import Event
from notifier.core.history import Attempt
from notifier.core.quota import Quota
from notifier.core.retry import said
from notifier.store.sending import ChannelRecord, ChannelState

EVENTS = 3
"""Newest events that are shown of each channel on a terminal."""

COLUMNS = (
    *("channel", "service", "for", "state", "since", "until", "because"),
    *("due", "later", "sending", "unknown", "failed", "last hour", "last day", "rate", "budget"),
    *("last success", "last failure", "why"),
)
"""The table in a pipe."""

_UNITS = {1.0: "s", 60.0: "min", 3_600.0: "h", 86_400.0: "day"}


@dataclass(frozen=True, slots=True)
class View:
    """One channel as rules.yaml (None if it is not there) and the database know it."""

    name: str
    channel: Channel | None
    rests: tuple[ChannelState, ...]
    record: ChannelRecord
    events: tuple[Event, ...] = ()

    @property
    def rate(self) -> Quota | None:
        """Its limit of attempts."""
        return self.channel.rate if self.channel else None

    @property
    def budget(self) -> Quota | None:
        """Its limit of deliveries."""
        return self.channel.budget if self.channel else None


def show(views: Sequence[View], now: float, *, as_json: bool) -> None:
    """Print all channels; `now` is Unix seconds UTC."""
    if as_json:
        output.as_json([_for_json(view) for view in views])
    elif output.terminal():
        for number, view in enumerate(views):
            if number:
                click.echo()
            _print_story(view, now)
    else:
        _print_rows(views, now)


def _print_rows(views: Sequence[View], now: float) -> None:
    output.table(
        COLUMNS,
        [
            (
                v.name, _service(v), v.channel.audience if v.channel else "-", _state(v, now),
                *_pause(v),
                v.record.due, v.record.later, v.record.sending, v.record.unknown, v.record.failed,
                v.record.delivered_last_hour, v.record.delivered_last_day,
                _used(v.record.rate_used, v.rate),
                _used(v.record.budget_used, v.budget),
                _when(v.record.last_success), _when(v.record.last_failure), _why(v.record.last_failure),
            )
            for v in views
        ],
    )  # fmt: skip


def _print_story(view: View, now: float) -> None:
    """Tell of one channel in a few lines that fit any terminal."""
    record, channel = view.record, view.channel
    up = not view.rests
    colour = "green" if up else "yellow" if _state(view, now) == "probing" else "red"
    whom = f" for {'customers' if channel.audience is Audience.CUSTOMER else 'operators'}" if channel else ""
    title = click.style(view.name, bold=True)
    click.echo(f"{title}  {click.style(_state(view, now), fg=colour)}  {_service(view)}{whom}")
    for state in view.rests:
        _say(rest(state, now, waits=bool(view.record.due or view.record.sending)))
    oldest = f", the oldest for {waiting.span(now - record.oldest_due)}" if record.oldest_due else ""
    _say(f"queue: {record.due} due{oldest}, {record.later} later, {record.sending} in work")
    limits = [
        f"{word} {_used(used, quota)} used"
        for word, used, quota in (
            ("rate", record.rate_used, view.rate),
            ("budget", record.budget_used, view.budget),
        )
        if quota
    ]
    delivered = f"delivered: {record.delivered_last_hour} in an hour, {record.delivered_last_day} in a day"
    _say("; ".join([delivered, *limits]))
    _say(f"last success {_when(record.last_success)}")
    _say(f"last failure {_when(record.last_failure)} {_why(record.last_failure)}")
    for event in view.events[:EVENTS]:
        _say(f"{output.moment(event.at)} {event.kind} {output.plain(event.detail)}".rstrip())
    if record.unknown or record.failed:
        needs = f"{record.unknown} unknown, {record.failed} failed"
        _say(f"needs a person: {needs} (notifier messages --failed)", fg="yellow")


def _say(text: str, **style: Any) -> None:
    """Print a line of a channel's story, as wide as the terminal is."""
    wide = shutil.get_terminal_size().columns
    words = textwrap.wrap(text, wide, initial_indent="  ", subsequent_indent="    ")
    click.echo(click.style("\n".join(words), **style))


def _pause(view: View) -> tuple[str, str, str]:
    """Return since when, until when and why a channel is paused."""
    if not view.rests:
        return "-", "-", ""
    untils = [state.until for state in view.rests]
    until = None if None in untils else max((u for u in untils if u is not None), default=None)
    why = "; ".join(filter(None, (output.plain(state.detail) for state in view.rests)))
    return output.moment(min(state.since for state in view.rests)), output.moment(until), why


def rest(state: ChannelState, now: float, *, waits: bool) -> str:
    """Say why a channel is paused, and what ends it; `waits` tells that messages wait for it."""
    if not state.blocks(now):
        why = waiting.why(state)
        if not waits:
            return f"its next message tries it again, and none is waiting; it was paused by {why}"
        return f"one message tries it again, the others wait; it was paused by {why}"
    return waiting.pause(state)


def _state(view: View, now: float) -> str:
    if not view.rests:
        return "up"
    blocking = [state for state in view.rests if state.blocks(now)]
    return f"paused: {', '.join(state.reason for state in blocking)}" if blocking else "probing"


def _service(view: View) -> str:
    """Return the kind of the service by its URL's scheme: nothing else of a URL is ever shown."""
    if view.channel is None:
        return "not in rules.yaml"
    return f"{urlsplit(view.channel.url).scheme}://" if view.channel.url else "not set"


def _used(used: int | None, quota: Quota | None) -> str:
    if quota is None:
        return "-"
    return f"{used or 0} of {quota.count}/{_UNITS[quota.period]}"


def _when(attempt: Attempt | None) -> str:
    return output.moment(attempt.ended_at if attempt else None)


def _why(attempt: Attempt | None) -> str:
    if attempt is None:
        return ""
    return output.plain(f"{attempt.outcome} {said(attempt.code, attempt.detail)}".strip())


def _for_json(view: View) -> dict[str, object]:
    channel = view.channel
    return {
        "name": view.name,
        "service": _service(view),
        "audience": channel.audience if channel else None,
        "state": "paused" if view.rests else "up",
        "paused": [asdict(state) for state in view.rests],
        "rate": asdict(view.rate) if view.rate else None,
        "budget": asdict(view.budget) if view.budget else None,
        **asdict(view.record),
        "events": [asdict(event) for event in view.events],
    }
