"""A channel: a configured way out, with its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from notifier.core.expression import Address
from notifier.core.quota import Limits, Quota
from notifier.core.reason import Reason
from notifier.core.retry import RetryPolicy


class Audience(StrEnum):
    """Whom a channel speaks to."""

    CUSTOMER = "customer"
    OPS = "ops"


@dataclass(frozen=True, slots=True)
class Channel:
    """A configured way out.

    `url` is a secret and may be None (then `paused` says why); `to` is None
    for services with a fixed recipient, such as a Slack hook. `asks` names the
    contact's fields that `to` speaks of. `rate` bounds attempts, `budget` those
    that may have reached somebody, `concurrency` how many one worker has on the
    wire at the same time (None: NOTIFIER_CONCURRENCY). A text message takes at most
    `max_parts` parts (None: no limit of ours).
    """

    name: str
    url: str | None = field(repr=False)
    audience: Audience
    to: Address | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    resend_unknown: bool = False
    paused: Reason | None = None
    asks: frozenset[str] = frozenset()
    rate: Quota | None = None
    budget: Quota | None = None
    concurrency: int | None = None
    max_parts: int | None = None

    def limits(self, room: int) -> Limits:
        """Return what may be claimed of it by somebody with hands for `room` messages."""
        return Limits(room, self.rate, self.budget, self.retry.within)
