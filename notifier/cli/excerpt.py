"""The line of a file that a problem is about, with a mark under the place; nothing secret is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from notifier.errors import Problem

LONGEST = 100
"""Characters of a line that are shown."""

_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")  # those of YAML
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")
_WORD = re.compile(r"[^\s,:{}\[\]]+")

_HIDDEN = (
    # What follows the scheme of a URL can be a password or a token.
    re.compile(r"[\"'][\w+.-]*://([^\"']+)"),
    re.compile(r"://([^\s\"'`]+)"),
    # The values of keys that hold secrets or addresses, and of headers, but for ${…} and {{ … }}.
    re.compile(
        r"(?ix) (?<![\w-]) (?: url | to | user | [\w-]*(?:secret|token|key|password|passwd|auth)[\w-]*"
        r" | (?-i:[A-Z])[\w-]* ) [\"']? \s*:\s*"
        r" (?! [\"']? (?:\$\{ | \{\{) ) ( \" (?:[^\"\\]|\\.)* | ' (?:[^']|'')* | [^\s,{}\[\]…:/][^,{}\[\]]* )"
    ),
    # Addresses, and what looks like a key to something.
    re.compile(r"([^\s\"'`{}\[\],:]+@[^\s\"'`{}\[\],]+)"),
    re.compile(r"(?i)(?<![a-z\d])((?=[a-z]*\d)(?=\d*[a-z])[a-z\d+/=]{16,})"),
)
"""What is not shown: the group of each."""

Read = Callable[[str], str | None]
"""Gives the text of a file that a problem names, None if it cannot be read."""


def excerpt(problem: Problem, read: Read) -> list[str]:
    """Return the line of a problem and the mark under it; nothing if there is no such line."""
    if not problem.line or not problem.column:
        return []
    lines = _BREAK.split(read(problem.file) or "")
    if problem.line > len(lines):
        return []
    line = lines[problem.line - 1]
    at = problem.column - 1
    if at >= len(line):
        return []
    length = _length(line, at)
    shown = _plain(hidden(line))
    if len(line) > LONGEST:
        start = max(0, min(at - LONGEST // 2, len(line) - LONGEST))
        shown, at = shown[start : start + LONGEST], at - start
        length = min(length, LONGEST - at)
    return [shown.rstrip(), " " * _width(shown[:at]) + "^" * _width(shown[at : at + length])]


def reader(*folders: Path) -> Read:
    """Return what reads each file once: as its name says, or in one of `folders`."""
    known: dict[str, str | None] = {}

    def read(file: str) -> str | None:
        if file not in known:
            paths = (Path(file), *(folder / file for folder in folders))
            known[file] = next(filter(None, map(_text, paths)), None)
        return known[file]

    return read


def hidden(line: str) -> str:
    """Return a line whose secrets and addresses have become dots, each as wide as it was."""
    for pattern in _HIDDEN:
        line = pattern.sub(_dotted, line)
    return line


def _dotted(found: re.Match[str]) -> str:
    secret = found[1]
    quote = secret[0] if secret[0] in "\"'" else ""
    kept = secret.rstrip()
    dots = quote + "…" * (len(kept) - len(quote)) + secret[len(kept) :]
    return found[0][: found.start(1) - found.start()] + dots + found[0][found.end(1) - found.start() :]


def _length(line: str, at: int) -> int:
    """Return how much of a line a place is about: a text in quotes, or a word."""
    found = _QUOTED.match(line, at) or _WORD.match(line, at)
    return found.end() - at if found else 1


def _plain(line: str) -> str:
    return "".join(c if c.isprintable() else " " for c in line)


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _text(path: Path) -> str | None:
    try:
        if not path.is_file():
            return None
        return path.read_bytes().decode("utf-8-sig", "replace")
    except (OSError, ValueError):
        return None
