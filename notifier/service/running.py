"""The configuration in force, and its reload: checked whole, then swapped whole.

Everything that can fail happens before the swap. A broken file leaves the old
rules, templates and channels at work and is reported in the log.

A channel that a service refused (wrong password, no credit) rests, and so does
a source of contacts that is down; when the worker starts or takes up new rules
both are tried again at once, because that is what somebody does who has mended it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from notifier.channels.gateway import Gateway
from notifier.contacts.remote import Remote
from notifier.core.reason import Reason
from notifier.core.rules import RuleSet
from notifier.errors import Problem, RulesError
from notifier.render.templates import Templates
from notifier.store.protocol import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Running:
    """One version of rules, templates, channels and sources, with what was worth a warning."""

    ruleset: RuleSet
    templates: Templates
    gateway: Gateway
    remote: Remote
    warnings: tuple[Problem, ...] = ()


class Reloader:
    """Holds the configuration in force.

    Args:
        load: reads everything anew. Raises RulesError with every mistake.
        watched: files and folders whose change is a reason to reload.
        store: told which channels are not configured, so that their messages wait.
        clock: returns Unix seconds UTC.

    Raises:
        RulesError: there is no configuration to begin with.
    """

    def __init__(
        self, load: Callable[[], Running], watched: Sequence[Path], store: Store, clock: Callable[[], float]
    ) -> None:
        self._load = load
        self._watched = watched
        self._store = store
        self._clock = clock
        self._seen = self._signature()
        self._warned: set[str] = set()
        self._current = load()
        self._announce("rules loaded")

    @property
    def current(self) -> Running:
        """The configuration in force."""
        return self._current

    def check(self, *, force: bool = False) -> bool:
        """Reload if a watched file changed (or `force`); return whether the configuration was swapped."""
        signature = self._signature()
        if signature == self._seen and not force:
            return False
        self._seen = signature
        try:
            new = self._load()
        except RulesError as error:
            for problem in error.problems:
                log.error(
                    "rules not taken up; the old rules stay in force",
                    problem=str(problem),
                    fingerprint=self._current.ruleset.fingerprint,
                )
            return False
        before, self._current = self._current, new
        before.gateway.close()
        self._seen = ()  # until the database knows: if it fails now, all is told again
        self._announce("rules reloaded")
        self._seen = signature
        return True

    def _announce(self, what: str) -> None:
        """Say what is new, and tell the database what follows from it for everybody."""
        ruleset = self._current.ruleset
        for problem in self._current.warnings:
            if problem.text not in self._warned:
                log.warning(str(problem))
        self._warned = {problem.text for problem in self._current.warnings}
        released = self._store.orders.accept_unknown(ruleset.orders.accepts_unknown)
        if released:
            log.info("held updates released: unknown orders are accepted now", updates=released)
        now = self._clock()
        for source in self._store.sources.down():
            if source.name in ruleset.orders.remote:
                self._store.sources.rest(source.name, now)
            else:
                self._store.sources.remove(source.name)
        self._store.lookups.precede(ruleset.orders.before_registered)
        self._store.lookups.hasten(now)
        self._announce_channels(ruleset, now)
        log.info(what, fingerprint=ruleset.fingerprint, rules=len(ruleset.rules))

    def _announce_channels(self, ruleset: RuleSet, now: float) -> None:
        """Let those rest that cannot be used, and probe the others; what a person paused stays paused."""
        channels = self._store.channels
        for name in {state.name for state in channels.paused()} | set(ruleset.channels):
            channel = ruleset.channels.get(name)
            if channel is None:
                channels.resume(name)
            elif channel.paused:
                channels.pause(name, channel.paused, None, "", now)
            else:
                # Whether a budget is used up shows with the next claim; without one it cannot be.
                unlimited = () if channel.budget else (Reason.BUDGET_REACHED,)
                channels.resume(name, (Reason.NOT_CONFIGURED, *unlimited))
                channels.probe(name, now)

    def _signature(self) -> tuple[tuple[str, int, int], ...]:
        return tuple(sorted(_stamps(self._watched)))


def _stamps(paths: Sequence[Path]) -> Iterator[tuple[str, int, int]]:
    """Yield name, time of change in nanoseconds and size of every file; one that is gone counts as empty."""
    for path in paths:
        if path.is_dir():
            for folder, _, names in os.walk(path):
                yield from _stamps([Path(folder, name) for name in names])
            continue
        try:
            stat = path.stat()
        except OSError:
            yield str(path), 0, 0
        else:
            yield str(path), stat.st_mtime_ns, stat.st_size
