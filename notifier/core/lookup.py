"""Looking a contact up in remote sources: when it is needed, and what follows from their answers.

Pure: the asking is done by `notifier.contacts`, in the worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.core.contact import REGISTERED, Finding
from notifier.core.order import Order
from notifier.core.retry import LONGEST_RETRY_AFTER, RetryPolicy
from notifier.core.rules import Orders

NOT_FOUND_TRIES = 3
"""So often nobody may have an order before that is believed: a webhook can be ahead of the API."""


class LookupState(StrEnum):
    """Where the search for an order's contact is."""

    DUE = "due"
    FOUND = "found"
    MISSING = "missing"
    GAVE_UP = "gave_up"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Lookup:
    """The search for one order's contact; times are Unix seconds UTC.

    `order_id` is the sender's id that the sources are asked with. `attempts`
    counts those since it was asked for at `started_at`; `ended_at` is when it last
    ended, None before. `found_at` is when the address that is known was found,
    None if none is.
    A result is taken only from the claimant that holds the present `fence`.
    """

    ref: str
    order_id: str
    state: LookupState
    due_at: float
    started_at: float
    attempts: int = 0
    fence: int = 0
    ended_at: float | None = None
    found_at: float | None = None
    source: str = ""
    detail: str = ""


_OPEN = (LookupState.DUE, LookupState.NOT_NEEDED)
"""States of a search that say nothing of whether anybody knows her."""


class AnswerKind(StrEnum):
    """What asking one source came to."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Answer:
    """One source's answer: a finding if it has the order; `detail` is words without secrets or addresses.

    `retry_after` is how long a source that is down wants to be left alone, in seconds.
    `asked` is false where nobody was asked: there is nothing to ask with, or the
    source is left alone for now.
    """

    kind: AnswerKind
    finding: Finding | None = None
    detail: str = ""
    retry_after: float | None = None
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a lookup; `due_at` (Unix seconds UTC) is set while it is DUE.

    `counts` is false where nobody was asked: that is no attempt.
    """

    state: LookupState
    finding: Finding | None = None
    due_at: float | None = None
    detail: str = ""
    counts: bool = True


def is_settled(
    order: Order,
    lookup: Lookup | None,
    orders: Orders,
    received_at: float,
    now: float,
    *,
    waited: bool = False,
) -> bool:
    """Tell whether nobody needs to be asked (any more) who the customer is.

    Args:
        order: as its sources tell it so far.
        received_at: when the update came that asks; an answer since then is an answer to it.
        waited: it awaited the contact before: what ended since is the answer, whatever the clocks say.
    """
    if not orders.remote or order.forgotten or is_needless(order, orders):
        return True
    if lookup is None or lookup.ended_at is None or lookup.state in _OPEN:
        # What the shop registered stands in for a source that failed.
        return lookup is not None and bool(lookup.detail) and is_registered(order)
    if order.id and not lookup.order_id:
        return False  # it could not be asked for properly before
    if waited or lookup.ended_at >= received_at:
        return True
    if lookup.state is LookupState.FOUND and lookup.found_at is not None:
        return orders.max_contact_age is None or now - lookup.found_at <= orders.max_contact_age
    return False


def is_needless(order: Order, orders: Orders) -> bool:
    """Tell whether nobody has to be asked: the source that comes first knows her, or she wants no news.

    Whoever wants to hear nothing has no use for an address that we know of her.
    """
    if order.contact is not None and order.contact.do_not_contact:
        return True
    return orders.sources[0] == REGISTERED and is_registered(order)


def is_registered(order: Order) -> bool:
    """Tell whether the contact, with an address, is what the shop registered."""
    return order.source == REGISTERED and order.contact is not None and order.contact.reachable


def settle(
    lookup: Lookup,
    answers: Sequence[Answer],
    policy: RetryPolicy,
    *,
    now: float,
    jitter: float,
    registered: bool = False,
) -> Verdict:
    """Decide what becomes of a lookup after the sources were asked in turn, up to the first good hit.

    A hit with an address is taken also if a source before it is down: waiting
    would tell the customer later, not better. If there is none and a source is
    down, it is tried again within `policy.within` of `started_at`, for the last
    time when that is over; but what was found before is not given up for that. If
    nobody has the order, it is tried NOT_FOUND_TRIES times in all.

    Args:
        lookup: with `attempts` counting the one that just ended.
        now: Unix seconds UTC.
        jitter: a random number in [0, 1).
        registered: the shop registered an address, which stands in, or that she wants to
            hear nothing: nobody has to wait.
    """
    findings = [a.finding for a in answers if a.finding is not None]
    detail = "; ".join(a.detail for a in answers if a.detail)
    for finding in findings:
        if finding.contact.reachable:
            return Verdict(LookupState.FOUND, finding, detail=detail)
    down = [a for a in answers if a.kind is AnswerKind.DOWN]
    if down and lookup.found_at is not None:
        return Verdict(LookupState.FOUND, detail=detail)
    asked = any(a.asked for a in answers)
    wait = policy.delay(lookup.attempts, jitter) if asked else 0.0
    ends = lookup.started_at + policy.within
    if down and now < ends and not registered:
        wanted = max((a.retry_after or 0.0 for a in down), default=0.0)
        due = now + max(wait, min(wanted, LONGEST_RETRY_AFTER))
        return Verdict(LookupState.DUE, due_at=min(due, ends), detail=detail, counts=asked)
    if down:
        return Verdict(LookupState.GAVE_UP, findings[0] if findings else None, detail=detail)
    if findings:
        return Verdict(LookupState.FOUND, findings[0], detail=detail)
    if asked and now < ends and lookup.attempts < NOT_FOUND_TRIES and not registered:
        return Verdict(LookupState.DUE, due_at=min(now + wait, ends), detail=detail)
    return Verdict(LookupState.MISSING, detail=detail)
