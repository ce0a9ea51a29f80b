"""What every process does first."""

from __future__ import annotations

import os

import structlog

from notifier import logs
from notifier.config.settings import Settings, read_settings


def load_settings() -> Settings:
    """Read the settings, set up logging by them, and report variables that nobody reads.

    Raises:
        ConfigError: some cannot be used.
    """
    settings = read_settings(os.environ)
    logs.configure(settings.log, settings.log_level)
    for text in settings.warnings:
        structlog.get_logger().warning(text)
    return settings
