"""What an edit changed: the parts of two versions of rules and templates, compared by fingerprints.

Fingerprints are taken of plain data, as it was written: comments, order of keys
and white space do not count, and neither does the order of rules, which are all
judged on every update.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

Fingerprints = Mapping[str, str]
"""Names to fingerprints."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one version, each by name with its fingerprint.

    `others` are the blocks of rules.yaml beside rules and channels (`shop`).
    They are for comparing in memory: a fingerprint may be that of a secret.
    """

    rules: Fingerprints = field(default_factory=dict, repr=False)
    channels: Fingerprints = field(default_factory=dict, repr=False)
    others: Fingerprints = field(default_factory=dict, repr=False)
    templates: Fingerprints = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of the parts: ids of rules; names of channels, other blocks and templates, in any way."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()

    def said(self) -> dict[str, list[str]]:
        """Return what there is to say, by the word for it; empty if nothing has changed."""
        words = {
            "added": self.added,
            "removed": self.removed,
            "changed": self.changed,
            "channels": self.channels,
            "others": self.others,
            "templates": self.templates,
        }
        return {word: list(names) for word, names in words.items() if names}


def difference(before: Parts, after: Parts) -> Difference:
    """Return what `after` has that `before` has not, and the other way round; rules in their order."""
    return Difference(
        added=tuple(id_ for id_ in after.rules if id_ not in before.rules),
        removed=tuple(id_ for id_ in before.rules if id_ not in after.rules),
        changed=tuple(
            id_ for id_, now in after.rules.items() if id_ in before.rules and before.rules[id_] != now
        ),
        channels=_touched(before.channels, after.channels),
        others=_touched(before.others, after.others),
        templates=_touched(before.templates, after.templates),
    )


def fingerprint(data: object) -> str:
    """Return the fingerprint of plain data (dict, list, str, int, float, bool, None): 12 hex digits."""
    written = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _touched(before: Fingerprints, after: Fingerprints) -> tuple[str, ...]:
    return tuple(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))
