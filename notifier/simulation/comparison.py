"""What other rules would have changed: two runs over the same history, held against each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from notifier.core.reason import EXPLAINED, Reason
from notifier.simulation.pairing import SAME_TIME, Sent, pair

NO_SUCH_RULE = "no_such_rule"
NO_SUCH_CHANNEL = "no_such_channel"
NOT_SAID = "not_said"
SHADOW = "shadow"

WORDS: Mapping[str, str] = {
    **{reason.value: text for reason, text in EXPLAINED.items()},
    NO_SUCH_RULE: "there is no such rule",
    NO_SUCH_CHANNEL: "the rule does not send on this channel",
    NOT_SAID: "the rule speaks, but says no such thing",
    SHADOW: "`mode: shadow`: made and not sent",
    Reason.OTHER_STATUS.value: "the rule waits for another status",
}
"""Every reason for which a message is not sent in one of the runs, in a sentence."""


class Change(StrEnum):
    """How a message differs between the runs."""

    ADDED = "added"
    LOST = "lost"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule said of an update."""

    fired: bool
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """An update as it is listed: when it happened, Unix seconds UTC."""

    ref: str
    code: str
    at: float


@dataclass(frozen=True, slots=True)
class Run:
    """What rules made of a history.

    `channels` tells on which channels each rule of the file sends. `unsent` holds the reason for
    which something that a rule had to say did not go out, by (rule, ref, about); `verdicts` the last
    word of each rule on each update that concerned it, by rule and id; `news` the updates within
    the time that is looked at, by id.
    """

    channels: Mapping[str, frozenset[str]]
    sent: tuple[Sent, ...] = ()
    unsent: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    verdicts: Mapping[str, Mapping[int, Verdict]] = field(default_factory=dict)
    news: Mapping[int, News] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """A message that differs; `why` is the reason for which it is not in one of the runs, "" for none."""

    change: Change
    before: Sent | None
    after: Sent | None
    why: str = ""

    @property
    def one(self) -> Sent:
        """The message as it is after the change, or as it was if there is none any more."""
        one = self.after or self.before
        assert one is not None
        return one


@dataclass(frozen=True, slots=True)
class Turn:
    """A rule that speaks of an update in one of the runs only; None: the update did not concern it."""

    rule: str
    news: News
    before: Verdict | None
    after: Verdict | None


@dataclass(slots=True)
class Tally:
    """How many messages of one rule went out before and after, and how many differ."""

    rule: str
    before: int = 0
    after: int = 0
    changes: dict[Change, int] = field(default_factory=lambda: dict.fromkeys(Change, 0))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, by rule in the order of the files, and in time."""

    tallies: tuple[Tally, ...]
    differences: tuple[Difference, ...]
    turns: tuple[Turn, ...]

    def __bool__(self) -> bool:
        """Tell whether anything does."""
        return bool(self.differences or self.turns)

    def of(self, rule: str, change: Change) -> list[Difference]:
        """Return the messages of a rule that differ in this way."""
        return [d for d in self.differences if d.one.rule == rule and d.change is change]


def compare(before: Run, after: Run, since: float, until: float) -> Comparison:
    """Return what differs of what was sent from `since` to `until` (not included), Unix seconds UTC.

    A message that went out within this time in one run, and outside of it in the other, has moved.
    """
    rules = tuple(dict.fromkeys((*before.channels, *after.channels)))
    tallies = {rule: Tally(rule) for rule in rules}
    differences: list[Difference] = []

    def counts(sent: Sent | None) -> bool:
        return sent is not None and since <= sent.at < until

    def goes_out(sent: Sent | None) -> bool:
        return sent is not None and not sent.folded and counts(sent)

    for old, new in pair(before.sent, after.sent):
        if not (counts(old) or counts(new)):
            continue
        one = new or old
        assert one is not None
        tally = tallies.setdefault(one.rule, Tally(one.rule))
        tally.before += goes_out(old)
        tally.after += goes_out(new)
        if found := _difference(old, new, before, after):
            differences.append(found)
            tally.changes[found.change] += 1
    place = {rule: number for number, rule in enumerate(tallies)}
    differences.sort(key=lambda d: (place[d.one.rule], d.one.at, d.one.ref, d.one.about, d.one.channel))
    last = len(place)
    turns = sorted(_turns(before, after), key=lambda t: (place.get(t.rule, last), t.news.at, t.news.ref))
    return Comparison(tuple(tallies.values()), tuple(differences), tuple(turns))


def why_not(run: Run, sent: Sent) -> str:
    """Return why `run` does not say what `sent` said in another."""
    channels = run.channels.get(sent.rule)
    if channels is None:
        return NO_SUCH_RULE
    if why := run.unsent.get((sent.rule, sent.ref, sent.about)):
        return why
    if sent.channel not in channels:
        return NO_SUCH_CHANNEL
    if not sent.update_id:
        return ""
    verdict = run.verdicts.get(sent.rule, {}).get(sent.update_id)
    if verdict is None:
        return Reason.OTHER_STATUS.value
    return NOT_SAID if verdict.fired else verdict.reason


def _difference(old: Sent | None, new: Sent | None, before: Run, after: Run) -> Difference | None:
    if old is None:
        assert new is not None
        return Difference(Change.ADDED, None, new, why_not(before, new))
    if new is None:
        return Difference(Change.LOST, old, None, why_not(after, old))
    if _way(old) != _way(new):
        return Difference(Change.CHANGED, old, new)
    if abs(old.at - new.at) > SAME_TIME:
        return Difference(Change.MOVED, old, new)
    return None


def _way(sent: Sent) -> tuple[str, str, str, bool]:
    return sent.channel, sent.template, sent.recipient, sent.folded


def _turns(before: Run, after: Run) -> Iterable[Turn]:
    """Yield the verdicts that turned: a rule speaks, or does not speak, of an update any more."""
    news = {**before.news, **after.news}
    for rule in {*before.verdicts, *after.verdicts}:
        olds, nows = before.verdicts.get(rule, {}), after.verdicts.get(rule, {})
        for number in {*olds, *nows}:
            old, now = olds.get(number), nows.get(number)
            if number in news and _fired(old) != _fired(now):
                yield Turn(rule, news[number], old, now)


def _fired(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.fired
