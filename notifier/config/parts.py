"""The parts of a rules.yaml that was found good, as fingerprints to compare with the next version's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notifier.config.mistake import Mistake
from notifier.config.secret import reference
from notifier.core.difference import Parts, fingerprint


def parts(data: Any, environ: Mapping[str, str]) -> Parts:
    """Return the parts of a file's plain data.

    What `${…}` stands for counts as well: a channel whose password lies in a file
    that was written anew has changed.

    Args:
        environ: where `${env:NAME}` looks.
    """
    others = {key: value for key, value in data.items() if key not in ("version", "rules", "channels")}
    return Parts(
        rules={str(rule["id"]): fingerprint(rule) for rule in data["rules"]},
        channels={name: _with_values(channel, environ) for name, channel in data["channels"].items()},
        others={name: _with_values(block, environ) for name, block in others.items()},
    )


def _with_values(data: object, environ: Mapping[str, str]) -> str:
    def filled(node: object) -> object:
        match node:
            case dict():
                return {key: filled(value) for key, value in node.items()}
            case list():
                return [filled(value) for value in node]
            case str():
                return [node, _value(node, environ)] if "${" in node else node
        return node

    return fingerprint(filled(data))


def _value(text: str, environ: Mapping[str, str]) -> str | None:
    try:
        kept = reference(text)
    except Mistake:  # ordinary text that happens to hold the sign
        return None
    return kept.read(environ) if kept else None
