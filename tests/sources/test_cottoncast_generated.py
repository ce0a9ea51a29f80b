"""Cottoncast's webhook with generated bodies: nothing crashes the parser, and no field is ever lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.core import status
from notifier.core.link import mended_link
from notifier.core.note import NoteKind
from notifier.core.update import Shipment, Update
from notifier.errors import RequestError
from notifier.sources import cottoncast


def parse_or_refuse(body: bytes) -> None:
    try:
        update = cottoncast.parse(body)
    except RequestError as error:
        refusal = str(error).encode()  # it can be sent
        assert refusal
        return
    assert update.ref
    assert update.code
    assert len(update.identity) == 42  # the time and a digest
    json.dumps(update.ref).encode()


@given(st.binary(max_size=300))
@example(b"")
@example(b'{"ref":1,"status":{"code":"\\ud800"}}')
@example(b"[" * 100_000)
@example(b'{"ref":' + b"9" * 5_000 + b"}")
@example(b'{"ref":1e400}')
@example(b'{"a":' * 30 + b"1" + b"}" * 30)
def test_arbitrary_bytes_are_parsed_or_refused(body: bytes) -> None:
    parse_or_refuse(body)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(anything)
def test_arbitrary_json_is_parsed_or_refused(document: Any) -> None:
    parse_or_refuse(json.dumps(document).encode())


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "ref": anything,
            "orderID": anything,
            "status": anything | st.fixed_dictionaries({"code": anything, "timestamp": anything}),
            "shipments": anything
            | st.lists(
                st.fixed_dictionaries(
                    {}, optional=dict.fromkeys(("carrier", "trackingcode", "trackingurl", "new"), anything)
                ),
                max_size=3,
            ),
        },
    )
)
def test_known_fields_holding_anything_are_parsed_or_refused(document: Any) -> None:
    parse_or_refuse(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))


usable = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@given(
    usable | st.integers(),
    usable | st.integers(-(10**18), 10**18),
    st.dictionaries(st.text(max_size=12), anything, max_size=4),
    st.fixed_dictionaries({}, optional={"orderID": anything, "shipments": anything}),
    st.fixed_dictionaries({}, optional={"timestamp": anything, "label": anything}),
    st.lists(
        st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(
                ("carrier", "carrierName", "trackingcode", "trackingurl", "new"), anything
            ),
        ),
        max_size=3,
    ),
)
def test_an_order_and_a_code_are_an_update_whatever_else_the_body_holds(
    ref: Any, code: Any, extra: Any, known: Any, state: Any, parcels: Any
) -> None:
    document = extra | {"shipments": parcels} | known | {"ref": ref, "status": state | {"code": code}}
    body = json.dumps(document).encode()
    update = cottoncast.parse(body)
    assert (update.ref, update.code) == (str(ref), status.code(str(code)))
    assert update.identity == cottoncast.parse(body).identity
    rows = [[s.carrier, s.carrier_name, s.tracking_code, s.tracking_url] for s in update.shipments]
    json.dumps(rows, ensure_ascii=False).encode()  # a database can hold all of it
    assert "\x00" not in "".join(text for row in rows for text in row)


# What an update says, and then every way in which PHP may spell it.

printable = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
shipments = st.builds(
    Shipment,
    carrier=texts,
    carrier_name=texts,
    tracking_code=texts,
    tracking_url=texts.map(mended_link),
    new=st.booleans(),
)
numbers = st.integers(-(2**63), 2**63 - 1)
updates = st.builds(
    Update,
    source=st.just("cottoncast"),
    ref=printable | numbers.map(str),
    code=st.sampled_from("NLRCEIXDF")
    | printable.map(lambda text: text[:20]).filter(lambda text: status.code(text) == text),
    order_id=st.just("") | printable | numbers.map(str),
    event_at=st.none() | st.integers(0, 4_102_444_800).map(float),
    shipments=st.lists(shipments, max_size=4).map(tuple),
)
extras = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8).map(
        "x-".__add__
    ),
    st.none() | st.booleans() | numbers | texts | st.lists(texts, max_size=2) | st.floats(-1e300, 1e300),
    max_size=3,
)


@st.composite
def spellings(draw: st.DrawFn) -> tuple[Update, bytes]:
    """An update, and the body of a webhook that says it."""
    update = draw(updates)
    document: dict[str, Any] = {"ref": draw(number_or_text(update.ref)), "status": {}}
    document |= draw(maybe("orderID", update.order_id, number_or_text))
    document["status"]["code"] = draw(number_or_text(update.code))
    if update.event_at is None:
        document["status"] |= draw(nothing("timestamp", (None, "", [])))
    else:
        document["status"]["timestamp"] = draw(moment(int(update.event_at)))
    document |= draw(parcels(update.shipments))
    document |= draw(extras)
    document["status"] |= draw(extras)
    order = draw(st.permutations(list(document)))
    text = json.dumps(
        {key: document[key] for key in order},
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 4])),
    )
    if draw(st.booleans()):
        text = text.replace("/", "\\/")
    return update, text.encode()


def number_or_text(text: str) -> st.SearchStrategy[Any]:
    try:
        number = int(text)
    except ValueError:
        return st.just(text)
    is_plain = str(number) == text and -(2**63) <= number < 2**63
    return st.sampled_from([text, number]) if is_plain else st.just(text)


def nothing(key: str, ways: tuple[Any, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from([{}, *({key: way} for way in ways)])


def maybe(key: str, text: str, spell: Any) -> st.SearchStrategy[dict[str, Any]]:
    filled: st.SearchStrategy[dict[str, Any]] = spell(text).map(lambda value: {key: value})
    return filled if text else nothing(key, (None, "", []))


@st.composite
def moment(draw: st.DrawFn, seconds: int) -> Any:
    utc = datetime.fromtimestamp(seconds, UTC)
    hours = draw(st.integers(-12, 14))
    return draw(
        st.sampled_from(
            [
                seconds,
                str(seconds),
                float(seconds),
                f"{seconds}.000",
                utc.isoformat(),
                utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
                utc.strftime("%Y-%m-%dT%H:%M:%S"),
                utc.strftime("%Y-%m-%d %H:%M:%S"),
                utc.astimezone(timezone(timedelta(hours=hours))).isoformat(),
                utc.astimezone(timezone(timedelta(hours=hours))).strftime("%Y-%m-%dT%H:%M:%S%z"),
            ]
        )
    )


@st.composite
def parcel(draw: st.DrawFn, given: Shipment) -> dict[str, Any]:
    flags = [True, 1, "1", "true"] if given.new else [False, 0, "0", "", None, [], "false"]
    written: dict[str, Any] = {"new": draw(st.sampled_from(flags))}
    for key, text in (
        ("carrier", given.carrier),
        ("carrierName", given.carrier_name),
        ("trackingcode", given.tracking_code),
        ("trackingurl", given.tracking_url),
    ):
        written |= draw(maybe(key, text, number_or_text))
    return written | draw(extras)


@st.composite
def parcels(draw: st.DrawFn, given: tuple[Shipment, ...]) -> dict[str, Any]:
    if not given:
        return draw(nothing("shipments", (None, [], {}, "")))
    listed = [draw(parcel(one)) for one in given]
    numbered = {str(n * 3 + 1): one for n, one in enumerate(listed)}
    ways: list[Any] = [listed, numbered]
    if len(listed) == 1:
        ways.append(listed[0])
    return {"shipments": draw(st.sampled_from(ways))}


@given(spellings())
def test_every_spelling_of_an_update_is_read_as_that_update(spelled: tuple[Update, bytes]) -> None:
    update, body = spelled
    read = cottoncast.parse(body)
    assert replace(read, notes=()) == update
    assert {note.kind for note in read.notes} <= {NoteKind.UNSAFE_LINK}


@given(spellings())
def test_a_body_cut_short_is_never_taken_for_a_whole_one(spelled: tuple[Update, bytes]) -> None:
    _, body = spelled
    with pytest.raises(RequestError):
        cottoncast.parse(body[:-1])
