"""`notifier worker`: the configuration in force, the decider and the sender."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from notifier.bootstrap.database import open_store
from notifier.bootstrap.files import read_files
from notifier.channels.gateway import Gateway
from notifier.config import cautions
from notifier.config.rulefile import Loaded
from notifier.config.settings import Settings, read_settings
from notifier.contacts.remote import Remote
from notifier.core import acknowledge as taking
from notifier.core.clock import Reading
from notifier.core.reason import Reason
from notifier.core.rules import Category, RuleSet
from notifier.core.signing import for_reader
from notifier.core.unsubscribe import link
from notifier.errors import ConfigError, Problem, RulesError
from notifier.service.decider import Decider
from notifier.service.dispatcher import Dispatcher
from notifier.service.edits import Edits
from notifier.service.liveness import worker_name
from notifier.service.lookups import Lookups
from notifier.service.machine import Machine
from notifier.service.running import Reloader, Running
from notifier.service.sender import Sender
from notifier.service.timekeeper import Timekeeper
from notifier.service.upkeep import Upkeep
from notifier.service.worker import Worker


@dataclass(frozen=True, slots=True)
class Examined:
    """What rules, templates and channels come to: mistakes, oversights, and what could be run but for these.

    `running` is None if the rules or the templates cannot be read at all.
    """

    running: Running | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def load_running(settings: Settings, environ: Mapping[str, str]) -> Running:
    """Read rules, templates and channels anew, all or nothing.

    A channel whose URL Apprise refuses is paused with a warning, like one whose
    URL is not set.

    Raises:
        RulesError: with the problems of rules and templates alike.
    """
    examined = examine(settings, environ)
    if examined.running is None or examined.problems:
        raise RulesError(list(examined.problems))
    return examined.running


def examine(settings: Settings, environ: Mapping[str, str]) -> Examined:
    """Read rules, templates and channels, and find out as much as can be at once, whatever is wrong."""
    loaded, templates, problems = read_files(settings, environ)
    if loaded is None:
        return Examined(None, tuple(problems), ())
    ruleset = loaded.ruleset
    gateway = Gateway(ruleset.channels, ruleset.shop.name, settings.http_sink)
    # What lacks a value is told already; without it the rest cannot be judged.
    refused = {name: text for name, text in gateway.problems().items() if not ruleset.channels[name].paused}
    problems += _without_unsubscribe(loaded, settings)
    warnings = tuple(sorted([*loaded.warnings, *cautions.refused(refused, loaded.tree)]))
    running = None
    if templates is not None:
        running = Running(
            _paused(ruleset, refused),
            templates,
            gateway,
            Remote(ruleset.sources),
            warnings,
            settings.public_url or "",
            replace(loaded.parts, templates=templates.fingerprints),
        )
    return Examined(running, tuple(problems), warnings)


def _clocks() -> Reading:
    # Unlike the monotonic clock, this one goes on while the machine sleeps (clock_gettime(2)).
    return Reading(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME))


_REREAD = ("NOTIFIER_PUBLIC_URL", "NOTIFIER_HTTP_SINK")
"""What a reload takes from the files that `…_FILE` names; for all else the worker is started anew."""


def reread(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """Return the settings with what the files that they name hold now, as far as a reload can change it.

    Raises:
        RulesError: a file cannot be read or used.
    """
    names = {form for name in _REREAD for form in (name, f"{name}_FILE")}
    try:
        now = read_settings({name: value for name, value in environ.items() if name in names})
    except ConfigError as error:
        raise RulesError([Problem("settings", 0, 0, text) for text in str(error).splitlines()]) from None
    return replace(settings, public_url=now.public_url, http_sink=now.http_sink)


def make_worker(settings: Settings, environ: Mapping[str, str]) -> Worker:
    """Return the worker; its `run` blocks until it is stopped.

    Raises:
        RulesError: there are no usable rules to begin with.
        StoreError: the database cannot be opened.
    """
    store = open_store(settings)
    name = worker_name()
    reloader = Reloader(
        lambda: load_running(reread(settings, environ), environ),
        Edits([settings.rules, settings.templates], time.monotonic),
        store,
        time.time,
    )
    key = store.key()

    def rules() -> RuleSet:
        return reloader.current.ruleset

    def unsubscribe(message_id: str) -> str:
        return link(reloader.current.public_url, key, message_id)

    def acknowledge(message: int) -> str:
        shop = rules().shop
        made = taking.link(reloader.current.public_url, key, message)
        return for_reader(made, shop.locale, shop.timezone)

    sender = Sender(store, lambda: reloader.current, name, time.time, random.random, unsubscribe, acknowledge)
    return Worker(
        store,
        reloader,
        Decider(store, rules, name, time.time),
        Lookups(store, lambda: reloader.current, name, time.time, random.random),
        sender,
        Dispatcher(store, sender, rules, time.time, settings.concurrency),
        Timekeeper(store, rules, time.time),
        Upkeep(store, rules, time.time),
        Machine(store, _clocks),
        time.time,
    )


def _without_unsubscribe(loaded: Loaded, settings: Settings) -> list[Problem]:
    """Return a problem for each marketing rule whose mails could carry no unsubscribe link (RFC 8058)."""
    if settings.public_url is not None:
        return []
    text = "sends marketing, which needs NOTIFIER_PUBLIC_URL for its unsubscribe link"
    hint = "set it to the https address under which customers reach this server"
    return [
        loaded.tree.problem(("rules", position, "category"), f"rule {rule.id} {text}", hint)
        for position, rule in enumerate(loaded.ruleset.rules)
        if rule.category is Category.MARKETING
    ]


def _paused(ruleset: RuleSet, refused: Mapping[str, str]) -> RuleSet:
    channels = {
        name: replace(channel, paused=Reason.NOT_CONFIGURED) if name in refused else channel
        for name, channel in ruleset.channels.items()
    }
    return replace(ruleset, channels=channels)
