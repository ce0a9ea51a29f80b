"""`notifier check`: is everything that an operator edits fit to run?"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict

import click

from notifier.bootstrap.worker import load_running
from notifier.cli import output
from notifier.config.settings import read_settings
from notifier.errors import ConfigError, Problem, RulesError
from notifier.render.sample import check_template
from notifier.service.running import Running


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="Print problems only.")
def check(as_json: bool, quiet: bool) -> None:
    """Check settings, rules, templates and channels, and print every problem with its place.

    Renders every template that a rule uses with sample orders. Nothing is sent.
    Exit code 0 if all is well, 78 if not.

    \b
    Example:  notifier check && systemctl reload notifier-worker
    """
    found: list[Problem] = []
    summary = ""
    try:
        settings = read_settings(os.environ)
    except ConfigError as error:
        found = [Problem("settings", 0, 0, line) for line in str(error).splitlines()]
    else:
        found = [Problem("settings", 0, 0, text) for text in settings.warnings]
        try:
            settings.require_signed_or_loopback()
        except ConfigError as error:
            found.append(Problem("settings", 0, 0, str(error)))
        try:
            running = load_running(settings, os.environ)
        except RulesError as error:
            found += error.problems
        else:
            found += [*running.warnings, *_word_problems(running)]
            ruleset = running.ruleset
            summary = (
                f"{len(ruleset.rules)} rules, {len(ruleset.channels)} channels,"
                f" {len(running.templates.names)} templates; fingerprint {ruleset.fingerprint}"
            )
    if as_json:
        output.as_json({"ok": not found, "problems": [asdict(p) for p in found]})
    elif found:
        output.problems(found)
        output.error(f"{len(found)} problem{'s' * (len(found) != 1)}")
    elif not quiet:
        click.echo(f"{click.style('ok', fg='green', bold=True)}: {summary}")
    sys.exit(78 if found else 0)


def _word_problems(running: Running) -> list[Problem]:
    """Return what is wrong with the words of the rules: parts that are missing, templates that fail."""
    found: dict[Problem, None] = {}
    for rule in running.ruleset.rules:
        for send in (option for delivery in rule.deliveries for option in delivery.options):
            kind = running.gateway.kind(send.channel)
            lacks = running.templates.missing(send.template, kind) if kind else ""
            if lacks:
                found[Problem("rules", 0, 0, f"rule '{rule.id}' sends by {send.channel}, but {lacks}")] = None
            for problem in check_template(running.templates, send.template, running.ruleset.shop):
                found[problem] = None
    return list(found)
