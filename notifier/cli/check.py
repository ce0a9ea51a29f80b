"""`notifier check`: is everything that an operator edits fit to run?"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache, partial

import click

from notifier.bootstrap.permissions import exposed
from notifier.bootstrap.place import check_place
from notifier.bootstrap.worker import examine
from notifier.cli import check_texts, excerpt, output
from notifier.cli.startup import env_file, forgotten_env_file
from notifier.config.settings import SETTINGS, Settings, read_settings
from notifier.core.channel import Audience
from notifier.core.rules import Category
from notifier.errors import ConfigError, Problem
from notifier.render.declaring import mixed
from notifier.render.gaps import untranslated, wordless
from notifier.render.moments import can_meet
from notifier.render.sample import check_template, check_unsubscribe
from notifier.render.texts import TextSize
from notifier.service.running import Running

STARTS = "the daemon starts all the same"
"""Said of what `check` calls an error although nothing stops because of it."""


@dataclass(slots=True)
class _Findings:
    """Everything found; `texts` are SMS; `summary` says what there is, if the rules could be read."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    texts: list[TextSize] = field(default_factory=list)
    summary: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON, for CI.")
@click.option("--quiet", "-q", is_flag=True, help="Print problems only.")
@click.option("--strict", is_flag=True, help="Let warnings fail as well.")
def check(as_json: bool, quiet: bool, strict: bool) -> None:
    """Check settings, rules, templates and channels, and print every problem with its place and line.

    Renders every template that a rule uses with sample orders. Nothing is sent,
    and no database is made.

    Errors are what keeps the daemon from starting, and what keeps messages
    waiting although it starts: a channel whose variable is not set. Warnings
    are oversights, such as a setting that nobody reads. Exit code 0 if there
    are no errors, 78 if there are.

    \b
    Example:  notifier check && systemctl reload notifier-worker
    """
    found = _Findings()
    settings = _settings(found)
    _rules(settings, found)
    found.errors.sort()
    found.warnings.sort()
    failed = bool(found.errors or (strict and found.warnings))
    if as_json:
        told = [(p, "error") for p in found.errors] + [(p, "warning") for p in found.warnings]
        shown = [_shown(p, level) for p, level in told]
        texts = [text.told() for text in found.texts]
        output.as_json({"ok": not failed, "problems": shown, "texts": texts})
    else:
        if not quiet:
            _tell_places(settings)
            check_texts.tell(found.texts)
        read = excerpt.reader(settings.templates)
        output.problems(found.errors, excerpt=lambda problem: excerpt.excerpt(problem, read))
        output.problems(found.warnings, warn=True, excerpt=lambda problem: excerpt.excerpt(problem, read))
        _tell_end(found, failed=failed, quiet=quiet)
    sys.exit(78 if failed else 0)


def _shown(problem: Problem, level: str) -> dict[str, object]:
    fields = asdict(problem)
    del fields["waits"]
    return fields | {"level": level}


def _settings(found: _Findings) -> Settings:
    """Return the settings; those that cannot be used are reported and have their default instead."""
    environ = dict(os.environ)
    for setting in SETTINGS:
        own = {name: environ[name] for name in (setting.name, f"{setting.name}_FILE") if name in environ}
        try:
            read_settings(own)
        except ConfigError as error:
            found.errors.append(_of_settings(str(error)))
            environ = {name: value for name, value in environ.items() if name not in own}
    settings = read_settings(environ)
    open_files = exposed(settings, environ, env_file())
    found.warnings += map(_of_settings, [*settings.warnings, *forgotten_env_file(), *open_files])
    judges: tuple[Callable[[], None], ...] = (settings.check_exposure, lambda: check_place(settings))
    for judge in judges:
        try:
            judge()
        except ConfigError as error:
            found.errors.append(_of_settings(str(error)))
    return settings


def _of_settings(text: str) -> Problem:
    return Problem("settings", 0, 0, text)


def _rules(settings: Settings, found: _Findings) -> None:
    examined = examine(settings, os.environ)
    found.errors += sorted(examined.problems)
    for problem in examined.warnings:
        if problem.waits:
            found.errors.append(replace(problem, hint=problem.hint or STARTS))
        else:
            found.warnings.append(problem)
    if (running := examined.running) is None:
        return
    wording = _word_problems(running)
    found.errors += [
        replace(problem, hint=f"{problem.hint}; {STARTS}" if problem.hint else STARTS)
        for problem in wording
        if not problem.waits
    ]
    found.warnings += [problem for problem in wording if problem.waits]
    found.warnings += untranslated(running.templates)
    templates = running.templates
    found.warnings += mixed(templates.sources, templates.marked, templates.languages)
    found.warnings += wordless(running.ruleset.shop, running.templates)
    found.texts = check_texts.sizes(running)
    found.warnings += [problem for text in found.texts for problem in text.problems()]
    ruleset = running.ruleset
    found.summary = (
        f"{output.counted(len(ruleset.rules), 'rule')}, {output.counted(len(ruleset.channels), 'channel')},"
        f" {output.counted(len(running.templates.names), 'template')}; fingerprint {ruleset.fingerprint}"
    )


def _word_problems(running: Running) -> list[Problem]:
    """Return what is wrong with the words of the rules: parts that are missing, templates that fail."""
    found: dict[Problem, None] = {}
    # Many rules share a template, and each would find the same.
    failing = lru_cache(maxsize=None)(partial(check_template, running.templates, shop=running.ruleset.shop))
    unlinked = lru_cache(maxsize=None)(
        partial(check_unsubscribe, running.templates, shop=running.ruleset.shop)
    )
    for rule in running.ruleset.judged:
        later = (delivery for step in rule.escalate for delivery in step.deliveries)
        for send in (option for delivery in (*rule.deliveries, *later) for option in delivery.options):
            kind = running.gateway.kind(send.channel)
            lacks = running.templates.missing(send.template, kind) if kind else ""
            if lacks:
                found[Problem("rules", 0, 0, f"rule '{rule.id}' sends by {send.channel}, but {lacks}")] = None
            customer = running.ruleset.channels[send.channel].audience is Audience.CUSTOMER
            met = can_meet(rule, customer=customer, ops_template=running.ruleset.ops_template)
            found |= dict.fromkeys(failing(send.template, kinds=met))
            # What a channel without its URL speaks is not known; one that asks for an e-mail address mails.
            mails = kind == "email" or (
                kind is None and "email" in running.ruleset.channels[send.channel].asks
            )
            if mails and rule.category is Category.MARKETING:
                found |= dict.fromkeys(unlinked(send.template))
    for name in filter(None, (running.ruleset.ops_template, running.ruleset.several_template)):
        found |= dict.fromkeys(failing(name))
    return list(found)


def _tell_places(settings: Settings) -> None:
    """Print the whole paths of what was checked: those in settings count from the current folder."""
    places: Mapping[str, object] = {
        "rules": settings.rules.absolute(),
        "templates": settings.templates.absolute(),
        "database": settings.sqlite_path.absolute(),
    }
    for name, path in places.items():
        click.echo(f"{name:<10} {path}")


def _tell_end(found: _Findings, *, failed: bool, quiet: bool) -> None:
    errors, warnings = len(found.errors), len(found.warnings)
    counted = [output.counted(errors, "problem")] if errors else []
    counted += [output.counted(warnings, "warning")] if warnings else []
    if failed:
        output.error(", ".join(counted))
    elif not quiet:
        ok = click.style("ok", fg="green", bold=True)
        click.echo(f"{', '.join([ok, *counted])}: {found.summary}")
