"""What could not be read of an update: the field and the kind of fault, never the value."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

MOST_NOTES = 20
"""Notes on one update, at most."""


class NoteKind(StrEnum):
    """Why a field is taken as absent."""

    NOT_TEXT = "not_text"
    INEXACT_NUMBER = "inexact_number"
    TOO_LONG = "too_long"
    BAD_CHARACTERS = "bad_characters"
    NOT_A_TIME = "not_a_time"
    NOT_TRUE_OR_FALSE = "not_true_or_false"
    NOT_A_LIST = "not_a_list"
    NOT_AN_OBJECT = "not_an_object"
    TOO_MANY = "too_many"
    REPEATED = "repeated"
    UNSAFE_LINK = "unsafe_link"


EXPLAINED: dict[NoteKind, str] = {
    NoteKind.NOT_TEXT: "neither text nor a whole number",
    NoteKind.INEXACT_NUMBER: "a number with a point or an exponent, which may have lost digits",
    NoteKind.TOO_LONG: "too long",
    NoteKind.BAD_CHARACTERS: "holds characters that cannot be stored",
    NoteKind.NOT_A_TIME: "not a time; the arrival counts",
    NoteKind.NOT_TRUE_OR_FALSE: "neither true nor false; false is assumed",
    NoteKind.NOT_A_LIST: "not a list of parcels",
    NoteKind.NOT_AN_OBJECT: "not an object",
    NoteKind.TOO_MANY: "more parcels than are read",
    NoteKind.REPEATED: "given more than once, with different values",
    NoteKind.UNSAFE_LINK: "not a link that a customer can safely follow; no message holds it",
}
"""Each kind in words for an operator."""


@dataclass(frozen=True, slots=True)
class Note:
    """One field that could not be used.

    `field` is its dotted name; `digest` tells different values apart without
    holding them, so that two updates that differ in nothing else stay two.
    """

    field: str
    kind: NoteKind
    digest: str = ""

    @property
    def words(self) -> str:
        """The kind in words."""
        return EXPLAINED[self.kind]


def note(field: str, kind: NoteKind, value: object) -> Note:
    """Return the note on a JSON value that could not be used."""
    raw = repr(value).encode("utf-8", "surrogatepass")
    return Note(field, kind, hashlib.sha256(raw).hexdigest()[:8])
