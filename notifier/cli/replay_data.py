"""What `notifier replay` has to tell, as values for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from notifier.bootstrap.replay import Replayed
from notifier.cli.output import masked
from notifier.cli.replay_report import report
from notifier.core import status
from notifier.simulation.comparison import Verdict
from notifier.simulation.pairing import Sent

_T = TypeVar("_T")


def as_data(replayed: Replayed, limit: int | None) -> dict[str, object]:
    """Return all of it as values for JSON, of each rule and kind at most `limit` messages and verdicts."""
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
            for difference in _some(replayed.comparison.differences, lambda d: (d.one.rule, d.change), limit)
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
            for turn in _some(replayed.comparison.turns, lambda t: t.rule, limit)
        ],
    }


def iso(at: float, zone: ZoneInfo) -> str:
    """Return a time for programs, with the offset of the shop's zone."""
    return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")


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


def _some(values: Iterable[_T], kind: Callable[[_T], Hashable], limit: int | None) -> Iterator[_T]:
    """Yield at most `limit` values of each kind."""
    seen: Counter[Hashable] = Counter()
    for value in values:
        seen[kind(value)] += 1
        if limit is None or seen[kind(value)] <= limit:
            yield value
