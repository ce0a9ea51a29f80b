"""Which message of one run is which message of another: the same thing said by the same rule. Pure.

Messages about the same (rule, order, subject) are paired: first those that go the same way within
a minute, then the same way at another time, then another way. What is left of an order is paired
once more by rule and moment alone, because a changed `once` names the same news otherwise. All of
it treats both runs alike: exchanged, they give the same pairs.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from notifier.simulation.subjects import kind_of

SAME_TIME = 60.0
"""Seconds up to which two messages count as sent at the same time."""

SAME_DAY = 43_200.0
"""Seconds up to which what is about the shop, and comes again and again, is the same thing moved."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that went out in a run, or went out within another one (`folded`).

    `at` is when, Unix seconds UTC; `about` is its subject (`subjects.subject`); `ref` its order and
    `update_id` the update that it comes from, "" and 0 where it is about the shop.
    """

    at: float
    rule: str
    ref: str
    about: str
    channel: str
    template: str
    recipient: str = ""
    folded: bool = False
    update_id: int = 0


Pair: TypeAlias = tuple[Sent | None, Sent | None]
"""What was said before and after; None where it was not."""

_WAYS: tuple[Callable[[Sent], Hashable], ...] = (
    lambda sent: (sent.channel, sent.template, sent.recipient, sent.folded),
    lambda sent: (sent.channel, sent.template),
    lambda sent: sent.channel,
    lambda _: None,
)
"""What pairs have in common, the strictest first."""


def pair(before: Iterable[Sent], after: Iterable[Sent]) -> list[Pair]:
    """Pair the messages of two runs; each stands in exactly one pair."""
    pairs: list[Pair] = []
    left: tuple[list[Sent], list[Sent]] = ([], [])
    for olds, news in _together(before, after, lambda s: (s.rule, s.ref, s.about)):
        reach = math.inf if (olds or news)[0].ref else SAME_DAY
        if len(olds) == len(news) == 1 and abs(olds[0].at - news[0].at) <= reach:
            pairs.append((olds[0], news[0]))
            continue
        for way in _WAYS:
            for tolerance in (SAME_TIME, reach):
                pairs += _take(olds, news, way, tolerance)
        left[0].extend(olds)
        left[1].extend(news)
    for olds, news in _together(*left, lambda s: (s.rule, s.ref, kind_of(s.about))):
        if olds and news and olds[0].ref:
            for way in _WAYS:
                pairs += _take(olds, news, way, SAME_TIME)
        pairs += [(old, None) for old in olds]
        pairs += [(None, new) for new in news]
    return pairs


def _together(
    before: Iterable[Sent], after: Iterable[Sent], key: Callable[[Sent], Hashable]
) -> Iterator[tuple[list[Sent], list[Sent]]]:
    """Yield what both runs have of each key, in time."""
    groups: dict[Hashable, tuple[list[Sent], list[Sent]]] = defaultdict(lambda: ([], []))
    for side, run in enumerate((before, after)):
        for sent in run:
            groups[key(sent)][side].append(sent)
    for olds, news in groups.values():
        olds.sort(key=_in_time)
        news.sort(key=_in_time)
        yield olds, news


def _in_time(sent: Sent) -> tuple[float, str, str, str, str]:
    return sent.at, sent.channel, sent.template, sent.recipient, sent.about


def _take(
    olds: list[Sent], news: list[Sent], way: Callable[[Sent], Hashable], tolerance: float
) -> list[Pair]:
    """Take out of both lists, and return, what goes the same way within `tolerance` seconds."""
    if not olds or not news:
        return []
    found: list[Pair] = []
    for some, others in list(_together(olds, news, way)):
        found += _in_step(some, others, tolerance)
    for old, new in found:
        olds.remove(old)  # type: ignore[arg-type]  # neither is None
        news.remove(new)  # type: ignore[arg-type]
    return found


def _in_step(olds: Sequence[Sent], news: Sequence[Sent], tolerance: float) -> list[Pair]:
    """Pair two lists that stand in time: whoever is too early for the other has no partner."""
    found: list[Pair] = []
    i = j = 0
    while i < len(olds) and j < len(news):
        apart = olds[i].at - news[j].at
        if abs(apart) <= tolerance:
            found.append((olds[i], news[j]))
            i, j = i + 1, j + 1
        elif apart < 0:
            i += 1
        else:
            j += 1
    return found
