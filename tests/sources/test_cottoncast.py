"""Cottoncast's webhook, in every spelling that a PHP sender is known to use."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

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


def test_a_status_code_may_be_a_number() -> None:
    assert cottoncast.parse(body(status=status(7))).code == "7"


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
        (None, None),
        ("", None),
        ([], None),
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
    ],
)  # fmt: skip
def test_a_flag_may_be_a_boolean_a_number_or_a_word(new: object, expected: bool) -> None:
    (parcel,) = cottoncast.parse(body(shipments=[POSTNL | {"new": new}])).shipments
    assert parcel == replace(PARCEL, new=expected)


@pytest.mark.parametrize(
    ("given", "expected"), [("3S", "3S"), (312, "312"), (None, ""), ([], ""), ("é" * 2000, "é" * 2000)]
)
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
        (body(ref=4.5), "ref", "must be text or a whole number, not a number"),
        (body(ref=True), "ref", "must be text or a whole number, not true or false"),
        (body(ref="x" * 201), "ref", "is 201 characters long; at most 200 are accepted"),
        (body(ref="4\n1"), "ref", "holds a control character"),
        (body(ref="4\u202e1"), "ref", "holds a control character"),
        (body(ref="4\x001"), "ref", "a NUL character is not allowed"),
        (body(ref="\ud800"), "ref", "a lone surrogate is not a character"),
        (body(ref=2**63), "ref", "the number is too large"),
        (body(ref=-(2**64)), "ref", "the number is too large"),
        (body(orderID="x" * 201), "orderID", "is 201 characters long; at most 200 are accepted"),
        (body(orderID={"a": 1}), "orderID", "must be text or a whole number, not an object"),
        (body(orderID="\x07"), "orderID", "holds a control character"),
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
        (body(status=status("C\x1b")), "status.code", "holds a control character"),
        *(
            (body(status=status(timestamp=given)), "status.timestamp", text)
            for given, text in [
                ("yesterday", "is neither Unix seconds nor an ISO 8601 time"),
                ("2021-13-01", "is neither Unix seconds nor an ISO 8601 time"),
                ("1622007287000000", "is neither Unix seconds nor an ISO 8601 time"),
                ("١٦٢٢٠٠٧٢٨٧", "is neither Unix seconds nor an ISO 8601 time"),
                (True, "must be Unix seconds or an ISO 8601 time, not true or false"),
                ([1622007287], "must be Unix seconds or an ISO 8601 time, not a list"),
                ({"date": "2021"}, "must be Unix seconds or an ISO 8601 time, not an object"),
                (-1, "is not a time between 1970 and 9999 in Unix seconds"),
                (1622007287000, "is not a time between 1970 and 9999 in Unix seconds"),
                ("1969-12-31", "is not a time between 1970 and 9999 in Unix seconds"),
                ("0001-01-01T00:00:00+23:00", "is not a time between 1970 and 9999 in Unix seconds"),
            ]
        ),
        (SEED.replace(b"1622007287", b"1e999"), "status.timestamp", "the number is too large"),
        (SEED.replace(b"1622007287", b"NaN"), "status.timestamp", "NaN is not a number that can be stored"),
        (
            SEED.replace(b"1622007287", b"-Infinity"),
            "status.timestamp",
            "-Infinity is not a number that can be stored",
        ),
        (body(shipments="none"), "shipments", "must be a list of objects, not text"),
        (body(shipments=1), "shipments", "must be a list of objects, not a number"),
        (body(shipments=True), "shipments", "must be a list of objects, not true or false"),
        (body(shipments=[POSTNL] * 201), "shipments", "holds 201 parcels; at most 200 are accepted"),
        (body(shipments=[POSTNL, "3S"]), "shipments[1]", "must be an object, not text"),
        (body(shipments={"1": "3S"}), "shipments[0]", "must be an object, not text"),
        (
            body(shipments=[{"trackingcode": ["3S"]}]),
            "shipments[0].trackingcode",
            "must be text or a whole number, not a list",
        ),
        (
            body(shipments=[{"trackingurl": "x" * 2001}]),
            "shipments[0].trackingurl",
            "is 2001 characters long; at most 2000 are accepted",
        ),
        (body(shipments=[{"new": "perhaps"}]), "shipments[0].new", "must be true or false"),
        (body(shipments=[{"new": 0.5}]), "shipments[0].new", "must be true or false"),
        (body(shipments=[{"carrier": "a\x00"}]), "shipments[0].carrier", "a NUL character is not allowed"),
        (b'{"ref":"41","ref":"42"}', "", "the key 'ref' stands there more than once"),
        (
            SEED.replace(b'"code"', b'"code":"D","code"'),
            "status",
            "the key 'code' stands there more than once",
        ),
        (body(extra={"deep": [1, 2**70]}), "extra.deep[1]", "the number is too large"),
        (body(extra={"a\x00": 1}), "extra", "a key in it: a NUL character is not allowed"),
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
    for sent in (body(ref={"x": "canary"}), body(status=status(timestamp="canary")), b'{"canary'):
        with pytest.raises(RequestError) as error:
            cottoncast.parse(sent)
        assert "canary" not in str(error.value)
