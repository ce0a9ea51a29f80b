"""What would happen to an order if nothing more came: its timers and waiting messages, judged as of then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from notifier.cli import output
from notifier.cli.explain_message import deferred, messages
from notifier.cli.explain_plan import Clock, document, follows, name, timer_words, verdict
from notifier.core.going_off import go_off
from notifier.core.history import OrderHistory
from notifier.core.message import Message, State
from notifier.core.plan import NOTHING, Plan
from notifier.core.reason import EXPLAINED
from notifier.core.rules import RuleSet
from notifier.core.timer import OF_ALERT, Timer
from notifier.core.wanted import still_wanted
from notifier.service.timekeeper import StoredRecords
from notifier.store.protocol import Store

_FAILURES = (ArithmeticError, LookupError, TypeError, ValueError)
"""What the judgement of one thing may fail with; the timekeeper goes on then as well."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is due `at` (Unix seconds UTC): what it is, what would come of it ("" if that is not known).

    `plan` is what would follow; `message` is the id of a message that waits, 0 for a timer.
    """

    at: float
    rule: str
    what: str
    outcome: str = ""
    plan: Plan = NOTHING
    message: int = 0


def upcoming(
    store: Store, history: OrderHistory, timers: Sequence[Timer], rules: RuleSet | None, now: float
) -> list[Step]:
    """Return what is due of an order, the next first; each is judged by itself, by what is on record now.

    Args:
        timers: those of the order that did not go off yet.
        rules: those in force; None: only the times are told.
        now: Unix seconds UTC.
    """
    steps = [_of_timer(timer, rules, StoredRecords(store), now) for timer in timers]
    waiting = [m for m in messages(history) if m.state is State.PENDING]
    steps += [_of_message(message, store, history, rules, now) for message in waiting]
    return sorted(steps, key=lambda step: (step.at, step.message, step.rule))


def lines(steps: Sequence[Step], clock: Clock, *, judged: bool) -> Iterator[str]:
    """Yield what would happen.

    Args:
        judged: the rules in force are known.
    """
    if not steps:
        return
    yield ""
    title = "What comes next, if no more news arrives" if judged else "What is due (not judged)"
    yield click.style(title, bold=True)
    for step in steps:
        yield f"  {clock.at(step.at)}: {output.plain(step.what)}"
        if step.outcome:
            yield f"      {output.plain(step.outcome)}"
        for line in follows(step.plan, step.rule, clock):
            yield f"      {line}"


def as_json(steps: Sequence[Step]) -> list[dict[str, object]]:
    """Return the steps as JSON has them."""
    return [
        {"at": s.at, "rule": s.rule, "what": s.what, "message": s.message or None, "outcome": s.outcome}
        | document(s.plan)
        for s in steps
    ]


def _of_timer(timer: Timer, rules: RuleSet | None, records: StoredRecords, now: float) -> Step:
    what = f"{name(timer.rule)}: {timer_words(timer)}"
    if rules is None:
        return Step(timer.due_at, timer.rule, what)
    at = max(timer.due_at, now)
    try:
        due = go_off(timer, rules, records, at)
    except _FAILURES as error:
        return Step(timer.due_at, timer.rule, what, f"cannot be judged: {type(error).__name__}")
    own = next((d for d in due.plan.decisions if d.rule == timer.rule), None)
    if own is not None:
        said = verdict(own, fired="it fires")
        outcome = f"fires: {said}" if own.fired else said
    elif due.plan.messages:
        outcome = "is told"
    elif rules.rule(timer.rule) is None:
        outcome = "nothing: rules.yaml does not have the rule any more"
    elif timer.kind in OF_ALERT:
        outcome = "nothing: the alert is not open any more, or the rule was changed"
    else:
        outcome = "nothing: the rule was changed"
    return Step(timer.due_at, timer.rule, what, outcome, due.plan)


def _of_message(
    message: Message, store: Store, history: OrderHistory, rules: RuleSet | None, now: float
) -> Step:
    contact = history.order.contact
    shop = rules.shop.timezone if rules else "UTC"
    why = deferred(message, rules, (contact.timezone if contact else None) or shop)
    what = f"{name(message.rule)}: message {message.id} on {message.send.channel} is due"
    what += f": {why}" if why and message.due_at > now else ""
    if rules is None:
        return Step(message.due_at, message.rule, what, message=message.id)
    at = max(message.due_at, now)
    try:
        (situation,) = store.outbox.situations([message])
        wanted = still_wanted(
            message, rules, situation, store.outbox.standing([message], at, rules.muting), at
        )
    except _FAILURES as error:
        outcome = f"cannot be judged: {type(error).__name__}"
    else:
        if wanted.dropped is not None:
            outcome = f"would be dropped, {wanted.dropped}: {EXPLAINED[wanted.dropped]}"
        elif wanted.later is not None:
            outcome = f"would wait until {output.moment(wanted.later)}"
        elif wanted.shadow:
            outcome = "would be made and not sent (mode: shadow)"
        else:
            whom = output.masked(wanted.recipient)
            outcome = f"would be sent to {whom}" if whom else "would be sent"
    return Step(message.due_at, message.rule, what, outcome, message=message.id)
