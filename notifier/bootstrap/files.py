"""Rules and templates, read together: what one of them lacks does not hide the mistakes of the other."""

from __future__ import annotations

from collections.abc import Mapping

from notifier.config.rulefile import Loaded, load_rules
from notifier.config.settings import Settings
from notifier.errors import Problem, RulesError
from notifier.render.compiling import load_templates
from notifier.render.templates import Templates


def read_files(
    settings: Settings, environ: Mapping[str, str]
) -> tuple[Loaded | None, Templates | None, list[Problem]]:
    """Return the rules and the templates, None for what cannot be used, and the problems of both.

    Args:
        environ: where `${env:NAME}` looks.
    """
    problems: list[Problem] = []
    templates: Templates | None = None
    loaded: Loaded | None = None
    try:
        templates = load_templates(settings.templates)
    except RulesError as error:
        problems += error.problems
    try:
        loaded = load_rules(
            settings.rules,
            environ,
            templates.names if templates else None,
            templates.fingerprint if templates else "",
            templates.for_operators if templates else (),
        )
    except RulesError as error:
        problems += error.problems
    return loaded, templates, problems
