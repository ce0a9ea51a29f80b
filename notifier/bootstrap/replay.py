"""`notifier replay`: what other rules would have changed of what was sent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from notifier.bootstrap.database import open_existing_store
from notifier.bootstrap.players import Report, Side, playing
from notifier.config.settings import Settings
from notifier.errors import NotFound
from notifier.render.loading import read
from notifier.simulation.comparison import Comparison, compare
from notifier.simulation.replaying import Span

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it; `updates` and `orders` count those within the time looked at.

    `words` are the folders of templates that differ.
    """

    before: Side
    after: Side
    span: Span
    updates: int
    orders: int
    comparison: Comparison
    words: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Tell whether anything does."""
        return bool(self.comparison) or bool(self.words)


def replay(
    settings: Settings,
    rules: Path,
    templates: Path | None,
    choose: Callable[[str], tuple[float, float]],
    now: float,
    report: Report,
) -> Replayed:
    """Run recorded history through the rules in force and through others, and compare.

    Args:
        settings: name the rules and templates in force, and the database.
        rules: the other file; `templates` the other folder, None if they stay.
        choose: returns since and until, Unix seconds UTC, by the shop's time zone.
        now: Unix seconds UTC.

    Raises:
        RulesError: files cannot be used; it holds the problems of both sides.
        NotFound: there is no database, or no update arrived in that time.
        StoreError: the database cannot be read.
        NotifierError: a process ended before its time.
    """
    with closing(open_existing_store(settings)) as store:
        if store.past.span() is None:
            raise NotFound("no update is on record yet: there is nothing to replay")
    other = replace(settings, rules=rules, templates=templates or settings.templates)
    with playing({BEFORE: settings, AFTER: other}) as players:
        sides = players.ready()
        since, until = choose(sides[BEFORE].zone)
        lead = max(side.lead for side in sides.values())
        # What is told after the end is wanted as well, to see what has moved beyond it.
        span = Span(since, until, since - lead, max(until, min(until + lead, now)), until + lead)
        runs = players.play(span, report)
    news = runs[BEFORE].news
    if not news:
        raise NotFound("no update arrived in that time: there is nothing to replay")
    return Replayed(
        sides[BEFORE],
        sides[AFTER],
        span,
        len(news),
        len({update.ref for update in news.values()}),
        compare(runs[BEFORE], runs[AFTER], since, until),
        _changed_words(settings.templates, templates) if templates else (),
    )


def _changed_words(before: Path, after: Path) -> tuple[str, ...]:
    """Return the templates (`_layout` for shared pieces) of which a file differs, by name."""
    old, new = read(before)[0], read(after)[0]
    different = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    return tuple(sorted({name.partition("/")[0] for name in different}))
