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

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from notifier.core import refusals, rest
from notifier.core.channel import Audience, Channel
from notifier.core.message import State
from notifier.core.reason import Reason
from notifier.core.refusals import Answer, Held
from notifier.core.rest import Rest
from notifier.core.result import Result
from notifier.core.retry import REFUSED_HERE, Outcome, OutcomeKind, Transition
from notifier.errors import NotAllowed
from notifier.service.steps import Return
from notifier.store.protocol import Store
from notifier.store.sending import Answered, ChannelState

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
    holds = {s.name: s for s in paused if s.reason is Reason.REFUSES_EVERYONE}
    tried = [one for one in results if isinstance(one, Result) and one.outcome is not None]
    for name in sorted({one.message.send.channel for one in tried if _says_something(one, holds)}):
        channel = channels.get(name)
        customers = channel is not None and channel.audience is Audience.CUSTOMER
        mine = [one for one in tried if one.message.send.channel == name]
        changed |= _weigh_channel(store, name, mine, holds.get(name), now, by_recipient=customers)
    return [changed.get(one.message.id, one) if isinstance(one, Result) else one for one in results]


def _weigh_channel(
    store: Store,
    name: str,
    results: Sequence[Result],
    hold: ChannelState | None,
    now: float,
    *,
    by_recipient: bool,
) -> dict[int, Result]:
    """Put back earlier messages of a channel that refuses everybody; return what is changed, by message.

    Args:
        by_recipient: different recipients bear out each other; else different messages do, as all
            that goes out there is for the same few.
    """
    attempts = store.outbox.answered(name, now - refusals.WINDOW, refusals.LOOK_BACK)
    newest = {a.message: a for a in attempts}
    past = [_answer(a, a.outcome, a.ended or now, by_recipient) for a in attempts]
    new = [
        _answer(newest[r.message.id], r.outcome, now, by_recipient) for r in results if r.message.id in newest
    ]
    held = Held(hold.code, hold.since) if hold else None
    found = refusals.weigh([a for a in past if a], [a for a in new if a], held)
    if found.held is None:
        until = now
    elif hold and hold.until and hold.blocks(now):  # what was on its way makes it no longer
        until = hold.until
    else:
        until = rest.hold(found.held.code, found.held.since, now).until
    changed = {r.message.id: _waits(r, until + BEHIND) for r in results if r.message.id in found.waiting}
    if found.held is not None and changed:
        last = changed[[*changed][-1]]
        pause = Rest(Reason.REFUSES_EVERYONE, until, found.held.code)
        changed[last.message.id] = replace(last, effect=replace(last.effect, rest=pause))
    if held and found.held:  # it goes on, whatever was under way when it began
        changed |= {r.message.id: _ends_no_hold(r) for r in results if r.message.id not in changed}
    if earlier := found.waiting - changed.keys():
        for update_id in store.outbox.put_back(earlier, until + BEHIND):
            with suppress(NotAllowed):
                store.updates.retry(update_id)
    return changed


def _waits(result: Result, due_at: float) -> Result:
    """Return the result of a message that waits for its channel, as if it had not been tried."""
    return replace(
        result,
        transition=Transition(State.PENDING, due_at=due_at, counts=False),
        outcome=result.outcome and replace(result.outcome, bad_address=False),
        successor=None,
    )


def _ends_no_hold(result: Result) -> Result:
    over = result.effect.over - {Reason.REFUSES_EVERYONE}
    return replace(result, effect=replace(result.effect, over=over))


def _answer(attempt: Answered, outcome: Outcome | None, ended: float, by_recipient: bool) -> Answer | None:
    """Return what an attempt says of its channel: that it delivers, or refuses; None if neither is said."""
    witness = (by_recipient and attempt.recipient.lower()) or str(attempt.message)
    if outcome is not None and outcome.kind is OutcomeKind.DELIVERED:
        return Answer(attempt.message, witness, None, attempt.began, ended)
    if outcome is None or not _refuses(outcome):
        return None
    about = {"about_address": outcome.bad_address, "about_us": outcome.about_us}
    said = refusals.refusal(outcome.code, outcome.detail, **about)
    return None if said is None else Answer(attempt.message, witness, said, attempt.began, ended)


def _refuses(outcome: Outcome) -> bool:
    """Tell whether the other side refused for good."""
    return outcome.kind is OutcomeKind.PERMANENT and outcome.code != REFUSED_HERE


def _says_something(result: Result, holds: Mapping[str, ChannelState]) -> bool:
    """Tell whether a result may begin or end that its channel is held: most do neither."""
    outcome = result.outcome
    return outcome is not None and (_refuses(outcome) or result.message.send.channel in holds)
