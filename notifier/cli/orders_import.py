"""`notifier orders import`: register the orders of a file."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from notifier.bootstrap.database import open_store
from notifier.cli import output
from notifier.config.settings import read_settings
from notifier.contacts import merging, orderfile, registered, table
from notifier.contacts.columnnames import IGNORED
from notifier.contacts.entry import Entry, OrderFile
from notifier.contacts.merging import Contradiction
from notifier.contacts.orderfile import Format
from notifier.core.contact import Finding
from notifier.errors import NotFound, NotifierError, RequestError, StoreError
from notifier.store.protocol import Store

BATCH = 500
"""Orders that are registered in one transaction: updates wait for it."""

ANOTHER_LINE = "another line of the same order is refused"
"""Why a line is refused that is good in itself."""

SHOWN = 20
"""Lines of each kind that are shown on the screen, at most."""


@dataclass
class _Report:
    """What became of a file."""

    accepted: int = 0
    new: int = 0
    released: int = 0
    brought_back: list[str] = field(default_factory=list)
    refused: list[tuple[Entry, str]] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)


@click.command("import")
@click.argument("file")
@click.option("--format", "kind", type=click.Choice([f.value for f in Format]), help="What FILE holds.")
@click.option(
    "--map", "maps", multiple=True, metavar="COLUMN=FIELD",
    help="What a column of a CSV file is; - to leave it out. May be given several times.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Check everything, and register nothing.")
@click.option(
    "--refused", "refused_path", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write what was refused, with the reasons, to this file: mend it and import it.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_orders(
    file: str,
    kind: str | None,
    maps: tuple[str, ...],
    dry_run: bool,
    refused_path: Path | None,
    as_json: bool,
) -> None:
    """Register the orders in FILE (- for standard input): CSV, JSON or JSON lines.

    A CSV file is UTF-8 and begins with the names of its columns. An order that is
    registered already is replaced; one that was forgotten is known again, and that
    is said. Several lines of one order are put together. Exit code 0 if all were
    taken, 1 if some were refused.

    \b
    Examples:  notifier orders import orders.csv --dry-run
               notifier orders import orders.csv --map Total=attributes.total:number --map Note=-
               notifier orders import orders.csv --refused refused.csv
    """
    try:
        orders = orderfile.read(_bytes(file), file, Format(kind) if kind else None, _mapping(maps))
    except RequestError as error:
        raise RequestError(file, str(error)) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if orders.columns and not as_json:
        output.table(("column", "is"), [(c.name, _meaning(c.field)) for c in orders.columns])
    report = _Report()
    store = None if dry_run else open_store(read_settings(os.environ))
    try:
        with _progress(orders) as advance:
            for done in _registered(orders, store, report):
                advance(done)
    except StoreError:
        output.warning(
            f"{output.counted(report.accepted, 'order')} registered before this; import the file again"
        )
        raise
    finally:
        if store is not None:
            store.close()
    if refused_path is not None and report.refused:
        try:
            output.file(refused_path, orders.mendable(report.refused).encode())
        except NotifierError as error:  # the orders are registered: their report matters more
            output.warning(str(error))
    _tell(report, file, orders, dry_run=dry_run, as_json=as_json)
    sys.exit(1 if report.refused else 0)


def _bytes(name: str) -> bytes:
    try:
        with click.open_file(name, "rb") as file:
            data: bytes = file.read()
    except OSError as error:
        raise NotFound(f"{name} cannot be read: {error.strerror}") from None
    return data


def _mapping(maps: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in maps:
        column, equals, field_name = text.rpartition("=")
        if not equals or not column or not field_name:
            raise click.UsageError(f'--map "{text}": expected COLUMN=FIELD')
        found[column] = field_name.strip()
    return found


def _registered(orders: OrderFile, store: Store | None, report: _Report) -> Iterator[int]:
    """Register the orders in batches; yield how many lines were in each when it is done."""
    each = merging.by_order(orders.entries)
    while batch := list(islice(each, BATCH)):
        now = time.time()
        good = [one for rows in batch if (one := _understood(rows, orders, report, now))]
        if store is not None and good:
            results = store.orders.register(good, now)
            report.new += sum(r.is_new for r in results)
            report.released += sum(r.released for r in results)
            report.brought_back += [ref for (ref, _), r in zip(good, results, strict=True) if r.was_forgotten]
        report.accepted += len(good)
        yield sum(map(len, batch))
    report.refused.sort(key=lambda refused: refused[0].number)


def _understood(
    rows: list[Entry], orders: OrderFile, report: _Report, now: float
) -> tuple[str, Finding] | None:
    """Return the order that these lines are about; None if it is refused, whole, to be mended whole."""
    try:
        if rows[0].problem:
            raise RequestError("", rows[0].problem)
        value, contradictions = merging.merge(rows)
        order = registered.parse_value(value, now)
    except RequestError as error:
        reason, wrong = table.reason(orders.columns, error), merging.to_blame(rows, error.field)
        report.refused += [(row, reason if row is wrong else ANOTHER_LINE) for row in rows]
        return None
    report.contradictions += contradictions
    return order


@contextmanager
def _progress(orders: OrderFile) -> Iterator[Callable[[int], None]]:
    """Show how far it is, on a terminal only; takes how many orders were done since."""
    console = Console(stderr=True)
    columns = ("orders", BarColumn(20), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=orders.count())
        yield lambda done: bar.advance(task, done)


def _meaning(field: str) -> str:
    return "left out" if field == IGNORED else field


def _tell(report: _Report, name: str, orders: OrderFile, *, dry_run: bool, as_json: bool) -> None:
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
    for one in report.contradictions[:SHOWN]:
        words = f"is not what line {one.before} says of the same order; this one counts"
        said = table.reason(orders.columns, RequestError(one.field, words))
        output.warning(f"{name}:{one.number}: {said}")
    if len(report.contradictions) > SHOWN:
        output.warning(f"… and {len(report.contradictions) - SHOWN:,} more contradictions; --json tells all")
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
