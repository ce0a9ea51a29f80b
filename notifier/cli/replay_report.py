"""What `notifier replay` has to tell, in words for people: the same for the screen and the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from notifier.bootstrap.replay import Replayed
from notifier.cli.output import masked
from notifier.simulation.comparison import WORDS, Change, Difference
from notifier.simulation.pairing import SAME_TIME, Sent

TITLES = {
    Change.ADDED: "added",
    Change.LOST: "lost",
    Change.MOVED: "sent at another time",
    Change.CHANGED: "sent another way",
}
"""What is said of messages that differ."""

SIDES = {Change.ADDED: "before", Change.LOST: "after"}
"""Which of the rules do not send a message that differs, and so have a reason."""


@dataclass(frozen=True, slots=True)
class Row:
    """One rule, by numbers; `rule` is empty for the sum of all."""

    rule: str
    before: int
    after: int
    added: int
    lost: int
    moved: int
    changed: int

    @property
    def differs(self) -> bool:
        """Tell whether anything does."""
        return bool(self.added or self.lost or self.moved or self.changed)


@dataclass(frozen=True, slots=True)
class Example:
    """One message that differs; `when` is in the shop's zone, `order` empty where it is about none."""

    when: str
    order: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """A reason for which messages are not sent by one of the rules, and how many there are."""

    said: str
    count: int


@dataclass(frozen=True, slots=True)
class Section:
    """How the messages of one rule differ in one way: in all, why as far as it is known, and some of them."""

    rule: str
    change: Change
    title: str
    count: int
    reasons: tuple[Why, ...]
    examples: tuple[Example, ...]

    @property
    def more(self) -> int:
        """How many are not among the examples."""
        return self.count - len(self.examples)


@dataclass(frozen=True, slots=True)
class Report:
    """All of it."""

    since: str
    until: str
    zone: str
    updates: int
    orders: int
    before: str
    after: str
    rows: tuple[Row, ...]
    total: Row
    sections: tuple[Section, ...]
    words: tuple[str, ...]
    passed_over: str
    turned: int
    differs: bool


def report(replayed: Replayed, limit: int) -> Report:
    """Return the report, with at most `limit` examples of each kind."""
    comparison = replayed.comparison
    zone = ZoneInfo(replayed.before.zone)
    rows = tuple(
        Row(t.rule, t.before, t.after, *(t.changes[change] for change in Change)) for t in comparison.tallies
    )
    numbers = zip(*((r.before, r.after, r.added, r.lost, r.moved, r.changed) for r in rows), strict=True)
    found: dict[tuple[str, Change], list[Difference]] = {}
    for difference in comparison.differences:
        found.setdefault((difference.one.rule, difference.change), []).append(difference)
    order = list(Change)
    rules = [t.rule for t in comparison.tallies]
    return Report(
        since=moment(replayed.span.since, zone),
        until=moment(replayed.span.until, zone),
        zone=replayed.before.zone,
        updates=replayed.updates,
        orders=replayed.orders,
        before=f"{replayed.before.rules} ({replayed.before.fingerprint})",
        after=f"{replayed.after.rules} ({replayed.after.fingerprint})",
        rows=rows,
        total=Row("", *(map(sum, numbers) if rows else [0] * 6)),
        sections=tuple(
            _section(rule, change, found[rule, change], zone, limit)
            for rule, change in sorted(found, key=lambda key: (rules.index(key[0]), order.index(key[1])))
        ),
        words=replayed.words,
        passed_over=_passed_over(replayed),
        turned=len(comparison.turns),
        differs=replayed.differs,
    )


def moment(at: float, zone: ZoneInfo) -> str:
    """Return a time on the shop's clocks, to the minute."""
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M")


def apart(seconds: float) -> str:
    """Return how much later (or, with a minus, earlier) something is: `+1 h 30 min`."""
    minutes = round(abs(seconds) / 60)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (0 if days else minutes, "min")]
    return ("+" if seconds >= 0 else "−") + (
        " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"
    )


def _section(rule: str, change: Change, found: Sequence[Difference], zone: ZoneInfo, limit: int) -> Section:
    reasons = Counter(d.why for d in found if d.why).most_common()
    return Section(
        rule=rule,
        change=change,
        title=f"{len(found):,} {'message' if len(found) == 1 else 'messages'} {TITLES[change]}",
        count=len(found),
        reasons=tuple(
            Why(f"not sent {SIDES[change]}, {why}: {WORDS.get(why, why)}", count) for why, count in reasons
        ),
        examples=tuple(_example(d, zone) for d in found[:limit]),
    )


def _example(difference: Difference, zone: ZoneInfo) -> Example:
    before, after, one = difference.before, difference.after, difference.one
    if before is None or after is None:
        return Example(moment(one.at, zone), one.ref, _way(one), difference.why)
    what = _way(after)
    if difference.change is Change.CHANGED:
        what = f"{_short(before, after)} → {_short(after, before)}"
    if abs(after.at - before.at) > SAME_TIME:
        return Example(_moved(before.at, after.at, zone), one.ref, what)
    return Example(moment(one.at, zone), one.ref, what)


def _moved(before: float, after: float, zone: ZoneInfo) -> str:
    """Return both times; of the same day it is named once."""
    old, new = moment(before, zone), moment(after, zone)
    day, _, clock = new.partition(" ")
    return f"{old} → {clock if old.startswith(day) else new} ({apart(after - before)})"


def _way(sent: Sent) -> str:
    """Return where a message went."""
    to = f" to {masked(sent.recipient)}" if sent.recipient else ""
    return f"{sent.channel}{to}" + (", with another message" if sent.folded else "")


def _short(sent: Sent, other: Sent) -> str:
    """Return of a message what is not the same of another one."""
    parts = []
    if sent.channel != other.channel:
        parts.append(sent.channel)
    if sent.template != other.template:
        parts.append(f"template {sent.template}")
    if sent.recipient != other.recipient and sent.channel == other.channel:
        parts.append(f"to {masked(sent.recipient) or 'nobody named'}")
    if sent.folded != other.folded:
        parts.append("with another message" if sent.folded else "on its own")
    return ", ".join(parts)


def _passed_over(replayed: Replayed) -> str:
    """Say which channels are left out of `first_of` because they have no URL here."""
    names = sorted({*replayed.before.passed_over, *replayed.after.passed_over})
    if not names:
        return ""
    what = "channel" if len(names) == 1 else "channels"
    return f"Not configured here, and passed over where `first_of` names another: {what} {', '.join(names)}"
