"""Customers who turn out to be unreachable only when they are written to: operators hear of it at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from notifier.core import missing
from notifier.core.message import Message, State
from notifier.core.reason import UNKNOWN_CUSTOMER
from notifier.core.result import Result
from notifier.core.rules import RuleSet
from notifier.core.wants import wants
from notifier.service.running import Running
from notifier.store.protocol import Store


def settle(
    store: Store, running: Callable[[], Running], results: Sequence[Result], now: float
) -> frozenset[int]:
    """Write results; in the same transaction, let `orders.missing_contact` speak of whom they did not reach.

    Returns:
        The ids of the messages whose claims went to another worker.
    """
    unreached = [one.message for one in results if _wants_an_address(one)]
    if not unreached:
        return store.outbox.settle(results, now)
    ruleset = running().ruleset
    with store.transaction():
        gone = store.outbox.settle(results, now)
        for message in unreached:
            if message.id not in gone:
                _report(store, ruleset, message, now)
    return gone


def _wants_an_address(result: Result) -> bool:
    """Tell whether a message has ended because there is no address (any more) to send it to."""
    transition, outcome = result.transition, result.outcome
    if result.successor is not None:
        return False
    if transition.state is State.FAILED:
        return outcome is not None and outcome.bad_address
    return transition.state is State.DROPPED and transition.reason in UNKNOWN_CUSTOMER


def _report(store: Store, ruleset: RuleSet, message: Message, now: float) -> None:
    """Judge by what is on record now: another address may just have been lost, or been reported."""
    (situation,) = store.outbox.situations([message])
    rule = ruleset.orders.missing_contact
    standing = store.standing(wants(ruleset, situation, now, [rule] if rule else []), now)
    judged = missing.judge_again(message, ruleset, situation, standing, now)
    if judged is not None:
        decision, born = judged
        store.updates.amend(message.update_id, decision, born, ruleset.fingerprint, now)
