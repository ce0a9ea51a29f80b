"""Two processes that replay recorded history, each with a version of the rules.

Both load their files and read the database themselves, so that nothing large goes to them and
both work at the same time. They are spawned, not forked: a fork copies the locks of threads and
open connections. Each tells how it gets on through a pipe.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeAlias

from notifier.bootstrap.database import open_existing_store
from notifier.bootstrap.worker import load_running
from notifier.config.settings import Settings
from notifier.errors import NotifierError, Problem, RulesError, StoreError
from notifier.simulation.comparison import Run
from notifier.simulation.lead import lead
from notifier.simulation.replaying import Span, as_recorded, play, unconfigured

OFTEN = 500
"""Updates after which a process tells how far it is."""

Report: TypeAlias = Callable[[str, int, int], None]
"""Told how far one side is: its name, updates done, updates in all."""


@dataclass(frozen=True, slots=True)
class Side:
    """One version of rules and templates, as its process has loaded it.

    `zone` is the shop's; `lead` how long something may take until it is told, in seconds;
    `passed_over` are channels that are not configured here, unless none is.
    """

    rules: Path
    fingerprint: str
    zone: str
    lead: float
    passed_over: tuple[str, ...] = ()


class Players:
    """The processes, as the one that started them sees them."""

    def __init__(self, processes: Mapping[str, BaseProcess], pipes: Mapping[str, Connection]) -> None:
        self._processes = processes
        self._pipes = pipes

    def ready(self) -> dict[str, Side]:
        """Return what was loaded. Raises RulesError with the problems of all sides together."""
        sides: dict[str, Side] = {}
        problems: list[Problem] = []
        for name in self._pipes:
            try:
                sides[name] = self._next(name)
            except RulesError as error:
                problems += error.problems
        if problems:
            raise RulesError(list(dict.fromkeys(problems)))
        return sides

    def play(self, span: Span, report: Report) -> dict[str, Run]:
        """Have all of them play, and return what came of it.

        Raises:
            StoreError: the database could not be read.
            NotifierError: one ended before its time.
        """
        runs: dict[str, Run] = {}
        for pipe in self._pipes.values():
            with suppress(OSError):  # one that has ended is noticed below
                pipe.send(span)
        while waiting := [name for name in self._pipes if name not in runs]:
            spoke = wait([self._pipes[name] for name in waiting])
            for name in (name for name in waiting if self._pipes[name] in spoke):
                said = self._next(name)
                if isinstance(said, Run):
                    runs[name] = said
                else:
                    report(name, *said)
        return runs

    def _next(self, name: str) -> Any:
        """Return what one of them says next, or raise what it ended with."""
        try:
            kind, value = self._pipes[name].recv()
        except (EOFError, OSError):
            process = self._processes[name]
            process.join(5)
            text = f"the process that replays the rules {name} the change ended with {process.exitcode}"
            raise NotifierError(text) from None
        if kind is RulesError:
            raise RulesError(value)
        if kind in (StoreError, NotifierError):
            raise kind(value)
        return value


@contextmanager
def playing(sides: Mapping[str, Settings]) -> Iterator[Players]:
    """Start a process for each side; whatever happens, none is left behind."""
    if not os.access(".", os.X_OK):
        # Each process begins in our folder (multiprocessing/spawn.py, prepare); this user may not enter it,
        # as under `runuser` in root's home.
        sides = {name: _with_whole_paths(settings) for name, settings in sides.items()}
        os.chdir("/")
    context = get_context("spawn")
    processes: dict[str, BaseProcess] = {}
    pipes: dict[str, Connection] = {}
    try:
        for name, settings in sides.items():
            ours, theirs = context.Pipe()
            # A daemon ends with the process that started it.
            process: BaseProcess = context.Process(target=_play, args=(settings, theirs), daemon=True)
            process.start()
            theirs.close()
            processes[name], pipes[name] = process, ours
        yield Players(processes, pipes)
    finally:
        for pipe in pipes.values():
            pipe.close()
        for process in processes.values():
            process.terminate()
            process.join()


def _with_whole_paths(settings: Settings) -> Settings:
    return replace(settings, rules=settings.rules.absolute(), templates=settings.templates.absolute())


def _play(settings: Settings, pipe: Connection) -> None:
    """Be one of the processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; who started us ends us
    gc.disable()  # what it makes it keeps to the end: looking through it again and again took a sixth
    try:
        _perform(settings, pipe)
    except RulesError as error:
        pipe.send((RulesError, error.problems))
    except StoreError as error:
        pipe.send((StoreError, str(error)))
    except NotifierError as error:
        pipe.send((NotifierError, str(error)))
    except (BrokenPipeError, EOFError):
        pass  # nobody wants to know any more


def _perform(settings: Settings, pipe: Connection) -> None:
    running = load_running(settings, os.environ)
    running.gateway.close()
    ruleset = as_recorded(running.ruleset)
    zone, over = ruleset.shop.timezone, tuple(sorted(unconfigured(running.ruleset)))
    pipe.send((Side, Side(settings.rules, ruleset.fingerprint, zone, lead(ruleset), over)))
    span: Span = pipe.recv()
    with closing(open_existing_store(settings)) as store:
        stretch = store.past.stretch(span.reads_from, span.reads_until)
        total = len(stretch.update_ids)

        def report(done: int) -> None:
            if done % OFTEN == 0 or done == total:
                pipe.send((int, (done, total)))

        orders, updates = store.past.orders(stretch.refs), store.past.updates(stretch.update_ids)
        run = play(ruleset, orders, updates, span, report)
    pipe.send((Run, run))
