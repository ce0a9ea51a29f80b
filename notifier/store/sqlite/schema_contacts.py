"""What of a contact cannot be used, each field with the kind of flaw: the migration `m0012_flaws`."""

from __future__ import annotations

from sqlite_utils import Database

_PAIRS = (
    "(SELECT json_group_array(json_array(value, 'malformed')) FROM json_each({list}) WHERE type = 'text')"
)
"""`["email"]`, which is all that was noted before, as `[["email", "malformed"]]`."""


def add_kinds_of_flaws(db: Database) -> None:
    """Turn the names of unusable fields into pairs of a field and the kind of its flaw."""
    pairs = _PAIRS.format(list="orders.unusable")
    db.execute(f"UPDATE orders SET unusable = {pairs} WHERE unusable <> '[]'")
    path = "'$.contact.unusable'"
    pairs = _PAIRS.format(list=f"lookups.finding, {path}")
    db.execute(
        f"UPDATE lookups SET finding = json_set(finding, {path}, json({pairs}))"
        f" WHERE json_array_length(finding, {path}) > 0"
    )
