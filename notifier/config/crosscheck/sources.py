"""Sources: their names, and who asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from notifier.config.crosscheck.outline import Outline, words
from notifier.config.mistake import quoted, suggestion
from notifier.config.model.sources import SourcesPart
from notifier.config.model.values import NAME_HINT, NAME_PATTERN
from notifier.config.yamltree import Path
from notifier.core.contact import REGISTERED
from notifier.errors import Problem


def check(file: Outline) -> Iterator[Problem]:
    """Yield the problems with the sources of contacts."""
    tree, described = file.tree, file.block("sources")
    for name in described:
        at: Path = ("sources", name)
        if name == REGISTERED:
            hint = "remove it: what the shop registers has no settings"
            yield tree.problem(at, f"{quoted(name)} is no remote source", hint, at_key=True)
        elif not re.match(NAME_PATTERN, name):
            yield tree.problem(at, f"{quoted(name)} is not a usable name", NAME_HINT, at_key=True)
    named = file.block("orders").get("sources")
    known = {REGISTERED, *SourcesPart.model_fields, *described}
    seen: set[str] = set()
    for name, at in words(named, ("orders", "sources")) if isinstance(named, list) else ():
        if not re.match(NAME_PATTERN, name):
            continue  # that it is no name is told elsewhere
        if name in seen:
            hint = "the first in the list takes precedence"
            yield tree.problem(at, f"{quoted(name)} is listed twice", hint)
        elif name not in known:
            yield tree.problem(at, f"there is no source {quoted(name)}", suggestion(name, known))
        seen.add(name)
