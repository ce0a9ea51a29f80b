"""What the shell offers after a word: names that rules.yaml gives."""

from __future__ import annotations

import os

import click

from notifier.config.rulefile import load_rules
from notifier.config.settings import read_settings
from notifier.errors import NotifierError


def channel_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001  click passes all three
    """Return the channels of rules.yaml that begin so; none if it cannot be read."""
    try:
        channels = load_rules(read_settings(os.environ).rules, os.environ).ruleset.channels
    except NotifierError:
        return []
    return [name for name in channels if name.startswith(incomplete)]
