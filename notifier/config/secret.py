"""Values kept out of rules.yaml: `${env:NAME}` and `${file:NAME}`, as whole values only.

A file is named by its whole path, or by the bare name of a systemd credential
(`LoadCredential=`; systemd.exec(5): in the directory $CREDENTIALS_DIRECTORY).
Nothing in here prints or keeps a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from notifier import files
from notifier.config.mistake import Mistake, quoted

LONGEST = 65_536
"""The most bytes that are read from a file of `${file:…}`."""

_WHOLE = re.compile(r"\$\{(env|file):([^{}]+)\}")
_COMMENT = re.compile(r"\s#")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a value is kept: an environment variable or a file."""

    kind: Literal["env", "file"]
    name: str

    def read(self, environ: Mapping[str, str]) -> str | None:
        """Return the value without white space around it, None if it is not set, empty or unreadable."""
        if self.kind == "env":
            return environ.get(self.name, "").strip() or None
        path = Path(self.name)
        if not path.is_absolute():
            path = Path(environ.get("CREDENTIALS_DIRECTORY", "/nonexistent"), self.name)
        try:
            content = files.read(path, LONGEST)
            return content.decode().strip() or None if len(content) <= LONGEST else None
        except (OSError, ValueError):
            return None

    def uncommented(self, value: str) -> str:
        """Let a value through unless a comment was written behind it: systemd takes that for a part of it.

        Raises:
            Mistake: it was; in a file of its own a value may hold anything.
        """
        if self.kind == "env" and _COMMENT.search(value):
            raise Mistake(
                "holds a # where a comment would begin: put comments on lines of their own, "
                "and a value that has one into a file (`${file:…}`)"
            )
        return value

    @property
    def absence(self) -> str:
        """Words for a value that is not there."""
        if self.kind == "env":
            return f"{self.name} is not set"
        return f"the file {quoted(self.name)} is missing, empty or cannot be read"


def reference(text: str) -> Reference | None:
    """Return the reference that `text` is, None if it is an ordinary value.

    Raises:
        Mistake: `${…}` is only a part of the text, or neither of env and file.
    """
    if "${" not in text:
        return None
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        if _WHOLE.search(text):
            raise Mistake(
                "holds a `${…}` that is not the whole value", "put the complete value into the variable"
            )
        raise Mistake("is neither `${env:NAME}` nor `${file:/path}`")
    name = whole[2]
    if whole[1] == "file":
        if not name.startswith("/") and ("/" in name or name in {".", ".."}):
            raise Mistake("names a file by half its path", "write `${file:/whole/path}`")
        return Reference("file", name)
    if not _VARIABLE.fullmatch(name):
        raise Mistake("names no environment variable", "letters, digits and _ only")
    return Reference("env", name)


def resolve(text: str, environ: Mapping[str, str], key: str, lacks: dict[str, str]) -> str | None:
    """Return the value that `text` is or refers to; None if that is not there, as `lacks[key]` then says.

    Args:
        environ: where `${env:NAME}` looks.
        key: the key of rules.yaml that `text` stands at.
    """
    kept = reference(text)
    if kept is None:
        return text
    value = kept.read(environ)
    if value is None:
        lacks[key] = kept.absence
        return None
    try:
        return kept.uncommented(value)
    except Mistake as mistake:
        lacks[key] = f"the value of {kept.name} {mistake.text}"
        return None
