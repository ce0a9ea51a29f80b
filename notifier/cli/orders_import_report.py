"""What `notifier orders import` says of a file: what became of it, line by line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import click

from notifier.cli import output
from notifier.contacts import table
from notifier.contacts.columnnames import IGNORED
from notifier.contacts.entry import Entry, OrderFile
from notifier.contacts.merging import Contradiction
from notifier.core.flaw import Unusable
from notifier.errors import RequestError

SHOWN = 20
"""Lines of each kind that are shown on the screen, at most."""


@dataclass
class Report:
    """What became of a file; `unusable` are the numbers of lines, and what could not be used of each."""

    accepted: int = 0
    new: int = 0
    released: int = 0
    brought_back: list[str] = field(default_factory=list)
    refused: list[tuple[Entry, str]] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    unusable: list[tuple[int, Unusable]] = field(default_factory=list)


def meaning(field: str) -> str:
    """Return what a column is, in a word."""
    return "left out" if field == IGNORED else field


def tell(report: Report, name: str, orders: OrderFile, *, dry_run: bool, as_json: bool) -> None:
    """Print what became of the orders of a file.

    Args:
        name: the file's.
    """
    if as_json:
        output.as_json(
            {
                "dry_run": dry_run,
                "columns": {column.name: column.field for column in orders.columns},
                "accepted": report.accepted,
                "new": report.new,
                "released": report.released,
                "brought_back": report.brought_back,
                "contradictions": [
                    {"line": c.number, "before": c.before, "field": c.field} for c in report.contradictions
                ],
                "unusable": [{"line": number, **asdict(flaw)} for number, flaw in report.unusable],
                "refused": [{"line": e.number, "reason": reason} for e, reason in report.refused],
            }
        )
        return
    for entry, reason in report.refused[:SHOWN]:
        output.error(f"{name}:{entry.number}: {reason}")
    if len(report.refused) > SHOWN:
        output.error(
            f"… and {len(report.refused) - SHOWN:,} more; --refused FILE or --json tells all of them"
        )
    for number, flaw in report.unusable[:SHOWN]:
        said = table.reason(orders.columns, RequestError(flaw.field, flaw.message))
        output.warning(f"{name}:{number}: {said}; it is left out")
    if len(report.unusable) > SHOWN:
        output.warning(f"… and {len(report.unusable) - SHOWN:,} more that are left out; --json tells all")
    for one in report.contradictions[:SHOWN]:
        words = f"is not what line {one.before} says of the same order; this one counts"
        said = table.reason(orders.columns, RequestError(one.field, words))
        output.warning(f"{name}:{one.number}: {said}")
    if len(report.contradictions) > SHOWN:
        more = output.counted(len(report.contradictions) - SHOWN, "more contradiction")
        output.warning(f"… and {more}; --json tells all")
    if count := len(report.brought_back):
        shown = ", ".join(map(output.plain, report.brought_back[:SHOWN]))
        more = " and more; --json tells all" if count > SHOWN else ""
        what = "order had been forgotten and is" if count == 1 else "orders had been forgotten and are"
        output.warning(f"{count:,} {what} known again: {shown}{more}")
    refused = f"{output.counted(len(report.refused), 'line')} refused"
    if dry_run:
        click.echo(f"{output.counted(report.accepted, 'order')} can be registered; {refused}")
        return
    decided = f"; {report.released:,} waiting update{'s are' if report.released != 1 else ' is'} decided now"
    click.echo(
        f"{output.counted(report.accepted, 'order')} registered, {report.new:,} of them new; {refused}"
        f"{decided if report.released else ''}"
    )
