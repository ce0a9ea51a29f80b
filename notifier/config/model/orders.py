"""Orders in rules.yaml: where contacts come from, and what becomes of orders that nobody knows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from notifier.config import checks
from notifier.config.model.channels import RetryPart
from notifier.config.model.send import SendForm
from notifier.config.model.tempo import Group
from notifier.config.model.values import Duration, Limit, Name, Part, TemplateName
from notifier.core.contact import REGISTERED


class SourceRetryPart(RetryPart):
    """How often and how long a source that is down is asked again."""

    max: Duration = Field(default=900.0, description="The longest wait between two tries.")


class MissingContactPart(Part):
    """Whom to tell that a customer should have heard something, and nobody knows her."""

    send: SendForm = Field(
        description="As in a rule: a channel, a list or { first_of: [...] }.", examples=["slack"]
    )
    template: TemplateName | None = Field(
        default=None,
        description="The template, where `send` names none; default: contact-missing, else ops.",
    )
    once: Literal["order", "status"] = Field(
        default="order", description="Told at most one time for each order, or each order and status."
    )
    group: Group | None = Field(
        default=None,
        description="Orders that are told of together; default: what `defaults` says, else as a group "
        "without keys. Or none.",
    )


class OrdersPart(Part):
    """Whose orders they are: where contacts come from, and what happens if nobody knows them."""

    unknown: Literal["hold", "accept"] = Field(
        default="hold",
        description="An update of an order that is not registered, where no remote source can be asked: "
        "hold (answer 404, keep it, decide it once the order is registered) or accept.",
    )
    hold_for: Annotated[Limit, AfterValidator(checks.some_time)] = Field(
        default=1_209_600.0, description="An update is held for this long, or `forever`, then given up."
    )
    sources: Annotated[list[Name], Field(min_length=1)] = Field(
        default=[REGISTERED],
        description="Where contacts come from, the first in precedence first: registered (what the shop "
        "registers), cottoncast, woocommerce, or a name of `sources`. Default: [registered].",
        examples=[["registered", "cottoncast"]],
    )
    retry: SourceRetryPart = Field(
        default=SourceRetryPart(), description="How often and how long a source that is down is asked again."
    )
    max_contact_age: Limit = Field(
        default=604_800.0,
        description="A contact that was looked up longer ago is looked up anew, or `forever` for never.",
    )
    missing_contact: MissingContactPart | None = Field(
        default=None,
        description="Whom to tell that a customer should have heard something, and nobody knows her.",
    )
