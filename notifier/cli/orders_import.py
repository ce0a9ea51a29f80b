"""`notifier orders import`: register the orders of a file."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from notifier.bootstrap.database import open_store
from notifier.cli import output
from notifier.cli.orders_import_report import Report, meaning, tell
from notifier.config.settings import read_settings
from notifier.contacts import merging, orderfile, registered, table
from notifier.contacts.entry import Entry, OrderFile
from notifier.contacts.orderfile import Format
from notifier.core.contact import Finding
from notifier.errors import NotFound, NotifierError, RequestError, StoreError
from notifier.store.protocol import Store

BATCH = 500
"""Orders that are registered in one transaction: updates wait for it."""

ANOTHER_LINE = "another line of the same order is refused"
"""Why a line is refused that is good in itself."""


@click.command("import")
@click.argument("file")
@click.option("--format", "kind", type=click.Choice([f.value for f in Format]), help="What FILE holds.")
@click.option(
    "--map", "maps", multiple=True, metavar="COLUMN=FIELD",
    help="What a column of a CSV file is; - to leave it out. May be given several times.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Refuse an order that has any part which cannot be used.")
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
    strict: bool,
    dry_run: bool,
    refused_path: Path | None,
    as_json: bool,
) -> None:
    """Register the orders in FILE (- for standard input): CSV, JSON or JSON lines.

    A CSV file begins with the names of its columns. An order that is registered
    already is replaced; one that was forgotten is known again, and that is said.
    Several lines of one order are put together. What cannot be used, such as a
    mistyped phone number, is left out and named. Exit code 0 if all orders were
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
        output.table(("column", "is"), [(c.name, meaning(c.field)) for c in orders.columns])
    report = Report()
    store = None if dry_run else open_store(read_settings(os.environ))
    try:
        with _progress(orders) as advance:
            for done in _registered(orders, store, report, strict=strict):
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
    tell(report, file, orders, dry_run=dry_run, as_json=as_json)
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


def _registered(orders: OrderFile, store: Store | None, report: Report, *, strict: bool) -> Iterator[int]:
    """Register the orders in batches; yield how many lines were in each when it is done."""
    each = merging.by_order(orders.entries)
    while batch := list(islice(each, BATCH)):
        now = time.time()
        good = [one for rows in batch if (one := _understood(rows, orders, report, now, strict))]
        if store is not None and good:
            results = store.orders.register(good, now)
            report.new += sum(r.is_new for r in results)
            report.released += sum(r.released for r in results)
            report.brought_back += [ref for (ref, _), r in zip(good, results, strict=True) if r.was_forgotten]
        report.accepted += len(good)
        yield sum(map(len, batch))
    report.refused.sort(key=lambda refused: refused[0].number)
    report.unusable.sort(key=lambda flaw: flaw[0])


def _understood(
    rows: list[Entry], orders: OrderFile, report: Report, now: float, strict: bool
) -> tuple[str, Finding] | None:
    """Return the order that these lines are about; None if it is refused, whole, to be mended whole."""
    try:
        if rows[0].problem:
            raise RequestError("", rows[0].problem)
        value, contradictions = merging.merge(rows)
        flaws = [flaw for row in rows for flaw in row.flaws]
        ref, given = registered.parse_value(value, now, flaws)
        if strict:
            given.strictly()
    except RequestError as error:
        reason, wrong = table.reason(orders.columns, error), merging.to_blame(rows, error.field)
        report.refused += [(row, reason if row is wrong else ANOTHER_LINE) for row in rows]
        return None
    report.contradictions += contradictions
    report.unusable += [(merging.to_blame(rows, flaw.field).number, flaw) for flaw in given.unusable]
    return ref, given.finding


@contextmanager
def _progress(orders: OrderFile) -> Iterator[Callable[[int], None]]:
    """Show how far it is, on a terminal only; takes how many orders were done since."""
    console = Console(stderr=True)
    total = orders.count() if console.is_terminal else None
    columns = ("orders", BarColumn(20), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)
