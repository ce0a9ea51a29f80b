"""Cottoncast's webhook, in every spelling that a PHP sender is known to use."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notifier.core.note import MOST_NOTES, NoteKind
from notifier.core.update import Shipment, Update
from notifier.errors import RequestError
from notifier.sources import cottoncast

SEED = Path(__file__).parents[1].joinpath("seed.json").read_bytes()
"""The example of the publisher's page "Orderstatus", word for word."""

PARCEL = Shipment(
    carrier="postnl",
    carrier_name="Postnl",
    tracking_code="3SCEBU123456789",
    tracking_url="https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB",
    new=True,
)
UPDATE = Update(
    source="cottoncast", ref="41", code="C", order_id="3AF7", event_at=1622007287.0, shipments=(PARCEL,)
)
POSTNL = {
    "carrier": "postnl",
    "carrierName": "Postnl",
    "trackingcode": "3SCEBU123456789",
    "trackingurl": "https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB",
    "new": True,
}
DHL = {"carrier": "dhl", "trackingcode": "JVGL01"}
DHL_PARCEL = Shipment(carrier="dhl", tracking_code="JVGL01")

ABSENT = object()


def body(**changes: Any) -> bytes:
    """The seed's example with some fields of the top level changed, or left out (ABSENT)."""
    document = json.loads(SEED) | changes
    return json.dumps({k: v for k, v in document.items() if v is not ABSENT}).encode()


def status(code: Any = "C", timestamp: Any = 1622007287, **more: Any) -> dict[str, Any]:
    given = {"code": code, "timestamp": timestamp, **more}
    return {k: v for k, v in given.items() if v is not ABSENT}


def test_the_publishers_example_is_read_word_for_word() -> None:
    assert cottoncast.parse(SEED) == UPDATE


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("41", "41"),
        (41, "41"),
        (0, "0"),
        (-7, "-7"),
        (9_223_372_036_854_775_807, "9223372036854775807"),
        (2**63, "9223372036854775808"),
        (-(2**70), "-1180591620717411303424"),
        (41.0, "41"),
        (-0.0, "0"),
        ("041", "041"),
        ("2024/41", "2024/41"),
        ("№ 41 – Łódź 🎁", "№ 41 – Łódź 🎁"),
        ("x" * 200, "x" * 200),
    ],
)
def test_ref_may_be_text_or_a_number(ref: object, expected: str) -> None:
    assert cottoncast.parse(body(ref=ref)) == replace(UPDATE, ref=expected)


@pytest.mark.parametrize("code", ["N", "L", "R", "C", "E", "I", "X", "D", "F", "c", "ready-2"])
def test_every_status_letter_is_taken_known_or_not(code: str) -> None:
    assert cottoncast.parse(body(status=status(code))) == replace(UPDATE, code=code)


@pytest.mark.parametrize(("code", "expected"), [(7, "7"), (7.0, "7"), (" C ", "C"), ("C\n", "C")])
def test_a_status_code_may_be_a_number_or_stand_between_blanks(code: object, expected: str) -> None:
    assert cottoncast.parse(body(status=status(code))) == replace(UPDATE, code=expected)


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("New", "N"), ("Label created", "L"), ("label", "L"), ("Ready", "R"), ("READY", "R"),
        ("Ready for collection", "R"), ("Collected", "C"), ("collected", "C"), ("cOLLECTED", "C"),
        ("Complete", "C"), ("shipped", "C"), ("En route", "E"), ("en_route", "E"), ("En-Route", "E"),
        ("EN  ROUTE", "E"), (" en route ", "E"), ("Problem", "I"), ("Lost", "X"), ("Delivered", "D"),
    ],
)  # fmt: skip
def test_a_label_or_a_name_is_read_as_its_code(label: str, code: str) -> None:
    assert cottoncast.parse(body(status=status(label))) == replace(UPDATE, code=code)


@pytest.mark.parametrize(
    ("order_id", "expected"), [("3AF7", "3AF7"), (37, "37"), ("", ""), (None, ""), ([], ""), (ABSENT, "")]
)
def test_order_id_may_be_text_a_number_or_missing(order_id: object, expected: str) -> None:
    assert cottoncast.parse(body(orderID=order_id)) == replace(UPDATE, order_id=expected)


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        (1622007287, 1622007287.0),
        ("1622007287", 1622007287.0),
        (" 1622007287 ", 1622007287.0),
        (1622007287.5, 1622007287.5),
        ("1622007287.5", 1622007287.5),
        (1.622007287e9, 1622007287.0),
        (0, 0.0),
        ("2021-05-26T05:34:47Z", 1622007287.0),
        ("2021-05-26T05:34:47+00:00", 1622007287.0),
        ("2021-05-26T07:34:47+02:00", 1622007287.0),
        ("2021-05-26T07:34:47+0200", 1622007287.0),
        ("2021-05-26T05:34:47", 1622007287.0),
        ("2021-05-26 05:34:47", 1622007287.0),
        ("2021-05-26T05:34:47.250Z", 1622007287.25),
        ("2021-05-26", 1621987200.0),
        (253_402_300_799, 253_402_300_799.0),
        (1622007287000, 1622007287.0),
        ("1622007287000", 1622007287.0),
        (1622007287250, 1622007287.25),
        (1622007287000.0, 1622007287.0),
        ("1622007287000000", 1622007287.0),
        (1622007287000000000, 1622007287.0),
        (9_999_999_999_999_999_999, 9999999999.999999999),
        (None, None),
        ("", None),
        ([], None),
        ({}, None),
        (ABSENT, None),
    ],
)
def test_a_timestamp_may_be_a_number_digits_or_iso_8601(timestamp: object, expected: float | None) -> None:
    assert cottoncast.parse(body(status=status(timestamp=timestamp))) == replace(UPDATE, event_at=expected)


@pytest.mark.parametrize(
    ("shipments", "expected"),
    [
        ([POSTNL], (PARCEL,)),
        ([POSTNL, DHL], (PARCEL, DHL_PARCEL)),
        ({"1": POSTNL}, (PARCEL,)),
        ({"0": POSTNL, "2": DHL}, (PARCEL, DHL_PARCEL)),
        (POSTNL, (PARCEL,)),
        (DHL, (DHL_PARCEL,)),
        ([], ()),
        ({}, ()),
        ("", ()),
        (None, ()),
        (ABSENT, ()),
        ([None, POSTNL, [], {}], (PARCEL,)),
        ([{"unheard": 1}], (Shipment(),)),
    ],
)
def test_shipments_may_be_a_list_an_object_one_parcel_or_missing(
    shipments: object, expected: tuple[Shipment, ...]
) -> None:
    assert cottoncast.parse(body(shipments=shipments)) == replace(UPDATE, shipments=expected)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (True, True), (False, False), (1, True), (0, False), ("1", True), ("0", False), ("true", True),
        ("FALSE", False), ("yes", True), ("no", False), ("", False), (None, False), ([], False),
        (1.0, True), (0.0, False), (" True ", True), ("on", True), ("off", False), ({}, False),
    ],
)  # fmt: skip
def test_a_flag_may_be_a_boolean_a_number_or_a_word(new: object, expected: bool) -> None:
    (parcel,) = cottoncast.parse(body(shipments=[POSTNL | {"new": new}])).shipments
    assert parcel == replace(PARCEL, new=expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("3S", "3S"), (312, "312"), (None, ""), ([], ""), ({}, ""), ("é" * 2000, "é" * 2000),
        (2**64 + 1, "18446744073709551617"), (10**30 + 7, "1000000000000000000000000000007"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("carrier", "carrier"),
        ("carrierName", "carrier_name"),
        ("trackingcode", "tracking_code"),
        ("trackingurl", "tracking_url"),
    ],
)
def test_a_parcels_texts_may_be_numbers_or_missing(
    key: str, field: str, given: object, expected: str
) -> None:
    (parcel,) = cottoncast.parse(body(shipments=[POSTNL | {key: given}])).shipments
    assert parcel == replace(PARCEL, **{field: expected})


LINK = "https://track.example/p/3S?a=1&b=2"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (" https://track.example/p/3S?a=1&b=2\n", LINK),
        ("https://track.example/p/3S?a=1&amp;b=2", LINK),
        ("https://track.example/p/3S?a=1&#038;b=2", LINK),
        ("https://track.example/p/\n3S?a=1&b=2", LINK),
        ("https://track.example/p/3S 7?a=1", "https://track.example/p/3S%207?a=1"),
        ("https://track.example/p/3S?a=1&amp;amp;b=2", "https://track.example/p/3S?a=1&amp;b=2"),
        (
            "https://track.example/p/3S?code=1000AB \u00a0 7",
            "https://track.example/p/3S?code=1000AB%20%20%207",
        ),
    ],
)
def test_a_slip_in_a_link_is_mended(sent: str, expected: str) -> None:
    update = cottoncast.parse(body(shipments=[DHL | {"trackingurl": sent}]))
    assert update == replace(UPDATE, shipments=(replace(DHL_PARCEL, tracking_url=expected),))
    assert update.shipments[0].link == expected


def test_unknown_fields_change_nothing() -> None:
    strange = body(
        status=status(label="Collected", history=[{"code": "N"}]),
        shipments=[POSTNL | {"weight": 1.5, "items": [{"sku": "A"}]}],
        store={"name": "x"},
        signature=None,
    )
    assert cottoncast.parse(strange) == UPDATE


@pytest.mark.parametrize(
    "spelled",
    [
        b"\xef\xbb\xbf" + SEED,
        SEED.replace(b"\n", b"\r\n"),
        SEED.replace(b"\\/", b"/"),
        SEED.replace(b"Postnl", b"\\u0050ostnl"),
        b" \t" + SEED + b"\n ",
    ],
    ids=["byte order mark", "CRLF", "slashes not escaped", "escaped letter", "white space around"],
)
def test_ways_of_writing_the_same_json_are_one_update(spelled: bytes) -> None:
    assert cottoncast.parse(spelled) == UPDATE


def test_a_surrogate_pair_is_one_character() -> None:
    assert cottoncast.parse(SEED.replace(b'"41"', b'"\\ud83c\\udf81"')).ref == "🎁"


NOTED: list[tuple[dict[str, Any], str, NoteKind]] = [
    *(
        ({"status": status(timestamp=given)}, "status.timestamp", NoteKind.NOT_A_TIME)
        for given in [
            False, True, "0000-00-00 00:00:00", -62169984000, "-62169984000", -1, "yesterday", "2021-13-01",
            "١٦٢٢٠٠٧٢٨٧", [1622007287], {"date": "2021"}, "1969-12-31", "0001-01-01T00:00:00+23:00",
            10**30, "Wed, 26 May 2021 05:34:47 GMT", "\x00", "\ud800",
        ]
    ),
    ({"orderID": "x" * 201}, "orderID", NoteKind.TOO_LONG),
    ({"orderID": {"a": 1}}, "orderID", NoteKind.NOT_TEXT),
    ({"orderID": False}, "orderID", NoteKind.NOT_TEXT),
    ({"orderID": "\x07"}, "orderID", NoteKind.BAD_CHARACTERS),
    ({"orderID": 1.5}, "orderID", NoteKind.INEXACT_NUMBER),
    *(
        ({"shipments": given}, "shipments", NoteKind.NOT_A_LIST)
        for given in [False, True, "none", 1, 1.5, 10**30]
    ),
    ({"shipments": [DHL, "3S"]}, "shipments[1]", NoteKind.NOT_AN_OBJECT),
    ({"shipments": {"1": "3S"}}, "shipments[0]", NoteKind.NOT_AN_OBJECT),
    *(
        ({"shipments": [DHL | {key: given}]}, f"shipments[0].{key}", kind)
        for key in ("carrier", "carrierName", "trackingcode", "trackingurl")
        for given, kind in [
            (False, NoteKind.NOT_TEXT),
            (["3S"], NoteKind.NOT_TEXT),
            ({"a": 1}, NoteKind.NOT_TEXT),
            (3.12e14, NoteKind.INEXACT_NUMBER),
            (1.5, NoteKind.INEXACT_NUMBER),
            ("x" * 2001, NoteKind.TOO_LONG),
            (10**2001, NoteKind.TOO_LONG),
            ("a\x00", NoteKind.BAD_CHARACTERS),
            ("\ud800", NoteKind.BAD_CHARACTERS),
        ]
    ),
    ({"shipments": [DHL | {"new": "perhaps"}]}, "shipments[0].new", NoteKind.NOT_TRUE_OR_FALSE),
    ({"shipments": [DHL | {"new": 0.5}]}, "shipments[0].new", NoteKind.NOT_TRUE_OR_FALSE),
    ({"shipments": [DHL | {"new": [1]}]}, "shipments[0].new", NoteKind.NOT_TRUE_OR_FALSE),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "kind"), NOTED)
def test_a_field_that_cannot_be_read_is_absent_and_noted(
    changes: dict[str, Any], field: str, kind: NoteKind
) -> None:
    update = cottoncast.parse(body(**changes))
    assert [(note.field, note.kind) for note in update.notes] == [(field, kind)]
    assert (update.ref, update.code) == ("41", "C")
    without = json.loads(body(**changes))
    holder: Any = without
    *steps, last = re.findall(r"\w+", field)
    for step in steps:
        holder = holder[int(step) if isinstance(holder, list) else step]
    if isinstance(holder, list):
        holder[int(last)] = None
    else:
        holder[last if last in holder else next(iter(holder))] = None
    assert replace(update, notes=()) == cottoncast.parse(json.dumps(without).encode())


@pytest.mark.parametrize("written", ["1e999", "NaN", "-Infinity"])
def test_a_number_that_is_none_is_absent_and_noted(written: str) -> None:
    update = cottoncast.parse(SEED.replace(b"1622007287", written.encode()))
    assert [(n.field, n.kind) for n in update.notes] == [("status.timestamp", NoteKind.NOT_A_TIME)]
    assert replace(update, notes=()) == replace(UPDATE, event_at=None)


def test_a_tracking_code_that_lost_its_digits_is_noted_and_its_link_kept() -> None:
    sent = SEED.replace(b'"3SCEBU123456789"', b"3.12345678901234e+23")
    update = cottoncast.parse(sent)
    assert [(n.field, n.kind) for n in update.notes] == [
        ("shipments[0].trackingcode", NoteKind.INEXACT_NUMBER)
    ]
    assert update.shipments == (replace(PARCEL, tracking_code=""),)
    assert update.shipments[0].link == PARCEL.tracking_url


@pytest.mark.parametrize(
    "url", ["https://jouw.postnl.nl@evil.example/", "javascript:alert(1)", "https:///3S", "jouw.postnl.nl/3S"]
)
def test_a_link_that_is_not_safe_is_noted_and_the_code_stays(url: str) -> None:
    update = cottoncast.parse(body(shipments=[DHL | {"trackingurl": url}]))
    assert [(n.field, n.kind) for n in update.notes] == [("shipments[0].trackingurl", NoteKind.UNSAFE_LINK)]
    assert (update.shipments[0].tracking_code, update.shipments[0].link) == ("JVGL01", "")


def test_of_too_many_parcels_the_first_are_read() -> None:
    update = cottoncast.parse(body(shipments=[DHL] * 201))
    assert update.shipments == (DHL_PARCEL,) * 200
    assert [(n.field, n.kind) for n in update.notes] == [("shipments", NoteKind.TOO_MANY)]


def test_there_are_not_more_notes_than_anybody_reads() -> None:
    assert len(cottoncast.parse(body(shipments=[{"carrier": False, "new": "?"}] * 200)).notes) == MOST_NOTES


@pytest.mark.parametrize("key", ["carrier", "trackingcode", "new"])
def test_a_field_with_two_values_is_absent_and_noted(key: str) -> None:
    sent = SEED.replace(f'"{key}":'.encode(), f'"{key}":"other","{key}":'.encode())
    assert sent != SEED
    update = cottoncast.parse(sent)
    assert [(n.field, n.kind) for n in update.notes] == [(f"shipments[0].{key}", NoteKind.REPEATED)]


def test_a_field_that_says_the_same_twice_says_it() -> None:
    assert cottoncast.parse(SEED.replace(b'"code"', b'"code" : "C", "code"')) == UPDATE
    assert cottoncast.parse(SEED.replace(b'"ref"', b'"ref" : "41", "ref"')) == UPDATE


def test_what_an_update_does_not_need_may_hold_anything() -> None:
    strange = body(extra={"deep": [1, 2**70, "\ud800", "\x00"], "a\x00": [1, None]})
    strange = strange.replace(b'"extra"', b'"n": NaN, "n": 1e999, "extra": 1, "extra"')
    assert cottoncast.parse(strange) == UPDATE


def test_the_same_call_is_the_same_update_whenever_it_arrives() -> None:
    for changes, *_ in NOTED:
        sent = body(**changes)
        assert cottoncast.parse(sent).identity == cottoncast.parse(sent).identity
    seconds, milliseconds = (body(status=status(timestamp=t)) for t in (1622007287, "1622007287000"))
    assert cottoncast.parse(seconds).identity == cottoncast.parse(milliseconds).identity


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"status": status(timestamp="26.05.2021 07:34")}, {"status": status(timestamp="28.05.2021 11:02")}),
        ({"shipments": [{"trackingcode": 3.1e14}]}, {"shipments": [{"trackingcode": 3.2e14}]}),
        ({"status": status(timestamp=False)}, {"status": status(timestamp=ABSENT)}),
    ],
)
def test_two_calls_that_differ_in_what_cannot_be_read_are_two_updates(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    assert cottoncast.parse(body(**first)).identity != cottoncast.parse(body(**second)).identity


def test_notes_hold_nothing_of_what_was_sent() -> None:
    update = cottoncast.parse(body(orderID={"x": "canary"}, shipments=[{"trackingcode": ["canary"]}]))
    assert len(update.notes) == 2
    assert "canary" not in repr(update)


@pytest.mark.parametrize(
    ("sent", "ref"),
    [
        (body(status=None), "41"), (body(ref=41.0, status="C"), "41"), (b'{"ref":"42"}', "42"),
        (body(ref=["41"]), ""), (b"[]", ""), (b'{"ref":"41"', "41"), (b"\xff", ""),
        (b'{"ref":41,"st', "41"), (b'{"ref":41', ""), (b'{"ref":"4', ""), (b'{"ref":"1","x":{"ref":"2"', ""),
        (SEED[:60], "41"), (SEED[:60] + b"\xff", "41"), (b'{"ref":"\xff"', ""), (b'{"ref":"\\u0041"', ""),
        (b"", ""),
        (b'{"ref":"1","ref":"2"}', ""),
    ],
)  # fmt: skip
def test_the_order_of_a_body_that_is_no_update_is_made_out_where_it_can_be(sent: bytes, ref: str) -> None:
    assert cottoncast.order_of(sent) == ref


def deep(levels: int) -> bytes:
    return b'{"ref":' + b"[" * levels + b"]" * levels + b"}"


@pytest.mark.parametrize(
    ("sent", "field", "text"),
    [
        (b"", "", "the body is not JSON: Expecting value (line 1, column 1)"),
        (b"ref=41&code=C", "", "the body is not JSON: Expecting value (line 1, column 1)"),
        (SEED[:40], "", "the body is not JSON: Expecting"),
        (SEED + b"x", "", "the body is not JSON: Extra data (line 19, column 1)"),
        (b"\xff" + SEED, "", "the body is not valid UTF-8 (byte 0)"),
        (b'{"ref":"\xc3\x28"}', "", "the body is not valid UTF-8 (byte 8)"),
        (SEED.decode().encode("utf-16"), "", "the body is not valid UTF-8 (byte 0)"),
        (b"[]", "", "the body must be a JSON object, not a list"),
        (b"null", "", "the body must be a JSON object, not null"),
        (b'"41"', "", "the body must be a JSON object, not text"),
        (b"41", "", "the body must be a JSON object, not a number"),
        (b"true", "", "the body must be a JSON object, not true or false"),
        (b"{}", "ref", "missing; it must hold the order reference"),
        (body(ref=ABSENT), "ref", "missing; it must hold the order reference"),
        (body(ref=None), "ref", "missing; it must hold the order reference"),
        (body(ref=""), "ref", "missing; it must hold the order reference"),
        (body(ref=[]), "ref", "missing; it must hold the order reference"),
        (body(ref=["41"]), "ref", "must be text or a whole number, not a list"),
        (body(ref={"id": 41}), "ref", "must be text or a whole number, not an object"),
        (body(ref=4.5), "ref", "must be text or a whole number, not a number with a fraction"),
        (body(ref=True), "ref", "must be text or a whole number, not true or false"),
        (body(ref="x" * 201), "ref", "is 201 characters long; at most 200 are accepted"),
        (body(ref="4\n1"), "ref", "holds a control character"),
        (body(ref="4\u202e1"), "ref", "holds a control character"),
        (body(ref="4\x001"), "ref", "a NUL character is not allowed"),
        (body(ref="\ud800"), "ref", "a lone surrogate is not a character"),
        (body(ref=10**200), "ref", "is 201 characters long; at most 200 are accepted"),
        (body(ref=1e22), "ref", "must be text or a whole number, not a number"),
        (SEED.replace(b'"41"', b"NaN"), "ref", "must be text or a whole number, not a number"),
        (SEED.replace(b'"41"', b"1e999"), "ref", "must be text or a whole number, not a number"),
        (body(status=ABSENT), "status", "missing; it must be an object with code and timestamp"),
        (body(status=None), "status", "missing; it must be an object with code and timestamp"),
        (body(status=[]), "status", "missing; it must be an object with code and timestamp"),
        (body(status="C"), "status", "must be an object with code and timestamp, not text"),
        (body(status=["C"]), "status", "must be an object with code and timestamp, not a list"),
        (body(status={}), "status.code", "missing; it must hold a status code such as C"),
        (body(status=status(None)), "status.code", "missing; it must hold a status code such as C"),
        (body(status=status("")), "status.code", "missing; it must hold a status code such as C"),
        (body(status=status(["C"])), "status.code", "must be text or a whole number, not a list"),
        (body(status=status("C" * 21)), "status.code", "is 21 characters long; at most 20 are accepted"),
        (body(status=status("  ")), "status.code", "missing; it must hold a status code such as C"),
        (body(status=False), "status", "must be an object with code and timestamp, not true or false"),
        (body(status=status(1.5)), "status.code", "must be text or a whole number, not a number"),
        (b"9" * 30, "", "the body must be a JSON object, not a number"),
        (body(status=status("C\x1b")), "status.code", "holds a control character"),
        (b'{"ref":"41","ref":"42"}', "", "the key 'ref' stands there more than once"),
        (
            SEED.replace(b'"code"', b'"code":"D","code"'),
            "status",
            "the key 'code' stands there more than once",
        ),
        (SEED.replace(b'"status"', b'"status":{"code":"D"},"status"'), "", "the key 'status' stands there"),
        (deep(32), "", "lists and objects are nested deeper than 32 levels"),
        (deep(100_000), "", "lists and objects are nested deeper than 32 levels"),
        (b"[" * 200_000, "", "lists and objects are nested deeper than 32 levels"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_field_and_why(sent: bytes, field: str, text: str) -> None:
    with pytest.raises(RequestError) as error:
        cottoncast.parse(sent)
    assert error.value.field == field
    assert str(error.value).removeprefix(f"{field}: ").startswith(text)
    assert str(error.value).startswith(f"{field}: " if field else text)


def test_brackets_within_text_are_no_nesting() -> None:
    assert cottoncast.parse(body(note="[" * 500)) == UPDATE


def test_refusals_do_not_repeat_what_was_sent() -> None:
    for sent in (body(ref={"x": "canary"}), body(status={"canary": 1}), b'{"canary', body(status="canary")):
        with pytest.raises(RequestError) as error:
            cottoncast.parse(sent)
        assert "canary" not in str(error.value)
