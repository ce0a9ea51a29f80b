"""The simulated world and the real engine tell the same of the same story, and both keep their promises.

Random rules from a pool of building blocks, and random stories: news late, doubled and out of order,
contacts that change, channels that fail, silences, a brake, clocks that change.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, assume, given, settings

from notifier.core.rules import RuleSet
from notifier.store.sqlite.store import SqliteStore
from tests.simulation.engine import Engine, Story, Told, in_world
from tests.simulation.invariants import broken
from tests.simulation.stories import FILES, is_comparable, loaded, stories

# Most of the time of one example is spent on reading rules and on the database.
at_most = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without anything in it."""
    file = tmp_path_factory.mktemp("blank") / "notifier.db"
    store = SqliteStore(file)
    store.migrate()
    store.close()
    return file


def without_budgets(text: str) -> RuleSet:
    """Return rules without budgets: what waits for one is looked at every five minutes in the real engine."""
    rules = loaded(text)
    return replace(rules, channels={name: replace(c, budget=None) for name, c in rules.channels.items()})


def in_engine(text: str, story: Story, blank: Path, *, restarts: bool = False) -> Told:
    with TemporaryDirectory(dir=blank.parent) as folder:
        file = Path(folder, "notifier.db")
        shutil.copy(blank, file)
        engine = Engine(without_budgets(text), story, file)
        try:
            engine.run([story.start + 20_001.1 * n for n in range(43)] if restarts else ())
            return engine.outcome()
        finally:
            engine.store.close()


@given(FILES, stories())
@settings(at_most, max_examples=40)
def test_a_simulated_world_keeps_what_is_promised_and_is_the_same_each_time(text: str, story: Story) -> None:
    rules = loaded(text)
    told = in_world(rules, story)

    assert broken(rules, story, told) == []
    assert in_world(rules, story) == told


@given(FILES, stories())
@settings(at_most, max_examples=20)
def test_the_real_engine_tells_the_same_as_the_simulated_world(blank: Path, text: str, story: Story) -> None:
    assume(is_comparable(text, story))

    told = in_engine(text, story, blank)

    assert told == in_world(without_budgets(text), story)


@given(FILES, stories())
@settings(at_most, max_examples=4)
def test_restarts_change_nothing_of_what_is_told(blank: Path, text: str, story: Story) -> None:
    assume("{ id: rate," not in text)  # those are counted at each start as well

    assert in_engine(text, story, blank, restarts=True) == in_engine(text, story, blank)
