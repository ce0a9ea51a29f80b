"""What all parts of rules.yaml are made of: names, texts, durations, and values with several forms."""

from __future__ import annotations

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

from notifier.config import checks, duration, quota
from notifier.config.mistake import nearest
from notifier.core.quota import Quota

NAME_PATTERN = "^[a-z0-9][a-z0-9_-]{0,62}$"
"""What rules, channels, sources and templates may be called."""

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
Text = Annotated[str, Field(min_length=1, max_length=2_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
_DURATION_SCHEMA = {"type": "string", "pattern": f"^(?=.){duration.PATTERN}$", "examples": ["30s", "24h"]}
Duration = Annotated[float, BeforeValidator(duration.parse), Field(ge=0), WithJsonSchema(_DURATION_SCHEMA)]
Limit = Annotated[
    float,
    BeforeValidator(duration.parse_limit),
    WithJsonSchema({"anyOf": [{"const": duration.FOREVER}, _DURATION_SCHEMA]}),
]
"""A duration, or `forever`, which is infinitely many seconds."""
Rate = Annotated[
    Quota,
    BeforeValidator(quota.parse),
    WithJsonSchema({"type": "string", "pattern": f"^{quota.PATTERN}$", "examples": ["600/min", "150/day"]}),
]
"""So many in so much time."""
Held = Annotated[Text, AfterValidator(checks.held)]
"""A value written out, or `${…}`."""
Status = Annotated[str, AfterValidator(checks.status), WithJsonSchema(checks.STATUS_SCHEMA)]
Statuses: TypeAlias = Annotated[
    Annotated[Status, Tag("<one>")] | Annotated[list[Status], Field(min_length=1), Tag("<list>")],
    forms("must be a status or a list of statuses"),
]
