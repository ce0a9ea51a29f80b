"""What the shell offers after a word: names that rules.yaml gives."""

from __future__ import annotations

import os
from collections.abc import Iterable

import click

from notifier.config.rulefile import load_rules
from notifier.config.settings import read_settings
from notifier.core import status
from notifier.core.alert import LABELS, Severity
from notifier.errors import NotifierError


def channel_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001  click passes all three
    """Return the channels of rules.yaml that begin so; none if it cannot be read."""
    try:
        channels = load_rules(read_settings(os.environ).rules, os.environ).ruleset.channels
    except NotifierError:
        return []
    return [name for name in channels if name.startswith(incomplete)]


def matcher_words(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001  click passes all three
    """Return the FIELD=VALUE words of a silence that begin so: fields, then what is known of their values."""
    field, equals, begun = incomplete.partition("=")
    if not equals:
        return [f"{name}=" for name in LABELS if name.startswith(field)]
    given, comma, last = begun.rpartition(",")
    known: Iterable[str] = ()
    match field:
        case "rule":
            known = _rule_ids()
        case "severity":
            known = Severity
        case "status":
            known = status.NAMES.values()
    return [f"{field}={given}{comma}{value}" for value in known if value.startswith(last)]


def _rule_ids() -> list[str]:
    try:
        return [rule.id for rule in load_rules(read_settings(os.environ).rules, os.environ).ruleset.judged]
    except NotifierError:
        return []
