"""The page of `notifier replay --html`: one file that needs nothing else, to show to others."""

from __future__ import annotations

from importlib import resources

from jinja2 import Environment, StrictUndefined

from notifier.cli.replay_report import Report


def page(told: Report) -> str:
    """Return the report as HTML."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
    environment.filters["number"] = lambda value: f"{value:,}"
    source = resources.files("notifier.cli").joinpath("replay.html").read_text("utf-8")
    return environment.from_string(source).render(told=told)
