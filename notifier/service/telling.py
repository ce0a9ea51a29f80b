"""What the log says of messages: numbers, names of rules and channels, and codes; never whom or what."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from notifier.core.reason import Reason
from notifier.core.result import Result
from notifier.core.retry import OutcomeKind, said
from notifier.service.steps import Return

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
            ref=message.ref,
            rule=message.rule,
            channel=message.send.channel,
            attempt=message.attempts + 1,
            outcome=outcome.kind,
            code=outcome.code,
            detail=outcome.detail,
        )
    elif transition.reason is Reason.TEMPLATE_FAILED:
        log.error("template failed", message=message.id, ref=message.ref, error=result.detail)
    else:
        then = {"next": result.successor.send.channel} if result.successor else {}
        log.info(
            f"message {transition.state}",
            message=message.id,
            ref=message.ref,
            rule=message.rule,
            channel=message.send.channel,
            reason=transition.reason,
            **then,
        )
    _tell_of_channel(result)


def _tell_of_channel(result: Result) -> None:
    name, effect, outcome = result.message.send.channel, result.effect, result.outcome
    if effect.rest is not None:
        until = datetime.fromtimestamp(effect.rest.until, UTC).strftime("%H:%M:%SZ")
        why = said(outcome.code, outcome.detail) if outcome else ""
        log.warning("channel paused", channel=name, reason=effect.rest.reason, until=until, detail=why)
    elif effect.over:
        log.info("channel up", channel=name, after=", ".join(sorted(effect.over)))
