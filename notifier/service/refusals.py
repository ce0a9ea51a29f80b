"""Refusals are weighed before they are written: what meets everybody is the channel's, and its messages wait.

It happens in the transaction that writes the results, from the attempts on record: so all workers
count together, a restart forgets nothing, and no kill leaves a channel held with its first messages
failed. A single refusal ends its message at once, as ever: its address is marked, and its next way
taken. Only when it turns out to have been the channel's is that taken back: the message waits
again, the mark goes, and verdicts that were given because of the mark are given anew. To keep each
refused message waiting until a delivery shows that it was refused for itself would need nothing to
be taken back, but would keep a `first_of` from its next way for hours in a small shop. What took
its next way before the channel was known to be at fault has been told there, and stays there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from notifier.core import refusals, rest
from notifier.core.channel import Audience, Channel
from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.refusals import Answer
from notifier.core.result import Result
from notifier.core.retry import REFUSED_HERE, Outcome, OutcomeKind, Transition
from notifier.errors import NotAllowed
from notifier.service.steps import Return
from notifier.store.protocol import Store
from notifier.store.sending import ChannelState

BEHIND = 5.0
"""Seconds after a pause for which what was refused by then leaves the probe to another recipient."""


def weigh(
    store: Store,
    channels: Mapping[str, Channel],
    results: Sequence[Result | Return],
    paused: Sequence[ChannelState],
    now: float,
) -> list[Result | Return]:
    """Return results with the refusals that are the channel's turned into waiting; within a transaction.

    Args:
        channels: as the rules have them, by name.
        results: in the order in which they came.
        paused: all channels that rest.
        now: Unix seconds UTC.
    """
    changed: dict[int, Result] = {}
    tried = [one for one in results if isinstance(one, Result) and _answer(one.message.id, "", one.outcome)]
    for name in sorted({one.message.send.channel for one in tried if _refused(one)}):
        channel = channels.get(name)
        customers = channel is not None and channel.audience is Audience.CUSTOMER
        held = next((s for s in paused if (s.name, s.reason) == (name, Reason.REFUSES_EVERYONE)), None)
        mine = [one for one in tried if one.message.send.channel == name]
        changed |= _weigh_channel(store, name, mine, held, now, by_recipient=customers)
    return [changed.get(one.message.id, one) if isinstance(one, Result) else one for one in results]


def _weigh_channel(
    store: Store,
    name: str,
    results: Sequence[Result],
    held: ChannelState | None,
    now: float,
    *,
    by_recipient: bool,
) -> dict[int, Result]:
    """Put back earlier messages of a channel that refuses everybody; return what waits, by message.

    Args:
        by_recipient: different recipients bear out each other; else different messages do, as all
            that goes out there is for the same few.
    """
    attempts = store.outbox.answered(name, now - refusals.WINDOW, refusals.LOOK_BACK)
    whom = {a.message: a.recipient.lower() for a in attempts if by_recipient}
    past = _answers(((a.message, a.outcome) for a in attempts), whom)
    new = _answers(((one.message.id, one.outcome) for one in results), whom)
    found = refusals.weigh(past, new, held.code if held else None)
    if not found.waiting:
        return {}
    pause = rest.hold(found.held or "", held.since if held else now, now)
    if held and held.until and held.blocks(now):  # what was on its way makes it no longer
        pause = replace(pause, until=held.until)
    waiting = [_waits(one, pause.until + BEHIND) for one in results if one.message.id in found.waiting]
    if found.held is not None:
        waiting[-1] = replace(waiting[-1], effect=replace(waiting[-1].effect, rest=pause))
    if earlier := found.waiting - {one.message.id for one in waiting}:
        for update_id in store.outbox.put_back(earlier, pause.until + BEHIND):
            with suppress(NotAllowed):
                store.updates.retry(update_id)
    return {one.message.id: one for one in waiting}


def _waits(result: Result, due_at: float) -> Result:
    """Return the result of a message that waits for its channel, as if it had not been tried."""
    return replace(
        result,
        transition=Transition(State.PENDING, due_at=due_at, counts=False),
        outcome=result.outcome and replace(result.outcome, bad_address=False),
        successor=None,
    )


def _answers(attempts: Iterable[tuple[int, Outcome | None]], whom: Mapping[int, str]) -> list[Answer]:
    found = (_answer(message, whom.get(message, ""), outcome) for message, outcome in attempts)
    return [answer for answer in found if answer is not None]


def _answer(message: int, recipient: str, outcome: Outcome | None) -> Answer | None:
    """Return what an attempt says of its channel: that it delivers, or refuses; None if neither is said."""
    witness = recipient or str(message)
    if outcome is not None and outcome.kind is OutcomeKind.DELIVERED:
        return Answer(message, witness)
    if outcome is None or outcome.kind is not OutcomeKind.PERMANENT or outcome.code == REFUSED_HERE:
        return None
    about = {"about_address": outcome.bad_address, "about_us": outcome.about_us}
    said = refusals.refusal(outcome.code, outcome.detail, **about)
    return None if said is None else Answer(message, witness, said)


def _refused(result: Result) -> bool:
    return result.outcome is not None and result.outcome.kind is OutcomeKind.PERMANENT
