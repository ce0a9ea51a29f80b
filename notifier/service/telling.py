"""What the log says of messages: numbers, names of rules and channels, and codes; never whom or what."""

from __future__ import annotations

import structlog

from notifier.core.reason import Reason
from notifier.core.result import Result
from notifier.core.retry import OutcomeKind
from notifier.service.sender import Return

log = structlog.get_logger()


def tell(result: Result | Return, *, written: bool) -> None:
    """Log what became of a message; no word of it is about the customer."""
    if not written:
        log.warning("result refused: the claim went to another worker", message=result.message.id)
        return
    if isinstance(result, Return):
        return
    message, transition, outcome = result.message, result.transition, result.outcome
    if outcome is not None:
        write = log.info if outcome.kind is OutcomeKind.DELIVERED else log.warning
        write(
            f"message {transition.state}",
            message=message.id,
            rule=message.rule,
            channel=message.send.channel,
            attempt=message.attempts + 1,
            outcome=outcome.kind,
            code=outcome.code,
            detail=outcome.detail,
        )
    elif transition.reason is Reason.TEMPLATE_FAILED:
        log.error("template failed", message=message.id, error=result.detail)
    else:
        log.info(
            f"message {transition.state}", message=message.id, rule=message.rule, reason=transition.reason
        )
    if result.effect.rest is not None:
        log.warning("channel paused", channel=message.send.channel, reason=result.effect.rest.reason)
