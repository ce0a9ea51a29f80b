"""YAML text to plain data that remembers where everything stood.

Scalars have the meaning of YAML 1.2's core schema: `NO` and `on` are text, so
are `22:00` and `2026-03-01`, and digits with a leading zero (a postcode).
Keys are always text. What makes files hard to read and to trust is refused:
duplicate keys, anchors, aliases, merge keys, tags, several documents. No value
may be left empty.

The parser's events are read, not its composed nodes, because only they tell a
written tag from a worked out one and an alias from a copy.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from notifier import files
from notifier.config.mistake import quoted, subject
from notifier.config.yamlsyntax import syntax_problem
from notifier.errors import Problem, RulesError

Path: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys and list positions from 0, such as ("rules", 0, "send")."""

Mark: TypeAlias = tuple[int, int]
"""Line and column, counted from 1."""

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


@dataclass(frozen=True, slots=True)
class Tree:
    """A file's data (dict, list, str, int, float, bool, None) and the places of its values and keys.

    `problems` are mistakes that did not stop the reading; `broken` are the
    paths that they stand at, about which nothing more need be said.
    """

    file: str
    data: object
    values: Mapping[Path, Mark]
    keys: Mapping[Path, Mark]
    problems: tuple[Problem, ...] = ()
    broken: frozenset[Path] = frozenset()

    def value(self, path: Path) -> object:
        """Return what stands at `path`, None if nothing does."""
        found: Any = self.data
        for part in path:
            held = found if isinstance(found, dict) else range(len(found)) if isinstance(found, list) else ()
            if part not in held:
                return None
            found = found[part]
        return found

    def problem(self, path: Path, text: str, hint: str = "", *, at_key: bool = False) -> Problem:
        """Return a Problem at the value of `path`, or at its key; at the nearest thing above without one."""
        mark = self.keys.get(path) if at_key else None
        while mark is None:
            mark = self.values.get(path) or ((1, 1) if not path else None)
            path = path[:-1]
        return Problem(self.file, *mark, text, hint)


def read(path: FilePath) -> bytes:
    """Return the content of a file of at most 1 MiB.

    Raises:
        RulesError: it is missing, cannot be read or is larger.
    """
    try:
        content = files.read(path, MAX_BYTES)
    except FileNotFoundError:
        raise RulesError([Problem(str(path), 0, 0, "there is no such file")]) from None
    except OSError as error:
        raise RulesError([Problem(str(path), 0, 0, f"cannot be read: {error.strerror}")]) from None
    if len(content) > MAX_BYTES:
        raise RulesError([Problem(str(path), 0, 0, "is larger than 1 MiB")])
    return content


def parse(content: bytes, file: str) -> Tree:
    """Return the data of a YAML file.

    Args:
        content: the file's bytes, UTF-8.
        file: its name for problems.

    Raises:
        RulesError: it is not UTF-8, empty, or no YAML.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        problem = Problem(file, line, column, "is not UTF-8 text", "save the file as UTF-8")
        raise RulesError([problem]) from None
    reader = _Reader(text, file)
    try:
        data = reader.document()
    except YAMLError as error:
        raise RulesError([*reader.problems, syntax_problem(error, text, file)]) from None
    except _TooDeep as error:
        problem = Problem(file, *error.mark, f"is nested more than {MAX_DEPTH} levels deep")
        raise RulesError([*reader.problems, problem]) from None
    return Tree(file, data, reader.values, reader.keys, tuple(reader.problems), frozenset(reader.broken))


class _TooDeep(Exception):
    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark


class _Reader:
    """One pass over the events of a file."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.values: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.problems: list[Problem] = []
        self.broken: set[Path] = set()
        self._in_braces = 0
        self._events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))

    def document(self) -> object:
        """Return the data of the first document; a second one is a problem."""
        next(self._events)  # the stream's start
        start = next(self._events)
        if not isinstance(start, DocumentStartEvent):
            raise self._empty()
        if start.version or start.tags:
            self._note((1, 1), "directives such as %YAML are not used here", "remove the line")
        data = self._value(next(self._events), (), 0)
        if data is None:
            raise self._empty()
        next(self._events)  # the document's end
        second = next(self._events)
        if isinstance(second, DocumentStartEvent):
            self._note(_mark(second), "a second document begins here", "remove the line `---`")
            raise RulesError(self.problems)  # what follows is not read, so nothing more can be said
        return data

    def _value(self, event: Event, path: Path, depth: int) -> object:
        mark = _mark(event)
        self.values[path] = mark
        if depth > MAX_DEPTH:
            raise _TooDeep(mark)
        self._refuse_extras(event, path)
        match event:
            case ScalarEvent():
                return self._scalar(event, path)
            case SequenceStartEvent():
                items: list[object] = []
                while not isinstance(item := next(self._events), SequenceEndEvent):
                    items.append(self._value(item, (*path, len(items)), depth + 1))
                return items
            case MappingStartEvent(flow_style=in_braces):
                self._in_braces += bool(in_braces)
                mapping = self._mapping(path, depth)
                self._in_braces -= bool(in_braces)
                return mapping
        return None  # an alias, refused above

    def _mapping(self, path: Path, depth: int) -> dict[str, object]:
        mapping: dict[str, object] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, path)
            here = (*path, key)
            mark = _mark(event)
            if key in mapping:
                line = self.keys[here][0]
                self._note(mark, f"{quoted(key)} is set twice", f"also set on line {line}")
            self.keys[here] = mark
            mapping[key] = self._value(next(self._events), here, depth + 1)
        return mapping

    def _key(self, event: Event, path: Path) -> str:
        mark = _mark(event)
        if isinstance(event, ScalarEvent):
            key = str(event.value)
            here = (*path, key)
            self._refuse_extras(event, here)
            if key == "<<" and event.style is None:
                self._note(mark, "merge keys (`<<`) are not used here", "write the keys out")
                self.broken.add(here)
            elif not key:
                self._note(mark, "a key is missing before the `:`")
                self.broken.add(here)
            return key
        self._note(mark, "a key must be a word", "text with {{ … }} needs quotes around it")
        self.broken |= {path, (*path, "?")}
        so_far = len(self.problems)
        self._value(event, (*path, "?"), len(path) + 1)
        del self.problems[so_far:]  # what is inside was never meant as YAML
        return "?"

    def _scalar(self, event: ScalarEvent, path: Path) -> object:
        text = str(event.value)
        if event.style is not None:
            return text
        if text in _WORDS:
            value = _WORDS[text]
            if value is None and path and path not in self.broken:
                hint = "write a value or remove the line; after a space, # begins a comment"
                if self._in_braces:
                    hint = "write a value; text that holds a comma needs quotes within { }"
                self._note(self.keys.get(path, _mark(event)), f"{subject(path)} is empty", hint)
                self.broken.add(path)
            return value
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
            return number
        return text

    def _refuse_extras(self, event: Event, path: Path) -> None:
        if not isinstance(event, NodeEvent):
            return
        mark = _mark(event)
        if isinstance(event, AliasEvent):
            self._note(mark, f"aliases (`*{event.anchor}`) are not used here", "write the value out")
            self.broken.add(path)
        elif event.anchor:
            self._note(
                mark, f"anchors (`&{event.anchor}`) are not used here", "text that begins with & needs quotes"
            )
        if getattr(event, "tag", None):
            hint = "put text in quotes, also text that begins with !"
            self._note(mark, "tags (`!…`) are not used here", hint)
            self.broken.add(path)

    def _empty(self) -> RulesError:
        return RulesError([Problem(self.file, 0, 0, "the file is empty", "begin with `version: 1`")])

    def _note(self, mark: Mark, text: str, hint: str = "") -> None:
        self.problems.append(Problem(self.file, *mark, text, hint))


def _mark(event: Event) -> Mark:
    return event.start_mark.line + 1, event.start_mark.column + 1
