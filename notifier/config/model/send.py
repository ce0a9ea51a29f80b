"""`send` in rules.yaml: which channels are used, and with which templates."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, Tag, model_validator

from notifier.config.mistake import Mistake
from notifier.config.model.values import Duration, LongerDuration, Name, Part, TemplateName, forms


class SendPart(Part):
    """One way to tell somebody: a channel, with a template of another name or a window."""

    channel: str = Field(description="The name of a channel.")
    template: TemplateName | None = Field(
        default=None,
        description="The template; default: the one named as the rule, else the one that fits."
        " On a channel for operators a name stands for the template of that name in ops/, if there is one.",
    )
    window: Name | None = Field(default=None, description="It goes out only while this window is open.")
    outside: Literal["defer", "drop", "next"] | None = Field(
        default=None,
        description="What becomes of it outside the window: defer (it waits, the default), drop, or next "
        "(the next way of `first_of` is taken).",
    )
    max_defer: Duration | None = Field(
        default=None,
        description="It waits for the window at most this long, then the next way is taken; default: as "
        "long as it takes.",
    )

    @model_validator(mode="after")
    def _says_what_goes_with_a_window(self) -> Self:
        for key in ("outside", "max_defer"):
            if self.window is None and getattr(self, key) is not None:
                raise Mistake(f"has `{key}` and no window", "write `window` as well")
        if self.max_defer is not None and self.outside not in (None, "defer"):
            raise Mistake(
                f"has `max_defer`, but waits for nothing: `outside: {self.outside}`", "write one of them"
            )
        return self


Entry: TypeAlias = Annotated[
    Annotated[str, Tag("<one>")] | Annotated[SendPart, Tag("<block>")],
    forms("must be a channel or { channel: …, template: … }"),
]


class FirstOfPart(Part):
    """Several ways; the first that can reach the recipient is used."""

    first_of: Annotated[list[Entry], Field(min_length=1)] = Field(
        description="Channels in order of preference.", examples=[["sms", "email"]]
    )


Delivery: TypeAlias = Annotated[
    Annotated[str, Tag("<one>")]
    | Annotated[SendPart, Tag("<block>")]
    | Annotated[FirstOfPart, Tag("<first_of>")],
    forms("must be a channel, { channel: …, template: … } or { first_of: […] }", first_of={"first_of"}),
]
SendForm: TypeAlias = Annotated[
    Annotated[str, Tag("<one>")]
    | Annotated[SendPart, Tag("<block>")]
    | Annotated[FirstOfPart, Tag("<first_of>")]
    | Annotated[list[Delivery], Field(min_length=1), Tag("<list>")],
    forms("must be a channel, a list of channels or { first_of: […] }", first_of={"first_of"}),
]


class StepPart(Part):
    """What follows if nobody has seen to an alert."""

    after: LongerDuration = Field(description="The alert has been open and not acknowledged for so long.")
    window: Name | None = Field(default=None, description="It goes out only while this window is open.")
    outside: Literal["defer", "drop"] | None = Field(
        default=None,
        description="What becomes of it outside the window: defer (it waits, the default) or drop.",
    )
    send: SendForm = Field(description="As in a rule: who is told.")

    @model_validator(mode="after")
    def _says_what_goes_with_a_window(self) -> Self:
        if self.outside is not None and self.window is None:
            raise Mistake("has `outside` and no window", "write `window` as well")
        return self
