"""A table of orders: what its columns are, and what its rows say."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.contacts import registered, table
from notifier.errors import RequestError
from tests.factories import T0


def fields(*names: str, **mapping: str) -> list[str]:
    return [column.field for column in table.columns(names, mapping)]


def row(heading: str, *cells: str, **mapping: str) -> dict[str, Any]:
    return table.document(table.columns(heading.split(","), mapping), cells)


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("ref", "ref, REF, Order, Order ID, order_id, ORDER-ID, reference, number, Order Number, order no."),
        ("orderID", "orderID, Cottoncast ID, cottoncast_id"),
        ("contact.name", "name, Full Name, customer, Customer name, contact.name"),
        ("contact.first_name", "First name, first_name, given name, contact.first_name"),
        ("contact.last_name", "Last name, surname, lastname"),
        ("contact.email", "email, E-Mail, e-mail address, Email Address, Customer Email, contact.email"),
        ("contact.phone", "phone, Telephone, mobile, Phone number, tel."),
        ("contact.locale", "locale, Language, lang"),
        ("contact.country", "country, Country Code"),
        ("contact.timezone", "timezone, Time zone"),
        ("contact.channels", "channels, Channel"),
        ("contact.marketing", "marketing, Accepts Marketing"),
        ("contact.do_not_contact", "Do not contact, do_not_contact, contact.do_not_contact"),
        ("attributes.total", "attributes.total"),
        ("attributes.total:number", "attributes.total:number"),
        ("-", "refused"),
    ],
)
def test_a_column_is_known_by_its_usual_names(field: str, names: str) -> None:
    for name in names.split(", "):
        others = [] if field == "ref" else ["ref"]
        assert fields(name, *others)[0] == field, name


@pytest.mark.parametrize(
    ("heading", "mapping", "expected"),
    [
        pytest.param("ref,Total", {"Total": "attributes.total"}, "attributes.total", id="attribute"),
        pytest.param("ref,Total", {"total": "attributes.t:number"}, "attributes.t:number", id="other case"),
        pytest.param("ref,Mail 2", {"Mail 2": "email"}, "contact.email", id="short"),
        pytest.param("ref,Note", {"Note": "-"}, "-", id="left out"),
        pytest.param("ref,Phone", {"Phone": "-"}, "-", id="left out though known"),
        pytest.param("ref,Name", {"Name": "attributes.name"}, "attributes.name", id="another meaning"),
        pytest.param("ref, ", {}, "-", id="no name"),
    ],
)
def test_a_column_may_be_mapped_by_hand(heading: str, mapping: dict[str, str], expected: str) -> None:
    assert [c.field for c in table.columns(heading.split(","), mapping)] == ["ref", expected]


@pytest.mark.parametrize(
    ("heading", "mapping", "problems"),
    [
        pytest.param(
            "ref,Total",
            {},
            [
                'column Total is not understood: add --map "Total=attributes.total",'
                ' or --map "Total=-" to leave it out'
            ],
            id="not understood",
        ),
        pytest.param(
            "ref,Emial",
            {},
            [
                'column Emial is not understood: add --map "Emial=contact.email",'
                ' or --map "Emial=-" to leave it out'
            ],
            id="misspelt",
        ),
        pytest.param(
            "ref,Größe (cm)",
            {},
            [
                'column Größe (cm) is not understood: add --map "Größe (cm)=attributes.größe_cm", or --map'
                ' "Größe (cm)=-" to leave it out'
            ],
            id="signs",
        ),
        pytest.param(
            "email",
            {},
            ['no column is the reference of the order: add --map "COLUMN=ref"'],
            id="no reference",
        ),
        pytest.param(
            "ref,phone,mobile",
            {},
            ['columns phone and mobile are all contact.phone: leave out all but one with --map "mobile=-"'],
            id="twice",
        ),
        pytest.param(
            "ref,name,first name",
            {},
            [
                "columns name and first name are all contact.name: leave out all but one with"
                ' --map "first name=-"'
            ],
            id="name and its part",
        ),
        pytest.param(
            "ref",
            {"Foo": "email"},
            ['--map "Foo=email": there is no column Foo; there are ref'],
            id="no such column",
        ),
        pytest.param(
            "ref,x",
            {"x": "contact.emial"},
            ['--map "x=contact.emial": contact.emial is not a field; did you mean contact.email?'],
            id="no such field",
        ),
    ],
)
def test_what_is_not_understood_is_said_with_what_to_do(
    heading: str, mapping: dict[str, str], problems: list[str]
) -> None:
    with pytest.raises(ValueError) as error:
        table.columns(heading.split(","), mapping)
    assert str(error.value).splitlines() == problems


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ValueError) as error:
        table.columns(["Foo", "Bar", "email", "mail"], {"Baz": "-"})
    assert len(str(error.value).splitlines()) == 5


def test_what_is_proposed_for_a_column_is_accepted() -> None:
    assert fields(
        "ref", "Total", "Größe (cm)", **{"Total": "attributes.total", "Größe (cm)": "attributes.größe_cm"}
    )


@pytest.mark.parametrize(
    ("heading", "cells", "contact"),
    [
        pytest.param(
            "ref,first name,last name", ["41", "Jane", "Example"], {"name": "Jane Example"}, id="joined"
        ),
        pytest.param(
            "last name,ref,first name", ["Example", "41", "Jane"], {"name": "Jane Example"}, id="order"
        ),
        pytest.param("ref,first name,last name", ["41", "", "Example"], {"name": "Example"}, id="one of two"),
        pytest.param("ref,email", ["41", " jane@example.org "], {"email": "jane@example.org"}, id="spaces"),
        pytest.param("ref,email", ["41", "  "], {}, id="empty"),
        pytest.param(
            "ref,channels",
            ["41", "email sms;slack, chat"],
            {"channels": ["email", "sms", "slack", "chat"]},
            id="channels",
        ),
        pytest.param("ref,marketing", ["41", "Yes"], {"marketing": True}, id="yes"),
        pytest.param("ref,marketing", ["41", "0"], {"marketing": False}, id="zero"),
        pytest.param("ref,marketing", ["41", ""], {}, id="not asked"),
        pytest.param("ref,do not contact", ["41", "TRUE"], {"do_not_contact": True}, id="true"),
    ],
)
def test_a_row_says_what_a_json_line_would(heading: str, cells: list[str], contact: dict[str, Any]) -> None:
    assert row(heading, *cells) == {"ref": "41", "contact": contact, "attributes": {}}


@pytest.mark.parametrize(
    ("text", "number"),
    [("49", 49), ("49.90", 49.9), ("49,9", 49.9), ("49,90", 49.9), ("-3", -3), ("0.123", 0.123), ("007", 7)],
)
def test_a_number_is_taken_with_a_point_or_a_comma(text: str, number: float) -> None:
    attributes = row("ref,attributes.total:number", "41", text)["attributes"]
    assert (attributes, type(attributes["total"])) == ({"total": number}, type(number))


@pytest.mark.parametrize(
    "text", ["1,000", "1.000,50", "1 000", "€ 5", "5 EUR", "1e5", "nan", "٣", "9" * 16, "--1"]
)
def test_what_may_be_another_number_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as error:
        row("ref,attributes.total:number", "41", text)
    assert str(error.value) == "attributes.total: must be a number such as 1000, 49.90 or 49,90"


def test_an_attribute_is_text_unless_it_is_said_to_be_a_number() -> None:
    assert row("ref,attributes.group,attributes.zip", "41", "vip", "01012")["attributes"] == {
        "group": "vip",
        "zip": "01012",
    }


@pytest.mark.parametrize(
    ("heading", "cells", "message"),
    [
        pytest.param("ref,email", ["41"], "has 1 cells, and the heading has 2", id="short"),
        pytest.param("ref,email", ["41", "a", "b"], "has 3 cells, and the heading has 2", id="long"),
        pytest.param(
            "ref,marketing",
            ["41", "maybe"],
            "contact.marketing: must be yes or no, true or false, 1 or 0",
            id="maybe",
        ),
        pytest.param(
            "ref,attributes.x", ["41", "a\x00b"], "attributes.x: a NUL character is not allowed", id="nul"
        ),
    ],
)
def test_a_row_that_cannot_be_read_is_refused(heading: str, cells: list[str], message: str) -> None:
    with pytest.raises(RequestError) as error:
        row(heading, *cells)
    assert str(error.value) == message


@given(
    st.lists(st.text(max_size=12), min_size=1, max_size=6),
    st.dictionaries(st.text(max_size=8), st.text(max_size=12)),
)
def test_any_heading_is_understood_or_refused(names: list[str], mapping: dict[str, str]) -> None:
    try:
        found = table.columns(names, mapping)
    except ValueError:
        return
    assert [column.name for column in found] == [name.strip() for name in names]
    assert [column.field for column in found].count("ref") == 1


@given(st.lists(st.text(max_size=20), min_size=4, max_size=4))
def test_any_row_is_registered_or_refused(cells: list[str]) -> None:
    with suppress(RequestError):
        registered.parse_value(row("ref,name,channels,attributes.x:number", *cells), T0)
