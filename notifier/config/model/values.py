"""What all parts of rules.yaml are made of: names, texts, durations, and values with several forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
)

from notifier.config import checks, daytime, duration, percent, quota
from notifier.config.mistake import nearest
from notifier.core.quota import Quota
from notifier.core.schedule import Span

NAME_PATTERN = "^[a-z0-9][a-z0-9_-]{0,62}$"
"""What rules, channels and sources may be called."""

TEMPLATE_PATTERN = "^(ops/)?[a-z0-9][a-z0-9_-]{0,62}$"
"""What templates are called where one is named: those for operators are in a folder of their own."""

NAME_HINT = "small letters, digits, - and _, at most 63, beginning with a letter or digit"
"""NAME_PATTERN in words."""


class Part(BaseModel):
    """Base of all parts of the file: nothing is converted, nothing unknown is let through."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


def forms(words: str, **special: set[str]) -> Discriminator:
    """Tell the forms of a value apart by looking at it: text, list or block; `words` name them all.

    `special` names further blocks by keys that only they have; a key written
    almost like one counts, so that the mistake is found where it was made.
    """

    def form(value: object) -> str | None:
        match value:
            case str() | bool() | int() | float():
                return "<one>"
            case list():
                return "<list>"
            case dict():
                near = (
                    tag for tag, keys in special.items() for key in value if nearest(key, keys, cutoff=0.8)
                )
                return f"<{next(near, 'block')}>"
        return None

    return Discriminator(form, custom_error_type="form", custom_error_message=words)


Name = Annotated[str, Field(pattern=NAME_PATTERN)]
TemplateName = Annotated[str, Field(pattern=TEMPLATE_PATTERN)]
Text = Annotated[str, Field(min_length=1, max_length=2_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
DURATION_SCHEMA = {"type": "string", "pattern": f"^(?=.){duration.PATTERN}$", "examples": ["30s", "24h"]}
Duration = Annotated[float, BeforeValidator(duration.parse), Field(ge=0), WithJsonSchema(DURATION_SCHEMA)]
Limit = Annotated[
    float,
    BeforeValidator(duration.parse_limit),
    WithJsonSchema({"anyOf": [{"const": duration.FOREVER}, DURATION_SCHEMA]}),
]
"""A duration, or `forever`, which is infinitely many seconds."""
Rate = Annotated[
    Quota,
    BeforeValidator(quota.parse),
    WithJsonSchema({"type": "string", "pattern": f"^{quota.PATTERN}$", "examples": ["600/min", "150/day"]}),
]
"""So many in so much time."""
LongerDuration = Annotated[Duration, AfterValidator(checks.longer)]
"""A duration, but none of 0s."""
Lapse = Annotated[
    Span,
    BeforeValidator(duration.parse_span),
    AfterValidator(checks.lapse),
    WithJsonSchema(
        {"type": "string", "pattern": f"^(?=.){duration.SPAN_PATTERN}$", "examples": ["6h", "7d", "5bd"]}
    ),
]
"""A length of time that can be business days."""
Percent = Annotated[
    float,
    BeforeValidator(percent.parse),
    WithJsonSchema({"type": "string", "pattern": f"^{percent.PATTERN}$", "examples": ["5%", "2.5%"]}),
]
"""A share: 5% is 0.05."""
Days = Annotated[
    frozenset[int],
    BeforeValidator(daytime.parse_days),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{daytime.DAYS_PATTERN}$"},
                {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "string", "pattern": f"^{daytime.DAYS_PATTERN}$"},
                },
            ],
            "examples": [["mon-fri"], ["mon", "wed", "sat-sun"]],
        }
    ),
]
"""Days of the week; Monday is 0."""
HoursOfDay = Annotated[
    tuple[tuple[int, int], ...],
    BeforeValidator(daytime.parse_hours),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{daytime.HOURS_PATTERN}$"},
                {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "string", "pattern": f"^{daytime.HOURS_PATTERN}$"},
                },
            ],
            "examples": ["08:00-18:00", ["09:00-12:30", "13:30-17:00"], "22:00-06:00"],
        }
    ),
]
"""Spans of the day in minutes."""
Times = Annotated[
    tuple[int, ...],
    BeforeValidator(checks.times),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{daytime.TIME_PATTERN}$"},
                {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "string", "pattern": f"^{daytime.TIME_PATTERN}$"},
                },
            ],
            "examples": ["08:30", ["08:30", "16:00"]],
        }
    ),
]
"""Times of the day in minutes."""
Held = Annotated[Text, AfterValidator(checks.held)]
"""A value written out, or `${…}`."""
Status = Annotated[str, AfterValidator(checks.status), WithJsonSchema(checks.STATUS_SCHEMA)]
Statuses: TypeAlias = Annotated[
    Annotated[Status, Tag("<one>")] | Annotated[list[Status], Field(min_length=1), Tag("<list>")],
    forms("must be a status or a list of statuses"),
]
StatusesReached: TypeAlias = Annotated[Statuses, AfterValidator(checks.reached)]
"""Statuses that an order can have."""
StatusesNamed: TypeAlias = Annotated[Statuses, AfterValidator(checks.named)]
"""Statuses, also letters without a name, but not `unknown`."""
Names: TypeAlias = Annotated[
    Annotated[Name, Tag("<one>")] | Annotated[list[Name], Field(min_length=1), Tag("<list>")],
    forms("must be a name or a list of names"),
]
"""One name or several."""


def every_day() -> frozenset[int]:
    """Return all days of the week."""
    return frozenset(range(7))


def listed(value: str | Sequence[str]) -> list[str]:
    """Return what can be written with or without a list as one."""
    return [value] if isinstance(value, str) else list(value)
