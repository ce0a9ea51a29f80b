"""What is waited for, in words: a contact that is looked up, a channel that is paused, an order, a time."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from notifier.cli import output
from notifier.core.lookup import Lookup, LookupState
from notifier.core.reason import Reason
from notifier.store.protocol import Store
from notifier.store.sending import ChannelState

_MEANT = {Reason.REFUSES_EVERYONE: ", it refuses us, not single recipients:"}
"""What a reason means, where its name does not tell."""

_UNITS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}


def lookup(search: Lookup) -> str:
    """Say where the search for an order's contact is."""
    tries = f"{search.attempts} attempt{'s' * (search.attempts != 1)}"
    said = f": {output.plain(search.detail)}" if search.detail else ""
    match search.state:
        case LookupState.DUE if not search.attempts:
            return f"being looked up since {output.moment(search.started_at)}, nobody was asked yet"
        case LookupState.DUE:
            since, due = output.moment(search.started_at), output.moment(search.due_at)
            return f"being looked up since {since}, {tries}, next try {due}{said}"
        case LookupState.FOUND:
            return f"found {output.moment(search.found_at)} by {search.source or 'a source'}{said}"
        case LookupState.MISSING:
            return f"no source has it, asked {output.moment(search.ended_at)}{said}"
        case LookupState.NOT_NEEDED:
            return f"not looked up, as the shop had registered enough by {output.moment(search.ended_at)}"
        case LookupState.GAVE_UP:
            return f"gave up {output.moment(search.ended_at)} after {tries}{said}"


def pause(channel: ChannelState) -> str:
    """Say that a channel is paused, why, and until when."""
    by_hand = channel.reason is Reason.PAUSED_BY_HAND
    then = f"until `notifier channels resume {channel.name}`" if by_hand else "until that is mended"
    if channel.until:
        then = f"{'until' if by_hand else 'next try'} {output.moment(channel.until)}"
    return f"channel {channel.name} is paused since {output.moment(channel.since)}: {why(channel)}; {then}"


def why(channel: ChannelState) -> str:
    """Return the reason of a pause, and the words of the service."""
    return f"{channel.reason}{_MEANT.get(channel.reason, '')} {output.plain(channel.detail)}".rstrip()


def worker(store: Store) -> None:
    """Warn where nobody decides and sends: then everything waits, whatever else is said of it."""
    if not store.is_attended():
        output.warning("no worker is running: nothing is decided or sent until one is started")


def registration(ref: str) -> str:
    """Say how the shop makes an order known."""
    return f"PUT /orders/{quote(ref, safe='')}"


def local(seconds: float, zone: str) -> str:
    """Return a time for people with its weekday, and the time in `zone` where that is another."""
    there = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    shown = output.moment(seconds)
    if there.isoformat(" ", "seconds").replace("+00:00", "Z") == shown:
        return f"{shown} ({there:%a})"
    return f"{shown} ({there:%a %H:%M} {zone})"


def span(seconds: float) -> str:
    """Return a length of time in its two largest units, such as `3 d 4 h`; `0 s` for none."""
    left = max(0, int(seconds))
    parts: list[str] = []
    for unit, size in _UNITS.items():
        number, left = divmod(left, size)
        if number or parts:
            parts.append(f"{number} {unit}" if number else "")
    return " ".join(filter(None, parts[:2])) or "0 s"
