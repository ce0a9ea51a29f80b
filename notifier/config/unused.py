"""What stands in rules.yaml and that nobody uses, and what waits for a window in vain."""

from __future__ import annotations

from collections.abc import Iterator

from notifier.config import duration
from notifier.config.crosscheck.outline import as_block, as_list, outline
from notifier.config.mistake import quoted
from notifier.config.yamltree import Tree
from notifier.core.rules import RuleSet
from notifier.core.schedule import Hours
from notifier.errors import Problem

_A_DAY = 1440
_A_WEEK = 7 * _A_DAY


def unused(tree: Tree) -> Iterator[Problem]:
    """Yield a warning for every channel, window and calendar that nothing names."""
    file = outline(tree)
    if not file.rules:
        return  # whoever has only begun has used nothing yet
    sendings = [sending for each in file.speakers() for sending in each]
    steps = [as_block(s) for r in file.rules for s in as_list(r.body.get("escalate"))]
    whens = [as_block(rule.body.get("when")) for rule in file.rules]
    inner = [as_block(when.get(kind)) for when in whens for kind in ("stuck", "quiet")]
    used: dict[str, set[object]] = {
        "channels": {sending.channel for sending in sendings},
        "windows": {part.get("window") for part in [*(s.body for s in sendings), *steps]},
        "calendars": {part.get("calendar") for part in [*whens, *inner]},
    }
    for block, names in used.items():
        for name in file.block(block):
            if name not in names:
                text = f"nothing uses the {block.removesuffix('s')} {quoted(name)}"
                yield tree.problem((block, name), text, "name it in a rule, or remove it", at_key=True)


def impatient(ruleset: RuleSet, tree: Tree) -> Iterator[Problem]:
    """Yield a warning where a message is dropped because its window stays closed for longer than it waits.

    With another way after it, that is what `max_defer` is for.
    """
    for sending in (s for each in outline(tree).speakers() for s in each):
        window, waits = sending.body.get("window"), sending.body.get("max_defer")
        if not sending.is_last or waits is None:
            continue
        closed = longest_closing(ruleset.windows[str(window)])
        if duration.parse(waits) < closed * 60:
            text = f"{quoted(window)} closes for up to {closed / 60:g}h; what would wait longer is dropped"
            hint = "make `max_defer` longer, or write another way after it in `first_of`"
            yield tree.problem((*sending.at[:-1], "max_defer"), text, hint)


def longest_closing(hours: Hours) -> int:
    """Return how many minutes of an ordinary week it stays closed at most."""
    openings = sorted(
        (day * _A_DAY + begin, day * _A_DAY + (end if end > begin else end + _A_DAY))
        for day in hours.days
        for begin, end in hours.spans
    )
    closed, until = 0, openings[0][1]
    for begin, end in [*openings[1:], (openings[0][0] + _A_WEEK, 0)]:
        closed = max(closed, begin - until)
        until = max(until, end)
    return closed
