"""`notifier test`: the tests beside the rules, with a simulated clock and no network."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from notifier.bootstrap.trials import Bench, load_bench
from notifier.cli import output
from notifier.config.casefile import beside, load_cases
from notifier.config.model.cases import CasePart
from notifier.config.settings import read_settings
from notifier.errors import NotFound, Problem, RulesError
from notifier.simulation.moments import shown
from notifier.simulation.timeline import Line, LineKind
from notifier.simulation.trial import Trial, run

_COLOURS: dict[LineKind, dict[str, Any]] = {
    LineKind.UPDATE: {"bold": True},
    LineKind.VERDICT: {"dim": True},
    LineKind.TIMER: {"fg": "blue"},
    LineKind.MESSAGE: {"fg": "green"},
    LineKind.DROPPED: {"fg": "yellow"},
    LineKind.ALERT: {"fg": "magenta"},
    LineKind.EVENT: {"fg": "cyan"},
    LineKind.WAITS: {"fg": "yellow"},
}


@dataclass(frozen=True, slots=True)
class _Run:
    """One test that was run, and the file that it is from."""

    file: Path
    trial: Trial


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(dir_okay=False, path_type=Path))
@click.option("-k", "wanted", default="", metavar="NAME", help="Run only tests with this in their name.")
@click.option("--verbose", "-v", is_flag=True, help="Show what happened in tests that pass as well.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the results as JSON, for CI; times are Unix seconds."
)
def test(files: tuple[Path, ...], wanted: str, verbose: bool, as_json: bool) -> None:
    """Run the tests in rules.test.yaml, which stands beside rules.yaml, or in the FILEs.

    Rules and templates are the real ones; the clock is simulated, nothing is sent, and no
    database, network or secret is needed. Of a test that fails it shows what happened instead.

    Exit code 0 if all tests pass, 1 if one fails, 66 if none has that name, 78 if the tests,
    the rules or the templates cannot be used.

    \b
    Examples:  notifier test
               notifier test -k night -v
    """
    settings = read_settings(os.environ)
    bench = load_bench(settings)
    began = time.monotonic()
    cases = _load(files or (beside(settings.rules),), bench)
    chosen = [(file, case) for file, case in cases if wanted.lower() in case.name.lower()]
    if not chosen:
        raise NotFound(f"no test has {wanted} in its name")
    runs = [_Run(file, run(case, bench.ruleset, bench.templates, bench.kinds)) for file, case in chosen]
    if as_json:
        output.as_json(_as_data(runs))
    else:
        _tell(runs, bench.ruleset.shop.timezone, time.monotonic() - began, verbose=verbose)
    sys.exit(0 if all(one.trial.passed for one in runs) else 1)


def _load(files: tuple[Path, ...], bench: Bench) -> list[tuple[Path, CasePart]]:
    """Return the tests of all files. Raises RulesError with the problems of all."""
    found: list[tuple[Path, CasePart]] = []
    problems: list[Problem] = []
    for file in files:
        try:
            found += [(file, case) for case in load_cases(file, bench.ruleset, bench.templates.names)]
        except RulesError as error:
            problems += error.problems
    if problems:
        raise RulesError(problems)
    return found


def _tell(runs: list[_Run], zone: str, seconds: float, *, verbose: bool) -> None:
    file = None
    for one in runs:
        if one.file != file:
            file = one.file
            click.echo(click.style(str(file), bold=True))
        _tell_trial(one.trial, zone, verbose=verbose)
    passed = sum(one.trial.passed for one in runs)
    failed = len(runs) - passed
    counted = [click.style(f"{passed} passed", fg="green", bold=True)] if passed else []
    counted += [click.style(f"{failed} failed", fg="red", bold=True)] if failed else []
    click.echo(f"{', '.join(counted)} in {seconds:.2f} s")


def _tell_trial(trial: Trial, zone: str, *, verbose: bool) -> None:
    mark = click.style("ok  ", fg="green") if trial.passed else click.style("FAIL", fg="red", bold=True)
    click.echo(f"  {mark}  {output.plain(trial.name)}")
    for failure in trial.failures:
        first, *more = failure.splitlines()
        click.echo(f"        {click.style(output.plain(first), fg='red')}")
        for said in more:
            click.echo(f"          {output.plain(said)}")
    if verbose or not trial.passed:
        before = ""
        for line in trial.lines:
            at = shown(line.at, zone)
            click.echo(_shown(line, at if at != before else ""))
            before = at


def _shown(line: Line, at: str) -> str:
    text = click.style(output.plain(line.text), **_COLOURS[line.kind])
    return f"        {at:<23}  {line.kind.value:<8} {text}"


def _as_data(runs: list[_Run]) -> dict[str, object]:
    return {
        "ok": all(one.trial.passed for one in runs),
        "passed": sum(one.trial.passed for one in runs),
        "failed": sum(not one.trial.passed for one in runs),
        "tests": [
            {
                "file": str(one.file),
                "name": one.trial.name,
                "ok": one.trial.passed,
                "failures": list(one.trial.failures),
                "timeline": [
                    {"at": line.at, "kind": line.kind.value, "text": line.text} for line in one.trial.lines
                ],
            }
            for one in runs
        ],
    }
