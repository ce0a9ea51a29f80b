"""What every process does first."""

from __future__ import annotations

import os
from pathlib import Path

import click
import structlog

from notifier import logs
from notifier.config.settings import PREFIX, Settings, read_settings

ENV_FILE = Path("notifier.env")
"""The name that `notifier init` gives to the file of settings."""


def load_settings() -> Settings:
    """Read the settings, set up logging by them, and report what looks like an oversight.

    Raises:
        ConfigError: some cannot be used.
    """
    settings = read_settings(os.environ)
    logs.configure(settings.log, settings.log_level)
    if not _given("reported"):
        for text in (*settings.warnings, *forgotten_env_file()):
            structlog.get_logger().warning(text)
    return settings


def forgotten_env_file() -> list[str]:
    """Return a hint if nothing is configured, no file of settings was given, and one lies here."""
    if _given("env_file") or any(name.startswith(PREFIX) for name in os.environ) or not ENV_FILE.is_file():
        return []
    return [f"{ENV_FILE} lies here and is not read; did you mean `notifier --env-file {ENV_FILE} …`?"]


def env_file() -> Path | None:
    """Return the file of settings that `--env-file` names."""
    found: Path | None = click.get_current_context().find_root().params.get("env_file")
    return found


def _given(option: str) -> bool:
    """Tell whether an option of `notifier` itself was given."""
    return bool(click.get_current_context().find_root().params.get(option))
