"""What the shell offers after `notifier preview`: templates, languages and samples."""

from __future__ import annotations

import os

import click

from notifier.config.settings import read_settings
from notifier.errors import NotifierError
from notifier.render.compiling import load_templates
from notifier.render.sample_orders import SAMPLE_ORDERS


def template_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001  click passes all three
    """Return the templates that begin so; none if they cannot be read."""
    try:
        names = load_templates(read_settings(os.environ).templates).names
    except NotifierError:
        return []
    return sorted(name for name in names if name.startswith(incomplete))


def languages(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001  click passes all three
    """Return the languages with words that begin so; none if the templates cannot be read."""
    try:
        tags = load_templates(read_settings(os.environ).templates).languages
    except NotifierError:
        return []
    return [tag for tag in tags if tag.startswith(incomplete)]


def sample_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001  click passes all three
    """Return the sample orders that begin so."""
    return [name for name in SAMPLE_ORDERS if name.startswith(incomplete)]
