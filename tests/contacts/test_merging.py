"""Several lines of a file that are about one order say together what each of them says."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.contacts.entry import Entry
from notifier.contacts.merging import Contradiction, by_order, merge, to_blame


def rows(*values: Any) -> list[Entry]:
    return [Entry(number, value, value) for number, value in enumerate(values, 2)]


def contact(**fields: Any) -> dict[str, Any]:
    return {"ref": "41", "contact": fields}


def test_lines_of_an_order_stand_together_and_those_of_nobody_alone() -> None:
    values = [{"ref": "41"}, {"ref": 42}, ["no order"], {"ref": " 41 "}, {}, {"ref": "42"}, {"ref": "43"}]
    entries = [*rows(*values), Entry(9, None, "x", "is broken")]

    found = [[entry.number for entry in group] for group in by_order(lambda: entries)]

    assert found == [[4], [2, 5], [6], [3, 7], [8], [9]]


def test_a_line_that_says_less_takes_nothing_away() -> None:
    first = contact(email="jane@example.org", name="Jane") | {
        "attributes": {"total": 49.9},
        "orderID": "3AF7",
    }
    lines = rows(
        first, {"ref": "41", "contact": {}, "attributes": {"item": "Mug"}}, contact(email=None, name="")
    )

    assert merge(lines) == (first | {"attributes": {"total": 49.9, "item": "Mug"}}, [])
    assert lines[0].value == first | {"attributes": {"total": 49.9}}, "the lines themselves stay as they are"


def test_what_later_lines_add_is_added() -> None:
    value, _ = merge(
        rows({"ref": "41"}, contact(phone="06 12345678"), contact(country="NL", marketing=False))
    )

    assert value == contact(phone="06 12345678", country="NL", marketing=False)


def test_of_two_words_on_one_field_the_later_counts_and_the_lines_are_named() -> None:
    lines = rows(contact(email="a@x.org", name="J"), contact(), contact(email="b@x.org", name="J"))

    assert merge(lines) == (contact(email="b@x.org", name="J"), [Contradiction(4, 2, "contact.email")])


@pytest.mark.parametrize(
    ("before", "after", "together", "contradicted"),
    [
        pytest.param({"channels": ["sms"]}, {"channels": []}, [], 1, id="no channel is a word"),
        pytest.param({"channels": ["sms"]}, {}, ["sms"], 0, id="silence is none"),
        pytest.param({}, {"channels": ["sms"]}, ["sms"], 0, id="a later word"),
    ],
)
def test_an_empty_list_of_channels_is_a_wish(
    before: dict[str, Any], after: dict[str, Any], together: list[str], contradicted: int
) -> None:
    value, found = merge(rows(contact(**before), contact(**after)))

    assert (value["contact"]["channels"], len(found)) == (together, contradicted)


def test_phps_empty_list_for_an_object_says_nothing() -> None:
    assert merge(rows(contact(name="J"), {"ref": "41", "contact": []})) == (contact(name="J"), [])


def test_what_makes_no_sense_is_kept_to_be_refused() -> None:
    value, found = merge(rows(contact(name="J"), {"ref": "41", "contact": "J", "reff": None}))

    assert value == {"ref": "41", "contact": "J", "reff": None}
    assert [c.field for c in found] == ["contact"]


@pytest.mark.parametrize(
    ("field", "number"),
    [
        ("contact.email", 2),
        ("contact.name", 3),
        ("attributes.a.b", 4),
        ("items[1].sku", 4),
        ("nothing", 4),
        ("", 4),
    ],
)
def test_the_line_that_said_it_is_to_blame(field: str, number: int) -> None:
    lines = rows(
        contact(email="a@"),
        contact(name="J"),
        {"ref": "41", "contact": None, "attributes": {"a.b": 1}, "items": [1]},
    )

    assert to_blame(lines, field).number == number
