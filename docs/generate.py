"""Makes docs/reference.md and rules.schema.json from the program itself: `make docs`.

A test fails where they differ.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
from pydantic import BaseModel

from notifier.cli import main as command_line
from notifier.config import duration, schema
from notifier.config.model.channels import ChannelPart, RetryPart
from notifier.config.model.file import RulesFile
from notifier.config.model.hours import CalendarPart, WindowPart
from notifier.config.model.match import MatchPart, RangePart
from notifier.config.model.orders import MissingContactPart, OrdersPart, SourceRetryPart
from notifier.config.model.quieting import BrakePart, MutePart
from notifier.config.model.rules import RulePart
from notifier.config.model.send import FirstOfPart, SendPart, StepPart
from notifier.config.model.shop import RetentionPart, ShopPart
from notifier.config.model.sources import CottoncastPart, FieldsPart, HttpPart, SourcesPart, WooCommercePart
from notifier.config.model.tempo import (
    CustomerDefaultsPart,
    DefaultsPart,
    DigestPart,
    GroupPart,
    OpsDefaultsPart,
    ThrottlePart,
)
from notifier.config.model.triggers import QuietPart, RatePart, SchedulePart, StuckPart, TriggerPart
from notifier.config.settings import SETTINGS
from notifier.core import status
from notifier.core.reason import EXPLAINED
from notifier.render.templates import KINDS, LIMITS

TARGET = Path(__file__).with_name("reference.md")
SCHEMA = Path(__file__).parents[1] / schema.FILE

PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", RulesFile),
    ("`shop`", ShopPart),
    ("`orders`", OrdersPart),
    ("`retry` of `orders`", SourceRetryPart),
    ("`missing_contact`", MissingContactPart),
    ("`sources`", SourcesPart),
    ("`cottoncast`", CottoncastPart),
    ("`woocommerce`", WooCommercePart),
    ("A source of your own", HttpPart),
    ("`fields` of a source", FieldsPart),
    ("`retention`", RetentionPart),
    ("A calendar", CalendarPart),
    ("A window", WindowPart),
    ("A channel", ChannelPart),
    ("`retry` of a channel", RetryPart),
    ("`defaults`", DefaultsPart),
    ("`defaults` for customers", CustomerDefaultsPart),
    ("`defaults` for operators", OpsDefaultsPart),
    ("A rule", RulePart),
    ("`when`, long form", TriggerPart),
    ("`stuck`", StuckPart),
    ("`rate`", RatePart),
    ("`quiet`", QuietPart),
    ("`schedule`", SchedulePart),
    ("`match`", MatchPart),
    ("Bounds in `match`", RangePart),
    ("An entry of `send`", SendPart),
    ("`first_of`", FirstOfPart),
    ("`throttle`", ThrottlePart),
    ("`group`", GroupPart),
    ("A step of `escalate`", StepPart),
    ("`digest`", DigestPart),
    ("An entry of `mute`", MutePart),
    ("`brake`", BrakePart),
)


DURATIONS = {
    float(duration.parse(text)): text
    for text in ("10s", "30s", "2m", "15m", "30m", "1h", "24h", "7d", "14d", "90d", "365d")
}
"""Defaults in seconds, as an operator writes them."""


def reference() -> str:
    """Return the whole page."""
    return "\n".join(
        [
            "# Reference",
            "",
            "Made from the program by `make docs`; do not edit it here.",
            "",
            "[Settings](#settings) · [Keys of rules.yaml](#keys-of-rulesyaml) · [Statuses](#statuses) ·"
            " [Reasons](#reasons) · [Parts of a template](#parts-of-a-template) · [Commands](#commands) ·"
            " [Exit codes](#exit-codes)",
            "",
            *_settings(),
            *_keys(),
            *_statuses(),
            *_reasons(),
            *_parts(),
            *_commands(),
            *_exit_codes(),
        ]
    )


def settings_table() -> list[str]:
    """Return the lines of the table of settings, which README.md shows as well."""
    rows = [(f"`{s.name}`", f"`{s.default}`" if s.default else "–", s.description) for s in SETTINGS]
    return list(_table(("variable", "default", "meaning"), rows))


def _settings() -> Iterator[str]:
    yield "## Settings"
    yield ""
    yield "Environment variables. Each can also be given as `NAME_FILE`, the path of a file that holds the"
    yield "value. An empty variable counts as not set."
    yield ""
    yield from settings_table()
    yield ""


def _keys() -> Iterator[str]:
    yield "## Keys of rules.yaml"
    yield ""
    yield "What they mean, from the simple case up: [rules.md](rules.md)."
    for title, part in PARTS:
        yield ""
        yield f"### {title}"
        yield ""
        yield from _table(("key", "default", "meaning"), _fields(part))
    yield ""


def _fields(part: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    shapes = part.model_json_schema()["properties"]
    for name, field in part.model_fields.items():
        is_number = shapes[field.alias or name].get("type") == "number"
        default = "required" if field.is_required() else _default(field.default, is_number=is_number)
        yield f"`{field.alias or name}`", default, field.description or ""
    if part.model_config.get("extra") == "allow":
        yield "any other name", "–", "A service of your own that answers with JSON."


def _default(value: object, *, is_number: bool) -> str:
    """Return a default as it would be written; a float that is no number of its own is seconds."""
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case float() if not is_number and value in DURATIONS:
            return f"`{DURATIONS[value]}`"
        case float() | int():
            return f"`{value:g}`"
        case str() if value:
            return f"`{value}`"
    return "–"


def _statuses() -> Iterator[str]:
    yield "## Statuses"
    yield ""
    others = {code: [name for name, of in status.ALIASES.items() if of == code] for code in status.NAMES}
    rows = [
        (f"`{code}`", f"`{name}`", ", ".join(f"`{n}`" for n in others[code]) or "–", status.LABELS[code])
        for code, name in status.NAMES.items()
    ]
    yield from _table(("letter", "name", "also", "in messages"), rows)
    yield ""
    yield f"`{status.UNKNOWN}` stands for every letter that is not in this table."
    yield ""


def _reasons() -> Iterator[str]:
    yield "## Reasons"
    yield ""
    yield "Why a rule fired or not, why a message ended, why a channel rests; shown by `notifier explain`."
    yield ""
    yield from _table(("reason", "meaning"), [(f"`{reason}`", text) for reason, text in EXPLAINED.items()])
    yield ""


def _parts() -> Iterator[str]:
    yield "## Parts of a template"
    yield ""
    rows = []
    for kind, groups in KINDS.items():
        for group in groups:
            rows += [(f"`{part}`", kind, f"{LIMITS[part]:,} characters") for part in group]
    yield from _table(("file", "channels that use it", "longest"), rows)
    yield ""


def _commands() -> Iterator[str]:
    yield "## Commands"
    yield ""
    yield "`notifier --help` and `notifier COMMAND --help` print the same."
    for path, command in commands():
        yield ""
        yield f"### `{' '.join([path, *_arguments(command)])}`"
        yield ""
        yield from _help(command.help or "")
        rows = [_option(p) for p in command.params if isinstance(p, click.Option) and not p.hidden]
        if rows:
            yield ""
            yield from _table(("option", "meaning"), rows)
    yield ""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its whole name, groups before their members."""

    def below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        yield path, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from below(f"{path} {name}", found)

    return below("notifier", command_line.notifier)


def _arguments(command: click.Command) -> Iterator[str]:
    if any(isinstance(p, click.Option) for p in command.params):
        yield "[OPTIONS]"
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            word = parameter.metavar or str(parameter.name).upper()
            yield word if parameter.required or word.startswith("[") else f"[{word}]"
    if isinstance(command, click.Group):
        yield "[COMMAND]" if command.invoke_without_command else "COMMAND"


def _help(text: str) -> Iterator[str]:
    """Yield the paragraphs of a help text; what click prints as it stands becomes a block of code."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ""
        lines = [line.rstrip() for line in paragraph.splitlines()]
        if lines[0].strip() == "\b":
            yield from ["```text", *textwrap.dedent("\n".join(lines[1:])).splitlines(), "```"]
        else:
            yield from (line.strip() for line in lines)


def _option(option: click.Option) -> tuple[str, str]:
    words = f"`{', '.join(option.opts)}"
    if isinstance(option.type, click.Choice):
        words += " " + "\\|".join(map(str, option.type.choices))
    elif not option.is_flag:
        words += f" {option.metavar or option.type.name.split()[0].upper()}"
    default = f" Default: {option.default}." if option.show_default else ""
    return words + "`", (option.help or "") + default


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes"
    yield ""
    (words,) = re.findall(r"Exit codes: (.*?)\(sysexits", command_line.__doc__ or "", re.DOTALL)
    codes = (code.split(None, 1) for code in " ".join(words.split()).split(" · "))
    yield from _table(("code", "meaning"), [(f"`{code}`", text) for code, text in codes])
    yield ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(' '.join(cell.split()) for cell in row)} |"


if __name__ == "__main__":
    for target, content in ((TARGET, reference()), (SCHEMA, schema.text())):
        target.write_text(content)
        sys.stdout.write(f"written {target}\n")
