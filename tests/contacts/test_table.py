"""A table of orders: what its columns are, and what its rows say."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.contacts import lenient, registered, table
from notifier.core.contact import Contact
from notifier.core.flaw import Flaw, Unusable
from notifier.errors import RequestError
from tests.factories import T0


def fields(*names: str, **mapping: str) -> list[str]:
    return [column.field for column in table.columns(names, mapping)]


def row(heading: str, *cells: str, **mapping: str) -> dict[str, Any]:
    flaws: list[Unusable] = []
    value = table.document(table.columns(heading.split(","), mapping), cells, flaws)
    assert not flaws
    return value


def flaws_of(heading: str, *cells: str) -> tuple[dict[str, Any], list[Unusable]]:
    flaws: list[Unusable] = []
    return table.document(table.columns(heading.split(","), {}), cells, flaws), flaws


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
        ("contact.name", "Billing Name"),
        ("contact.first_name", "Billing First Name"),
        ("contact.last_name", "Billing Last Name"),
        ("contact.email", "Billing Email, billing_email, Billing Email Address"),
        ("contact.phone", "Billing Phone, Billing Phone Number"),
        ("contact.country", "Billing Country, Billing Country Code"),
        ("contact.locale", "locale, Language, lang"),
        ("contact.country", "country, Country Code"),
        ("contact.timezone", "timezone, Time zone"),
        ("contact.channels", "channels, Channel"),
        ("contact.marketing", "marketing, Accepts Marketing"),
        ("contact.do_not_contact", "Do not contact, do_not_contact, contact.do_not_contact"),
        ("attributes.total", "attributes.total"),
        ("attributes.total:number", "attributes.total:number"),
        ("-", "refused"),
        ("ref", "Bestelnummer, Ordernummer, Bestelling, Order nr., Bestel-nr, Referentie"),
        ("ref", "Bestellnummer, Bestell-Nr., Bestellung, Auftragsnummer, Auftrag, Referenz"),
        ("ref", "Numéro de commande, NUMERO DE COMMANDE, N° de commande, Commande, Référence"),
        ("contact.name", "Naam, Klant, Klantnaam, Kunde, Kundenname, Nom complet, Client"),
        ("contact.first_name", "Voornaam, Vorname, Prénom, prenom"),
        ("contact.last_name", "Achternaam, Familienaam, Nachname, Familienname, Nom, Nom de famille"),
        ("contact.email", "E-mailadres, Emailadres, E-Mail-Adresse, Mailadresse, Adresse e-mail, Courriel"),
        ("contact.phone", "Telefoonnummer, Telefoon, Mobiel, GSM, Telefonnummer, Telefon, Handy, Mobil"),
        ("contact.phone", "Téléphone, Tél., Numéro de téléphone, Portable"),
        ("contact.locale", "Taal, Taalcode, Sprache, Langue"),
        ("contact.country", "Land, LAND, Landcode, Ländercode, Länderkürzel, Pays, Code pays"),
        ("contact.timezone", "Tijdzone, Zeitzone, Fuseau horaire"),
        ("contact.channels", "Kanalen, Kanäle, Canaux"),
        ("contact.do_not_contact", "Niet benaderen, Nicht kontaktieren, Ne pas contacter"),
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
                ' --map "first name=-", or say --map "name=contact.last_name"'
            ],
            id="name and its part",
        ),
        pytest.param(
            "ref,Vorname,Nachname,Name",
            {},
            [
                "columns Name and Vorname and Nachname are all contact.name: leave out all but one with"
                ' --map "Nachname=-"'
            ],
            id="name and both its parts",
        ),
        pytest.param(
            "ref,x",
            {"x": "orderid"},
            ['--map "x=orderid": orderid is not a field; did you mean orderID?'],
            id="other case",
        ),
        pytest.param(
            "ref,x",
            {"x": "contact.land"},
            ['--map "x=contact.land": contact.land is not a field; did you mean contact.country?'],
            id="a column's name for a field",
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


@pytest.mark.parametrize(
    ("name", "field"),
    [
        pytest.param("Frist name", "contact.first_name", id="two changed places"),
        pytest.param("Telefonnumer", "contact.phone", id="one missing"),
        pytest.param("Phone 2", "contact.phone", id="one too many"),
        pytest.param("Sprachen", "contact.locale", id="one more"),
        pytest.param("Vormame", "contact.first_name", id="one wrong"),
        pytest.param("Länge", "attributes.länge", id="not lang"),
        pytest.param("Mal", "attributes.mal", id="not mail"),
        pytest.param("Rand", "attributes.rand", id="not Land"),
        pytest.param("Order note", "attributes.order_note", id="not order no"),
        pytest.param("Order date", "attributes.order_date", id="not order ref"),
        pytest.param("Customer ID", "attributes.customer_id", id="not customer"),
        pytest.param("Customer note", "attributes.customer_note", id="not customer name"),
        pytest.param("Bestelldatum", "attributes.bestelldatum", id="not Bestellnummer"),
    ],
)
def test_only_a_slip_of_the_hand_is_taken_for_a_known_name(name: str, field: str) -> None:
    with pytest.raises(ValueError) as error:
        fields("ref", name)
    assert f'--map "{name}={field}"' in str(error.value)


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
            {"channels": frozenset({"email", "sms", "slack", "chat"})},
            id="channels",
        ),
        pytest.param("ref,marketing", ["41", "Yes"], {"marketing": True}, id="yes"),
        pytest.param("ref,marketing", ["41", "0"], {"marketing": False}, id="zero"),
        pytest.param("ref,marketing", ["41", "Ja"], {"marketing": True}, id="ja"),
        pytest.param("ref,marketing", ["41", "nee"], {"marketing": False}, id="nee"),
        pytest.param("ref,marketing", ["41", "nein"], {"marketing": False}, id="nein"),
        pytest.param("ref,marketing", ["41", "oui"], {"marketing": True}, id="oui"),
        pytest.param("ref,marketing", ["41", "non"], {"marketing": False}, id="non"),
        pytest.param("ref,Voornaam,Achternaam", ["41", "Jan", "de Vries"], {"name": "Jan de Vries"}, id="NL"),
        pytest.param("ref,marketing", ["41", ""], {}, id="not asked"),
        pytest.param("ref,do not contact", ["41", "TRUE"], {"do_not_contact": True}, id="true"),
    ],
)
def test_a_row_says_what_a_json_line_would(heading: str, cells: list[str], contact: dict[str, Any]) -> None:
    value = row(heading, *cells)
    assert (value["ref"], value["attributes"]) == ("41", {})
    assert lenient.contact(value["contact"]) == Contact(**contact)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("49", 49),
        ("49.90", 49.9),
        ("49,9", 49.9),
        ("49,90", 49.9),
        ("-3", -3),
        ("0.123", 0.123),
        ("007", 7),
        ("1.234,50", 1234.5),
        ("1,234.50", 1234.5),
        ("-1.234.567,8", -1234567.8),
        ('="1.234,50"', 1234.5),
    ],
)  # fmt: skip
def test_a_number_is_taken_with_a_point_or_a_comma(text: str, number: float) -> None:
    attributes = row("ref,attributes.total:number", "41", text)["attributes"]
    assert (attributes, type(attributes["total"])) == ({"total": number}, type(number))


@pytest.mark.parametrize(
    "text", ["1,000", "1.2345,90", "12,34.90", "1 000", "€ 5", "5 EUR", "1e5", "nan", "٣", "9" * 16, "--1"]
)
def test_what_may_be_another_number_is_left_out_and_named(text: str) -> None:
    value, (flaw,) = flaws_of("ref,attributes.total:number", "41", text)
    assert (value["attributes"], flaw.reason) == ({}, Flaw.MALFORMED)
    assert str(flaw) == (
        "attributes.total: must be a number such as 1249, 1249.90, 1249,90 or 1.249,90, without a currency"
    )


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("'+31612345678", "+31612345678"), ('="0612"', "0612"), ('="00123"', "00123"), ("'0612", "0612"),
        ("'=SUM(A1)", "=SUM(A1)"), ("'@jane", "@jane"), ("'-5", "-5"), ("'t Hooft", "'t Hooft"),
        ("'s-Gravenhage", "'s-Gravenhage"), ("=A1", "=A1"), ('=""', None), ("'", "'"),
        ("2024-05-01", "2024-05-01"),
    ],
)  # fmt: skip
def test_a_guard_against_formulas_is_no_part_of_a_cell(cell: str, text: str | None) -> None:
    assert row("ref,attributes.x", "41", cell)["attributes"].get("x") == text


@pytest.mark.parametrize("cell", ['="00123"', "'00123", "00123"])
def test_a_reference_keeps_its_zeros(cell: str) -> None:
    assert row("ref", cell)["ref"] == "00123"


@pytest.mark.parametrize("cell", ["2.02611E+14", "2,02611E+14", "2E+14", '="2.02611e+14"'])
def test_a_number_that_a_spreadsheet_has_shortened_is_said_to_be_one(cell: str) -> None:
    with pytest.raises(RequestError) as error:
        flaws_of("ref", cell)
    assert str(error.value) == f"ref: {table.SHORTENED}"
    value, flaws = flaws_of("ref,orderID,attributes.code", "41", cell, cell)
    assert value == {"ref": "41", "contact": {}, "attributes": {}}
    assert [(flaw.field, flaw.reason) for flaw in flaws] == [
        ("orderID", Flaw.SHORTENED),
        ("attributes.code", Flaw.SHORTENED),
    ]


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
    ],
)
def test_a_row_that_cannot_be_read_is_refused(heading: str, cells: list[str], message: str) -> None:
    with pytest.raises(RequestError) as error:
        row(heading, *cells)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("heading", "field", "said"),
    [
        pytest.param("ref,E-Mail", "contact.email", "contact.email (E-Mail): is wrong", id="another name"),
        pytest.param("ref,email", "contact.email", "contact.email: is wrong", id="the same name"),
        pytest.param("ref,contact.email", "contact.email", "contact.email: is wrong", id="the field"),
        pytest.param("Order,email", "ref", "ref (Order): is wrong", id="reference"),
        pytest.param(
            "ref,Vorname,Nachname",
            "contact.name",
            "contact.name (Vorname and Nachname): is wrong",
            id="parts",
        ),
        pytest.param(
            "ref,attributes.total:number", "attributes.total", "attributes.total: is wrong", id="number"
        ),
        pytest.param(
            "ref,Kanäle", "contact.channels[1]", "contact.channels[1] (Kanäle): is wrong", id="one of a list"
        ),
        pytest.param("ref", "contact.phone", "contact.phone: is wrong", id="no such column"),
        pytest.param("ref", "", "is wrong", id="no field"),
    ],
)
def test_a_reason_names_the_column_as_the_file_does(heading: str, field: str, said: str) -> None:
    assert table.reason(table.columns(heading.split(","), {}), RequestError(field, "is wrong")) == said


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
        value, flaws = flaws_of("ref,name,channels,attributes.x:number", *cells)
        _, given = registered.parse_value(value, T0, flaws)
        assert set(flaws) <= set(given.unusable)
