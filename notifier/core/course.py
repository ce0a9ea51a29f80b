"""The course of an order: its state, what comes late, and its parcels, as told by all its updates.

The natural course is N L R C E D, with I as an interruption and X as an end.
Event time and this course decide, never arrival: any permutation and any
duplication of the same updates gives the same state and the same parcels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from notifier.core import status
from notifier.core.status import Rank
from notifier.core.update import CLOCK_SKEW, RecordedUpdate, Shipment

_INTERRUPTIONS = (Rank.I, Rank.X)

_PACKED = frozenset({Rank.C, Rank.E, Rank.X, Rank.D})
_ENDED = frozenset({Rank.X, Rank.D})
_ALL = frozenset(Rank)

CONTRADICTS: Mapping[Rank, frozenset[Rank]] = {
    Rank.N: _ENDED,
    Rank.L: _PACKED,
    Rank.R: _PACKED,
    Rank.C: _ENDED,
    Rank.E: _ENDED,
    Rank.I: _ALL,
    Rank.X: _ALL,
    Rank.D: frozenset(),
}
"""What makes a status untrue, of all that can overtake it: a parcel that is held up was on its way all the
same, one that is delivered is not on its way, and one that moves again is neither held up nor lost."""


@dataclass(frozen=True, slots=True)
class Parcel(Shipment):
    """A parcel of an order, merged from all updates that name it.

    `named_by` is the id of the update that first named it, in event time, and
    `named_at` when that happened, in Unix seconds UTC. `replaced_at` is when an update named
    a new parcel in its place, None while it counts.
    """

    named_by: int = 0
    named_at: float = 0.0
    replaced_at: float | None = None


def sequence(updates: Iterable[RecordedUpdate]) -> list[RecordedUpdate]:
    """Return updates as they happened; those of the same second along the natural course."""
    known = list(updates)
    if len(known) < 2:
        return known
    # The identity is worked out only where time and status leave it open: that takes longest.
    moments = [(u.happened_at, _place(u)) for u in known]
    if len(set(moments)) < len(known):
        return sorted(known, key=lambda u: (u.happened_at, _place(u), u.update.identity))
    return [known[n] for n in sorted(range(len(known)), key=moments.__getitem__)]


def is_late(news: RecordedUpdate, others: Iterable[RecordedUpdate]) -> bool:
    """Tell whether the order is known to have gone beyond `news`.

    Along the course, a further status makes it late also if its time is up to
    CLOCK_SKEW before: a parcel does not go back, clocks do. A further status of
    longer ago is another run and makes nothing late.

    Problems and losses interrupt the course, so for them the time alone counts:
    they make late what happened before them, and are late themselves once
    anything else is known to have happened after them, unless that is late by
    the clocks itself.

    A status told again with a parcel that nobody has named yet is news about
    that parcel and never late. Neither is a status without a place in the
    course, and it makes nothing late.
    """
    return _told(news, others).is_beyond(news)


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What is known of a piece of news by now.

    `overtaken` tells that the order is known to have gone beyond it (`is_late`), `contradicted_by`
    is the code of the furthest status that makes it untrue, empty if there is none.
    """

    overtaken: bool = False
    contradicted_by: str = ""


def hindsight(news: RecordedUpdate, others: Iterable[RecordedUpdate]) -> Hindsight:
    """Return what all updates of an order make of one of them."""
    beyond = tuple(_told(news, others).overtaking(news))
    untrue = CONTRADICTS[own] if (own := status.rank(news.code)) is not None else frozenset()
    furthest_of = max((rank for rank in beyond if rank in untrue), default=None)
    return Hindsight(bool(beyond), "" if furthest_of is None else furthest_of.name)


def _told(news: RecordedUpdate, others: Iterable[RecordedUpdate]) -> _Told:
    return _Told([news, *(o for o in others if o.id != news.id)])


def mover(updates: Iterable[RecordedUpdate]) -> RecordedUpdate | None:
    """Return the update that brought the order to the furthest status that still holds.

    That is the first to say so, by event time: told again it moves nothing. None without known news.
    """
    known = list(updates)
    told = _Told(known)
    standing = [
        (rank, u) for u in known if (rank := status.rank(u.code)) is not None and not told.is_beyond(u)
    ]
    return min(standing, key=lambda pair: (-pair[0], pair[1].happened_at))[1] if standing else None


def furthest(updates: Iterable[RecordedUpdate]) -> str:
    """Return the code of the furthest status that still holds, empty without known news."""
    moved = mover(updates)
    return moved.code if moved else ""


def parcels(updates: Iterable[RecordedUpdate]) -> tuple[Parcel, ...]:
    """Merge the parcels of all updates by tracking code: none is lost when a later update lists fewer.

    The latest word on each of its fields wins, and silence is no word: an empty
    field erases nothing. Parcels stand in the order in which they were first named.

    A parcel without a code, in whose place an update lists one with a code, is that one. One with a
    code in whose place an update lists a new one was given another label: it is marked as replaced. Where
    an update lists fewer parcels and nothing new, nothing is concluded.
    """
    merged: dict[str, Parcel] = {}
    for update in sequence(updates):
        listed = {told.key: told for told in update.shipments}
        new = [key for key in listed if key not in merged]
        if new and merged:
            _replace(merged, listed, new, update)
        for told in update.shipments:
            before = merged.get(told.key)
            merged[told.key] = _merge(before, told) if before else _named(told, update)
    return tuple(merged.values())


def _replace(
    merged: dict[str, Parcel], listed: Mapping[str, Shipment], new: list[str], update: RecordedUpdate
) -> None:
    """Let the new parcels of an update take the places of those that it does not list any more."""
    gone = [p for key, p in merged.items() if key not in listed and p.replaced_at is None]
    free = [listed[key] for key in new if listed[key].tracking_code]
    if len(gone) > len(free):
        return
    for parcel in gone:
        same = [told for told in free if parcel.carrier in ("", told.carrier) or not told.carrier]
        successor = same[0] if same else free[0]
        free.remove(successor)
        if parcel.tracking_code:
            merged[parcel.key] = replace(parcel, replaced_at=update.happened_at)
        elif same:
            filled = replace(parcel, tracking_code=successor.tracking_code)
            places = [(filled.key, filled) if key == parcel.key else (key, p) for key, p in merged.items()]
            merged.clear()
            merged.update(places)


class _Told:
    """What updates tell together, counted once: every update is held against all others."""

    def __init__(self, updates: Iterable[RecordedUpdate]) -> None:
        self._latest: dict[Rank, float] = {}
        self._codes: Counter[str] = Counter()
        self._naming: Counter[str] = Counter()
        for update in updates:
            if (rank := status.rank(update.code)) is not None:
                self._latest[rank] = max(update.happened_at, self._latest.get(rank, update.happened_at))
            self._codes[update.code] += 1
            self._naming.update({s.key for s in update.shipments})

    def is_beyond(self, news: RecordedUpdate) -> bool:
        """Tell whether the others are beyond `news`, which is one of the updates."""
        return any(True for _ in self.overtaking(news))

    def overtaking(self, news: RecordedUpdate) -> Iterator[Rank]:
        """Yield the statuses by which the others are beyond `news`, which is one of the updates."""
        own = status.rank(news.code)
        if own is None or self._is_about_a_new_parcel(news):
            return
        at = news.happened_at
        for rank, latest in self._latest.items():
            if _overtakes(rank, latest, own, at) and not (
                rank < own in _INTERRUPTIONS and self._is_clock_behind(rank, latest)
            ):
                yield rank

    def _is_clock_behind(self, own: Rank, at: float) -> bool:
        """Tell whether the course was further by then: such news does not show that a problem is over."""
        return any(
            rank > own and latest >= at - CLOCK_SKEW
            for rank, latest in self._latest.items()
            if rank not in _INTERRUPTIONS
        )

    def _is_about_a_new_parcel(self, news: RecordedUpdate) -> bool:
        new = sum(self._naming[key] == 1 for key in {s.key for s in news.shipments})
        return new > 0 and len(self._naming) > new and self._codes[news.code] > 1


def _overtakes(other: Rank, other_at: float, own: Rank, own_at: float) -> bool:
    if own in _INTERRUPTIONS and other is not own and other_at > own_at:
        return True
    tolerance = 0.0 if own in _INTERRUPTIONS or other in _INTERRUPTIONS else CLOCK_SKEW
    return other > own and other_at >= own_at - tolerance


def _place(update: RecordedUpdate) -> int:
    rank = status.rank(update.code)
    return -1 if rank is None else rank


def _named(told: Shipment, update: RecordedUpdate) -> Parcel:
    return Parcel(
        told.carrier,
        told.carrier_name,
        told.tracking_code,
        told.tracking_url,
        told.new,
        named_by=update.id,
        named_at=update.happened_at,
    )


def _merge(before: Parcel, told: Shipment) -> Parcel:
    return replace(
        before,
        carrier=told.carrier or before.carrier,
        carrier_name=told.carrier_name or before.carrier_name,
        tracking_url=told.tracking_url or before.tracking_url,
        new=told.new,
        replaced_at=None,
    )
