"""What one part of rules.yaml says of another, checked on the plain data.

So these mistakes show together with those of single values.
"""

from __future__ import annotations

from collections.abc import Collection

from notifier.config.crosscheck import alerts, names, sense, sources
from notifier.config.crosscheck.outline import Sending, outline
from notifier.config.yamltree import Tree
from notifier.errors import Problem

__all__ = ["Sending", "crosscheck", "sendings"]


def crosscheck(tree: Tree, template_names: Collection[str] | None) -> list[Problem]:
    """Return the problems of a whole file.

    Args:
        template_names: the templates that exist; None if that is not to be checked.
    """
    file = outline(tree)
    return [
        *names.check(file, template_names),
        *sources.check(file),
        *sense.check(file),
        *alerts.check(file),
    ]


def sendings(tree: Tree) -> list[Sending]:
    """Return every channel with its template that something of the file sends by."""
    return [sending for each in outline(tree).speakers() for sending in each]
