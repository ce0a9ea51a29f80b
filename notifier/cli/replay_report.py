"""What `notifier replay` has to tell, in words for people: the same for the screen and the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from notifier.bootstrap.replay import Replayed
from notifier.cli.output import masked
from notifier.core import status
from notifier.simulation.comparison import WORDS, Change, Difference, Turn, Verdict
from notifier.simulation.pairing import SAME_TIME, Sent

TITLES = {
    Change.ADDED: "added",
    Change.LOST: "lost",
    Change.MOVED: "at another time",
    Change.CHANGED: "another way",
}
"""What is said of messages that differ."""


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
class Section:
    """How the messages of one rule differ in one way: in all, why as far as it is known, and some of them."""

    rule: str
    change: Change
    title: str
    count: int
    reasons: tuple[tuple[str, str, int], ...]
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
        turned=len(comparison.turns),
        differs=replayed.differs,
    )


def as_data(replayed: Replayed, limit: int | None) -> dict[str, object]:
    """Return all of it as values for JSON; with a `limit` so many messages and verdicts of a rule and kind."""
    zone = ZoneInfo(replayed.before.zone)
    told = report(replayed, 0)
    return {
        "since": iso(replayed.span.since, zone),
        "until": iso(replayed.span.until, zone),
        "updates": replayed.updates,
        "orders": replayed.orders,
        "before": {"rules": str(replayed.before.rules), "fingerprint": replayed.before.fingerprint},
        "after": {"rules": str(replayed.after.rules), "fingerprint": replayed.after.fingerprint},
        "differs": replayed.differs,
        "rules": [asdict(row) for row in told.rows],
        "words": list(replayed.words),
        "messages": [
            {
                "change": difference.change.value,
                "rule": difference.one.rule,
                "ref": difference.one.ref,
                "before": _sent(difference.before, zone),
                "after": _sent(difference.after, zone),
                "why": difference.why,
            }
            for difference in _some(replayed.comparison.differences, limit)
        ],
        "verdicts": [
            {
                "rule": turn.rule,
                "ref": turn.news.ref,
                "status": status.name(turn.news.code),
                "at": iso(turn.news.at, zone),
                "before": _verdict(turn.before),
                "after": _verdict(turn.after),
            }
            for turn in _few(replayed.comparison.turns, limit)
        ],
    }


def moment(at: float, zone: ZoneInfo) -> str:
    """Return a time on the shop's clocks, to the minute."""
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M")


def iso(at: float, zone: ZoneInfo) -> str:
    """Return a time for programs, with the offset of the shop's zone."""
    return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")


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
        title=TITLES[change],
        count=len(found),
        reasons=tuple((why, WORDS.get(why, why), count) for why, count in reasons),
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
        later = f"{moment(after.at, zone)} ({apart(after.at - before.at)})"
        return Example(f"{moment(before.at, zone)} → {later}", one.ref, what)
    return Example(moment(one.at, zone), one.ref, what)


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


def _sent(sent: Sent | None, zone: ZoneInfo) -> dict[str, object] | None:
    if sent is None:
        return None
    return {
        "at": iso(sent.at, zone),
        "channel": sent.channel,
        "template": sent.template,
        "recipient": masked(sent.recipient),
        "with_another": sent.folded,
    }


def _verdict(verdict: Verdict | None) -> dict[str, object]:
    return asdict(verdict or Verdict(False, "other_status"))


def _some(differences: Sequence[Difference], limit: int | None) -> Iterator[Difference]:
    seen: Counter[tuple[str, Change]] = Counter()
    for difference in differences:
        key = (difference.one.rule, difference.change)
        seen[key] += 1
        if limit is None or seen[key] <= limit:
            yield difference


def _few(turns: Sequence[Turn], limit: int | None) -> Iterator[Turn]:
    seen: Counter[str] = Counter()
    for turn in turns:
        seen[turn.rule] += 1
        if limit is None or seen[turn.rule] <= limit:
            yield turn
