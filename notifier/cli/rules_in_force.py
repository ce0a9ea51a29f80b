"""rules.yaml as commands use it that can do without."""

from __future__ import annotations

import os

from notifier.cli import output
from notifier.config.rulefile import load_rules
from notifier.config.settings import read_settings
from notifier.core.rules import RuleSet
from notifier.errors import RulesError


def lenient_rules() -> RuleSet | None:
    """Return the rules of rules.yaml; None, with a warning, if they cannot be used.

    Raises:
        ConfigError: the settings cannot be used.
    """
    settings = read_settings(os.environ)
    try:
        return load_rules(settings.rules, os.environ).ruleset
    except RulesError as error:
        output.problems(error.problems, warn=True)
        output.warning("rules.yaml cannot be used; this goes by the database alone")
        return None
