"""A refusal that meets everybody is the channel's: a pure statistic of what one service answered, in order.

A refusal for good is about its recipient, or its message, as long as others get through. The same
refusal to several different recipients, with no delivery in between, is about us: a blocked address
of ours, a sender that is not verified, a relay that takes nothing from us. No list of words knows
all of these, so they are counted:

- the *class* of a refusal is its reply code and its words, without what differs from recipient
  to recipient: addresses, hosts, ids, numbers;
- FEW recipients that got the same class make the channel suspect; for a class that says "no such
  mailbox" it takes MANY, because that is what dead addresses get;
- MANY recipients that got the same code suffice in whatever words: some servers use others each time;
- one suffices where the words are about our account, sender or host (`Refusal.about_us`);
- any delivery starts the count anew.

Once the channel is at fault, so are its refusals of that class from before a delivery which was
under way already when they came: of many on the wire, the last good answer may come after the
first bad ones. For the same reason no such delivery ends the pause.

A message that the channel kept waiting, and that gets the same code again after others were
delivered, is no witness any more: it is refused for itself. Without that, a handful of dead
addresses in a row would hold the channel again after each delivery. It counts on as long as one
of those that were refused with it arrived later, for then the class was not about recipients
(a quota in words that nobody knows), and once more if it was one of a CROWD.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

FEW = 5
"""So many different recipients in a row that get the same refusal make it the channel's."""

MANY = 10
"""So many, if it says that there is no such mailbox, or if only the reply code is the same."""

CROWD = 20
"""So many refused in a row are not all dead addresses; one more time they are witnesses all the same."""

WINDOW = 3 * 86_400.0
"""What a service answered longer ago than this many seconds is not looked at."""

LOOK_BACK = 500
"""So many attempts of a channel are looked at, at most."""

_WORDS = 12
"""Words that are compared: evidence is cut at its end, and what was cut depends on what stood before."""

_DIFFERENT = re.compile(r"<[^>]*>?|\[[^\]]*\]?|\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)|\([^)]*[\d.@:][^)]*\)")
"""What stands in brackets or quotes: addresses, hosts, ids; our own marks for what was taken out."""

_TOKEN = re.compile(r"[\d@/=_\\]|\w[.:]\w")
"""What makes a word an id, a number, an address, a host or a path."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is alike in refusals of one class, and what it says without being counted.

    `about_address` tells that it says "no such mailbox", `about_us` that it is about our
    account, sender or host, in words that leave no doubt.
    """

    code: str
    words: str
    about_address: bool = False
    about_us: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said of one message; `refusal` is None if it was delivered.

    `witness` names whom it was for: different ones bear out each other. That is the recipient,
    or the message where all go to the same place. `began` and `ended` are when the attempt did,
    in Unix seconds UTC.
    """

    message: int
    witness: str
    refusal: Refusal | None = None
    began: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """A channel that refuses everybody: by which reply code, and since when (Unix seconds UTC)."""

    code: str
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """Whether a channel is held (None: it is not), and the messages that wait for it."""

    held: Held | None
    waiting: frozenset[int]


def refusal(code: str, detail: str, *, about_address: bool = False, about_us: bool = False) -> Refusal | None:
    """Return the class of a refusal; None if it says nothing at all.

    Args:
        code: what the other side answered, such as "554 5.7.1" or "HTTP 400, error 21608".
        detail: its words, as they are kept.
        about_address: it says that there is no such mailbox.
        about_us: it is about our account, sender or host.
    """
    if not code and not detail:
        return None
    plain = _DIFFERENT.sub(" ", detail.lower().removesuffix("…"))
    kept = (re.sub(r"\W+", "", word) for word in plain.split() if not _TOKEN.search(word.rstrip(".:,;")))
    words = [word for word in kept if word]
    return Refusal(code, " ".join(words[:_WORDS]), about_address, about_us)


def weigh(past: Sequence[Answer], answers: Sequence[Answer], held: Held | None) -> Weighed:
    """Return what new answers of a service mean for its channel and for messages.

    Args:
        past: what it answered before, the oldest first.
        answers: the new ones, in the order in which they came.
        held: by what the channel is held now, None if it is not.

    Returns:
        The messages whose refusal is the channel's, earlier ones among them: they wait. All
        other refusals are about their messages alone.
    """
    known = list(past)
    waiting: set[int] = set()
    for answer in answers:
        known.append(answer)
        if answer.refusal is None:
            held = held if held and answer.began < held.since else None
        elif held and answer.refusal.code == held.code:
            waiting.add(answer.message)
        elif shared := _met_everybody(known, answer.refusal):
            held = Held(answer.refusal.code, held.since if held else answer.ended)
            waiting |= shared
    return Weighed(held, frozenset(waiting))


def _met_everybody(known: Sequence[Answer], newest: Refusal) -> frozenset[int]:
    """Return the messages that were refused like the newest, if that meets everybody."""
    last = max((n for n, answer in enumerate(known) if answer.refusal is None), default=-1)
    alike = [(a, a.refusal) for a in known[last + 1 :] if a.refusal and a.refusal.code == newest.code]
    for_itself = _refused_for_itself(known, newest.code)
    witnesses = [(a, r) for a, r in alike if a.message not in for_itself]
    enough = 1 if newest.about_us else MANY if newest.about_address else FEW
    if len({a.witness for a, r in witnesses if r.words == newest.words}) >= enough:
        return frozenset(a.message for a, r in _open(known, newest.code) if r.words == newest.words)
    if len({a.witness for a, _ in witnesses}) >= MANY:
        return frozenset(a.message for a, _ in _open(known, newest.code))
    return frozenset()


def _open(known: Sequence[Answer], code: str) -> Iterator[tuple[Answer, Refusal]]:
    """Yield refusals with this code after which no attempt was begun that was delivered."""
    latest = float("-inf")
    for answer in reversed(known):
        if answer.refusal is None:
            latest = max(latest, answer.began)
        elif answer.refusal.code == code and answer.ended > latest:
            yield answer, answer.refusal


def _refused_for_itself(known: Sequence[Answer], code: str) -> Collection[int]:
    """Return the messages that `code` has refused before, though the channel delivered since.

    A run of refusals of which any message arrived later does not count; one of a crowd counts half.
    """
    runs: list[set[int]] = [set()]
    delivered: set[int] = set()
    for answer in known:
        if answer.refusal is None:
            delivered.add(answer.message)
            if runs[-1]:
                runs.append(set())
        elif answer.refusal.code == code:
            runs[-1].add(answer.message)
    strikes: dict[int, float] = {}
    for run in runs[:-1]:
        strike = 0.5 if len(run) >= CROWD else 1.0
        for message in run:
            strikes[message] = 0.0 if run & delivered else strikes.get(message, 0.0) + strike
    return {message for message, sum_ in strikes.items() if sum_ >= 1.0}
