"""`send` in rules.yaml: which channels are used, and with which templates."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, Tag

from notifier.config.model.values import Name, Part, forms


class SendPart(Part):
    """One way to tell somebody, with a template of another name."""

    channel: str = Field(description="The name of a channel.")
    template: Name | None = Field(
        default=None, description="The template; default: the one named as the rule."
    )


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
