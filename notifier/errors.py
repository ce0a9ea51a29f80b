"""Everything that notifier raises on purpose.

NotifierError
├── ConfigError            settings cannot be used; the text says which and what to write instead
│   └── RulesError         rules.yaml or a template cannot be used; carries every problem with its place
├── RequestError           what a client sent cannot be used: answered with 400, names the field
├── StoreError             the database could not do it now; nothing was half done: answered with 503
│   ├── StoreBusy          another process held the write lock for too long
│   ├── StoreFull          no space left for the database
│   └── StoreMoved         the file at the database's path is not the one that is open
├── NotFound               no such order, message, rule or channel
├── NotAllowed             this move does not lead from the state that it is in
└── RenderError            a template failed on this data; names file, line and what was missing

The command line maps these to exit codes in `notifier.cli.main`, the web to
status codes in `notifier.web.errors`; nobody else translates them.
"""

from __future__ import annotations

from dataclasses import dataclass


class NotifierError(Exception):
    """Base of all errors that notifier raises on purpose; the text is for people."""


class ConfigError(NotifierError):
    """Settings that cannot be used."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file that an operator edits.

    Lines and columns count from 1; 0 means that the mistake has no such place.
    `waits` tells that the daemon runs with it, and that what it is about (a
    channel's messages, updates without a contact) waits until it is mended.
    """

    file: str
    line: int
    column: int
    text: str
    hint: str = ""
    waits: bool = False

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f":{self.line}:{self.column}"
        return f"{place}: {self.text}" + (f" ({self.hint})" if self.hint else "")


class RulesError(ConfigError):
    """Rules or templates that cannot be used; `problems` lists every mistake found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


class RequestError(NotifierError):
    """What a client sent cannot be used.

    Args:
        field: dotted name of the offending field, empty for the body as a whole.
        text: what is wrong with it, in words for the sender's developer.
    """

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        super().__init__(f"{field}: {text}" if field else text)


class StoreError(NotifierError):
    """The database could not do it now; the transaction was rolled back whole."""


class StoreBusy(StoreError):
    """Another process held the write lock for longer than we wait."""


class StoreFull(StoreError):
    """No space left on the database's disk."""


class StoreMoved(StoreError):
    """The file at the database's path is not the one that is open, or none is there."""


class NotFound(NotifierError):
    """No such order, message, rule or channel."""


class NotAllowed(NotifierError):
    """This move does not lead from the state that the thing is in."""


class RenderError(NotifierError):
    """A template failed on this data; the text names file, line and cause."""
