"""Customers who turn out to be unreachable only when they are written to: operators hear of it at once."""

from __future__ import annotations

from collections.abc import Iterable

from notifier.core import missing
from notifier.core.message import Message, State
from notifier.core.reason import UNKNOWN_CUSTOMER
from notifier.core.result import Result
from notifier.core.rules import RuleSet
from notifier.store.protocol import Store


def wants_an_address(result: Result) -> bool:
    """Tell whether a message has ended because there is no address (any more) to send it to."""
    transition, outcome = result.transition, result.outcome
    if result.successor is not None:
        return False
    if transition.state is State.FAILED:
        return outcome is not None and outcome.bad_address
    return transition.state is State.DROPPED and transition.reason in UNKNOWN_CUSTOMER


def report(store: Store, ruleset: RuleSet, messages: Iterable[Message], now: float) -> None:
    """Let `orders.missing_contact` speak of messages that were settled in this very transaction.

    For each all is read anew: another one of the order may just have lost another
    address, or have been told of.
    """
    for message in messages:
        (situation,) = store.outbox.situations([message])
        taken = store.outbox.taken(missing.keys(ruleset, situation))
        judged = missing.judge_again(message, ruleset, situation, taken, now)
        if judged is not None:
            decision, born = judged
            store.updates.amend(message.update_id, decision, born, ruleset.fingerprint, now)
