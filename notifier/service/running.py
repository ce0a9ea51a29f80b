"""The configuration in force, and its reload: checked whole, then swapped whole.

Everything that can fail happens before the swap. A broken file leaves the old
rules, templates and channels at work; it is reported in the log and put on record,
once for all that is wrong with it.

A channel that a service refused (wrong password, no credit) rests, and so does
a source of contacts that is down; when the worker starts or takes up new rules
both are tried again at once, because that is what somebody does who has mended it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from notifier.channels.gateway import Gateway
from notifier.contacts.remote import Remote
from notifier.core.difference import Parts, difference
from notifier.core.reason import Reason
from notifier.core.rules import RuleSet
from notifier.errors import Problem, RulesError, StoreError
from notifier.render.templates import Templates
from notifier.service.edits import Edits
from notifier.store.protocol import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Running:
    """One version of rules, templates, channels and sources, with what was worth a warning.

    `public_url` is where customers reach the web process, "" if nowhere; `parts` tell
    it from another version.
    """

    ruleset: RuleSet
    templates: Templates
    gateway: Gateway
    remote: Remote
    warnings: tuple[Problem, ...] = ()
    public_url: str = ""
    parts: Parts = field(default_factory=Parts)


class Reloader:
    """Holds the configuration in force; used by one thread, but for `current`.

    Args:
        load: reads everything anew. Raises RulesError with every mistake.
        edits: of the files that are read.
        store: told which rules are in force, and which channels are not configured, so that
            their messages wait.
        clock: returns Unix seconds UTC.

    Raises:
        RulesError: there is no configuration to begin with.
    """

    def __init__(
        self, load: Callable[[], Running], edits: Edits, store: Store, clock: Callable[[], float]
    ) -> None:
        self._load = load
        self._edits = edits
        self._store = store
        self._clock = clock
        self._warned: set[str] = set()
        self._refused: tuple[str, ...] = ()
        self._announced: Running | None = None
        self._edits.take()
        try:
            self._current = load()
        except RulesError as error:
            with contextlib.suppress(StoreError):  # whoever starts it is told anyway
                store.rulesets.reject([str(problem) for problem in error.problems], clock())
            raise
        self._announce()

    @property
    def current(self) -> Running:
        """The configuration in force."""
        return self._current

    @property
    def is_edited(self) -> bool:
        """Whether there is an edit that has not come to rest."""
        return self._edits.moving

    def look(self) -> bool:
        """Reload if an edit has come to rest; to be called all the time. Returns what `check` does."""
        return self._edits.at_rest() and self.check()

    def check(self, *, force: bool = False) -> bool:
        """Reload if a file changed (or `force`); return whether the configuration was swapped.

        Raises:
            StoreError: the database could not be told; the next call tells it again.
        """
        if not self._edits.take() and not force:
            return False
        try:
            try:
                new = self._load()
            except RulesError as error:
                self._refuse(tuple(map(str, error.problems)), say_again=force)
                return False
            before, self._current = self._current, new
            before.gateway.close()
            self._announce()
        except StoreError:
            self._edits.forget()
            raise
        return True

    def close(self) -> None:
        """Let go of channels and files."""
        self._current.gateway.close()
        self._edits.close()

    def _refuse(self, problems: tuple[str, ...], *, say_again: bool) -> None:
        """Say what is wrong, unless it is what was said last, and put it on record."""
        if problems != self._refused or say_again:
            for problem in problems:
                log.error(
                    "rules not taken up; the old rules stay in force",
                    problem=problem,
                    fingerprint=self._current.ruleset.fingerprint,
                )
        self._refused = problems
        self._store.rulesets.reject(problems, self._clock())

    def _announce(self) -> None:
        """Say what is new, and tell the database what follows from it for everybody."""
        ruleset = self._current.ruleset
        self._refused = ()
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
        judged = [rule.id for rule in ruleset.judged if not rule.is_about_shop]
        of_shop = [rule.id for rule in ruleset.judged if rule.is_about_shop]
        self._store.rulesets.take_up(
            ruleset.fingerprint, judged, now, ruleset.shop.timezone, shop_rules=of_shop
        )
        self._tell()

    def _tell(self) -> None:
        """Log what is in force now, and in which parts it differs from what was before."""
        before, self._announced = self._announced, self._current
        ruleset = self._current.ruleset
        of = {"fingerprint": ruleset.fingerprint, "rules": len(ruleset.rules)}
        if before is None:
            log.info("rules loaded", **of)
            return
        said = difference(before.parts, self._current.parts).said()
        what = "rules reloaded" if said else "rules reloaded; nothing changed"
        log.info(what, **of, before=before.ruleset.fingerprint, **said)

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
