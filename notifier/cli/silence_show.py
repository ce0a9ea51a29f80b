"""How `notifier silence` shows silences."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from notifier.cli import output
from notifier.cli.alerts_moving import about
from notifier.cli.waiting import local
from notifier.core.alert import FOREVER, Alert, Labels, Silence
from notifier.service import silencing

MOST_COVERED = 10
"""Open alerts that are listed, of those that a silence covers."""

_STATES = {"in force": "yellow", "over": "dim"}


def made(one: Silence, zone: str, covered: Sequence[Alert]) -> None:
    """Print what a silence stops, until when, and which of the open alerts that is about."""
    stops, now = output.plain(silencing.stops(one)), time.time()
    begin = f" from {local(one.starts_at, zone)}" if one.starts_at > now else ""
    if one.hours is None:
        click.echo(f"silence {one.id}: {stops} stay unsaid{begin} until {local(one.ends_at, zone)}")
    else:
        until = f" until {local(one.ends_at, zone)}" if one.ends_at < FOREVER else ""
        hours = silencing.recurs(one.hours, zone)
        click.echo(f"silence {one.id}: {stops} stay unsaid {hours}{begin}{until}")
        click.echo(f"  {_when(one, now)}")
    for alert in covered[:MOST_COVERED]:
        click.echo(f"  open now, and quiet: alert {alert.id} ({alert.rule}, {output.plain(about(alert))})")
    if len(covered) > MOST_COVERED:
        click.echo(f"  and {len(covered) - MOST_COVERED} more: notifier alerts")
    if not one.customers:
        click.echo("  customers are told as ever")
    click.echo(f"  end it: notifier silence end {one.id}", err=True)


def state(one: Silence, now: float) -> str:
    """Return whether it is in force, to come or over."""
    if one.is_in_force(now):
        return "in force"
    return "over" if one.begins_at(now) is None else "to come"


def _when(one: Silence, now: float) -> str:
    """Say until when it is in force, or when it is next."""
    if one.is_in_force(now):
        return f"in force until {output.moment(one.quiet_until(now))}"
    begin = one.begins_at(now)
    return "never again" if begin is None else f"next {output.moment(begin)}"


def _until(one: Silence, now: float, zone: str) -> str:
    """Return the end of one that does not recur; of another its hours, and when it is in force."""
    if one.hours is None:
        return output.moment(one.ends_at)
    return f"{silencing.recurs(one.hours, zone)}\n{_when(one, now)}"


def _authors(one: Silence) -> str:
    """Say who made it, and who changed it last."""
    if not one.edited_by:
        return one.author
    return f"{one.author}, changed by {'the same' if one.edited_by == one.author else one.edited_by}"


def _matchers(about_: Labels) -> str:
    return " ".join(f"{field}={','.join(values)}" for field, values in about_.items()) or "everything"


def listed(found: Sequence[Silence], now: float, zone: str) -> None:
    """Print a table of silences; `zone` is the shop's, an IANA name."""
    whom = {True: "everybody", False: "operators"}
    if not output.terminal():
        output.table(
            ("id", "state", "what", "to", "from", "until", "by", "reason"),
            [
                (s.id, state(s, now), _matchers(s.matchers), whom[s.customers], output.moment(s.starts_at),
                 _until(s, now, zone), _authors(s), s.reason)
                for s in found
            ],
        )  # fmt: skip
        return
    rows = [
        (
            s.id,
            state(s, now),
            f"{_matchers(s.matchers)}\nto {whom[s.customers]}",
            _until(s, now, zone),
            f"{s.reason}\n{_authors(s)}",
        )
        for s in found
    ]
    output.table(("id", "state", "what", "until", "reason, by"), rows, _STATES)
