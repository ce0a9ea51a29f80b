"""`PUT`, `GET` and `DELETE /orders/{ref}` on the real server."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.core.contact import Finding, Item
from notifier.core.flaw import Flaw
from notifier.core.lookup import LookupState, Verdict
from notifier.core.plan import Plan
from notifier.store.sqlite.store import SqliteStore
from tests import factories
from tests.web.serving import TOKEN, Web, assert_error, parsed, update

API = {"Authorization": f"Bearer {TOKEN}"}
JANE = {
    "name": "Jane Example",
    "email": "jane@example.org",
    "phone": "06 12345678",
    "locale": "nl",
    "country": "NL",
    "timezone": "Europe/Amsterdam",
}
WISHES = {"channels": ["email", "sms"], "marketing": True, "do_not_contact": False}


def put(web: Web, ref: str, content: bytes) -> httpx.Response:
    return web.http.put(f"/orders/{quote(ref, safe='')}", content=content, headers=API)


def test_an_order_is_registered_shown_replaced_and_forgotten(web: Web) -> None:
    items = [
        {"name": "Poster", "sku": "P-1", "quantity": 2},
        {"name": "Card", "image": "https://shop.example/c.jpg"},
    ]
    before = time.time()
    first = web.register("41", orderID="3AF7", contact=JANE | WISHES, attributes={"total": 49.9}, items=items)
    shown = {
        "ref": "41",
        "orderID": "3AF7",
        "status": None,
        "source": "registered",
        "contact_at": first.json()["order"]["contact_at"],
        "contact": JANE
        | WISHES
        | {"phone": "+31612345678", "unusable": [], "refused": [], "unsubscribed": False},
        "attributes": {"total": 49.9},
        "items": [
            {"name": "Poster", "sku": "P-1", "quantity": 2, "image": ""},
            {"name": "Card", "sku": "", "quantity": 1, "image": "https://shop.example/c.jpg"},
        ],
        "shipments": [],
    }
    assert (first.status_code, first.json()) == (
        201,
        {"status": "ok", "released": 0, "unusable": [], "order": shown},
    )
    assert first.headers["content-type"] == "application/json"

    assert before <= first.json()["order"]["contact_at"] <= time.time()

    again = web.register("41", contact={"email": "other@example.org"})
    assert (again.status_code, again.json()["order"]["contact"]["name"]) == (200, None)
    assert (again.json()["order"]["attributes"], again.json()["order"]["items"]) == ({}, [])

    found = web.http.get("/orders/41", headers=API)
    assert (found.status_code, found.json()) == (200, {"status": "ok", "order": again.json()["order"]})

    gone = web.http.delete("/orders/41", headers=API)
    assert (gone.status_code, gone.content) == (200, b'{"status":"ok"}')
    assert_error(web.http.get("/orders/41", headers=API), 404, "Order 41 not found")
    assert_error(web.http.delete("/orders/never", headers=API), 404, "Order never not found")


def test_a_forgotten_order_is_known_and_may_be_forgotten_again(web: Web) -> None:
    web.register("tomb", contact=JANE)
    for _ in range(2):
        assert web.http.delete("/orders/tomb", headers=API).content == b'{"status":"ok"}'
    later = web.post(update("tomb"))
    assert (later.status_code, later.content) == (200, b'{"status":"ok"}')
    assert_error(web.http.get("/orders/tomb", headers=API), 404, "Order tomb not found")


def test_a_forgotten_order_can_be_registered_anew(web: Web) -> None:
    web.register("back", contact=JANE)
    web.http.delete("/orders/back", headers=API)
    assert web.register("back", contact={"email": "new@example.org"}).status_code == 201
    found = web.http.get("/orders/back", headers=API).json()["order"]
    assert (found["contact"]["email"], found["contact"]["phone"]) == ("new@example.org", None)


def test_what_has_happened_is_shown_with_the_order(web: Web) -> None:
    web.post(update("told"))
    registered = web.register("told").json()
    assert registered["released"] == 1
    assert registered["order"]["status"] == "collected"
    assert registered["order"]["orderID"] == "3AF7"
    assert registered["order"]["shipments"] == [
        {
            "carrier": "postnl",
            "carrierName": "Postnl",
            "trackingcode": "3SCEBU123456789",
            "trackingurl": "https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB",
            "named_at": 1622007287.0,
            "replaced_at": None,
        }
    ]


def test_a_label_that_was_replaced_is_shown_as_such(web: Web) -> None:
    parcel = {"carrier": "postnl", "carrierName": "PostNL", "new": True}
    for code, at in (("3SOLD", 1622007287), ("3SNEW", 1622009999)):
        news = {"code": "C", "timestamp": at}
        web.post(update("relabelled", status=news, shipments=[{**parcel, "trackingcode": code}]))
    shipments = web.register("relabelled").json()["order"]["shipments"]
    assert [(one["trackingcode"], one["replaced_at"]) for one in shipments] == [
        ("3SOLD", 1622009999.0),
        ("3SNEW", None),
    ]


def test_an_order_that_was_looked_up_is_shown_with_its_source(web: Web) -> None:
    store = SqliteStore(web.database)
    try:
        store.orders.accept_unknown(True)
        web.post(update("found"))
        *others, news = store.updates.claim("worker", factories.T0, 60, 200)
        store.updates.give_back(others, "worker")
        awaiting = Plan((), (), awaits_contact=True)
        store.updates.record_plan(news, "worker", awaiting, False, "", factories.T0)
        sought = web.http.get("/orders/found", headers=API).json()["order"]
        assert (sought["source"], sought["contact_at"], sought["contact"]) == (None, None, None)
        (lookup,) = store.lookups.claim("worker", factories.T0, 60, 10)
        found = Finding("cottoncast", factories.JANE, factories.T0, items=(Item("Poster"),))
        verdict = Verdict(LookupState.FOUND, found)
        store.lookups.settle(lookup, verdict, before_registered=False, now=factories.T0)
    finally:
        store.orders.accept_unknown(False)
        store.close()
    shown = web.http.get("/orders/found", headers=API).json()["order"]
    assert (shown["source"], shown["contact_at"]) == ("cottoncast", factories.T0)
    assert (shown["contact"]["email"], shown["items"][0]["name"]) == ("jane@example.org", "Poster")


def test_forgetting_an_order_erases_contact_and_raw_bodies_and_keeps_the_count(web: Web) -> None:
    web.register("erase", contact=JANE)
    web.post(update("erase", note="jane@example.org"))
    assert web.http.delete("/orders/erase", headers=API).status_code == 200
    assert web.rows("SELECT code, body FROM updates WHERE ref = 'erase'") == [("C", None)]
    assert web.rows("SELECT name, email, phone FROM orders WHERE ref = 'erase'") == [(None, None, None)]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"null", b"{}"])
def test_a_body_must_be_a_json_object(web: Web, body: bytes) -> None:
    response = put(web, "body", body)
    if body in (b"{}", b"null", b"[]"):  # nothing is known of it but that it exists; PHP writes {} as []
        assert response.status_code in (200, 201)
    else:
        assert_error(response, 400)
        assert response.json()["message"].startswith("the body is not ")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"orderID": [1]}, "orderID: must be text"),
        ({"contact": "Jane"}, "contact: must be a JSON object"),
        ({"contact": {"email": "jane@"}}, "contact.email: "),
        ({"contact": {"phone": "06 12345678"}}, "contact.phone: give it with + and the country code"),
        ({"contact": {"country": "Atlantis"}}, "contact.country: must be a country code"),
        ({"contact": {"locale": "dutch"}}, "contact.locale: must be a language tag"),
        ({"contact": {"timezone": "Mars"}}, "contact.timezone: must be a time zone's name"),
        ({"contact": {"name": "x" * 201}}, "contact.name: is 201 characters long"),
        ({"contact": {"marketing": "maybe"}}, "contact.marketing: must be true or false"),
        ({"contact": {"channels": {"sms": 1}}}, "contact.channels: must be a list of channels' names"),
        ({"items": [{"name": ""}]}, "items[0].name: is missing"),
        ({"contact": {"emial": "x"}}, "contact.emial: is not a field; did you mean email?"),
        ({"kontakt": {}}, "kontakt: is not a field"),
        ({"attributes": [1]}, "attributes: must be a JSON object"),
        ({"attributes": {"x": "y" * 20_000}}, "attributes.x: all together are more than 16384 bytes"),
    ],
)
def test_a_bad_field_is_left_out_and_named_or_refused_if_that_is_asked_for(
    web: Web, given: dict[str, Any], message: str
) -> None:
    refused = web.http.put("/orders/bad?strict=1", json=given, headers=API)
    assert_error(refused, 400)
    assert refused.json()["message"].startswith(message)
    assert_error(web.http.get("/orders/bad", headers=API), 404)
    taken = web.register("bad", **given)
    assert taken.status_code == 201
    (flaw,) = taken.json()["unusable"]
    assert f"{flaw['field']}: {flaw['message']}".startswith(message)
    assert flaw["reason"] in set(Flaw)
    web.http.delete("/orders/bad", headers=API)


@pytest.mark.parametrize("word", ["maybe", "2"])
def test_whether_to_refuse_is_said_plainly(web: Web, word: str) -> None:
    response = web.http.put(f"/orders/plain?strict={word}", json={}, headers=API)
    assert_error(response, 400)
    assert "strict" in response.json()["message"]
    assert web.http.put("/orders/plain?strict=0", json={"x": 1}, headers=API).status_code in (200, 201)


def test_all_problems_of_an_order_are_said_at_once(web: Web) -> None:
    given = {"contact": {"email": "jane@", "phone": "n/a", "locale": "?"}, "items": "x"}
    response = web.http.put("/orders/bad?strict=1", json=given, headers=API)
    assert_error(
        response,
        400,
        "contact.email: There must be something after the @-sign; contact.phone: it is not a phone number;"
        " contact.locale: must be a language tag (BCP 47), such as nl or nl-BE; items: must be a list",
    )


def test_one_odd_field_does_not_lose_a_customer(web: Web) -> None:
    given = {
        "name": "Jane Example",
        "email": "mailto:taro..y@docomo.ne.jp\u200b",
        "phone": "n/a",
        "locale": "nl_NL_formal",
        "country": "Nederland",
        "timezone": "UTC+1",
        "channels": "email sms",
        "do_not_contact": "nee",
    }
    response = web.register("odd", contact=given)
    assert response.status_code == 201
    assert response.json()["unusable"] == [
        {"field": "contact.phone", "reason": "malformed", "message": "it is not a phone number"}
    ]
    contact = {
        "name": "Jane Example",
        "email": "taro..y@docomo.ne.jp",
        "phone": None,
        "locale": "nl-NL",
        "country": "NL",
        "timezone": "Etc/GMT-1",
        "channels": ["email", "sms"],
        "marketing": None,
        "do_not_contact": False,
        "unusable": [{"field": "phone", "reason": "malformed"}],
        "refused": [],
        "unsubscribed": False,
    }
    assert response.json()["order"]["contact"] == contact
    assert web.http.get("/orders/odd", headers=API).json()["order"]["contact"] == contact


@pytest.mark.parametrize(
    ("given", "channels", "marketing", "silence"),
    [
        pytest.param({"marketing": "perhaps"}, None, False, False, id="no consent"),
        pytest.param({"do_not_contact": "2024-05-01"}, None, None, True, id="a wish with a date"),
        pytest.param({"channels": 7}, [], None, False, id="no channel"),
        pytest.param({"doNotContact": True}, None, None, True, id="a misspelt wish"),
        pytest.param({"do_not_contct": False}, None, None, False, id="a misspelt wish that is none"),
        pytest.param({"marketting": True}, None, None, False, id="a misspelt consent"),
        pytest.param({"channel": ["sms"]}, ["sms"], None, False, id="misspelt channels"),
    ],
)
def test_an_unclear_preference_is_the_wish_to_hear_less(
    web: Web, given: dict[str, Any], channels: Any, marketing: bool | None, silence: bool
) -> None:
    response = web.register("wish", contact=JANE | given)
    contact = response.json()["order"]["contact"]
    assert len(response.json()["unusable"]) == 1
    assert (contact["channels"], contact["marketing"], contact["do_not_contact"]) == (
        channels,
        marketing,
        silence,
    )


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "name",
    "email",
    "phone",
    "locale",
    "country",
    "timezone",
    "channels",
    "marketing",
    "do_not_contact",
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, anything)),
    st.sampled_from([None, *FIELDS]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_contact_is_the_order_is_taken_and_its_good_parts_survive(
    web: Web, odd: dict[str, Any], spoilt: str | None
) -> None:
    good = JANE | WISHES
    contact = good | ({spoilt: odd[spoilt]} if spoilt in odd else {})
    for body in (json.dumps({"contact": odd}), json.dumps({"contact": contact})):
        response = put(web, "any", body.encode())
        assert response.status_code in (200, 201), response.text
    shown = response.json()["order"]["contact"]
    survives = good.keys() - {spoilt} - ({"phone"} if spoilt == "country" else set())
    expected = good | {"phone": "+31612345678"}
    assert {name: shown[name] for name in survives} == {name: expected[name] for name in survives}


def test_a_body_over_the_limit_is_refused(web: Web) -> None:
    response = put(web, "large", b'{"attributes":{"x":"' + b"y" * 262_144 + b'"}}')
    assert_error(response, 413, "the body is larger than 262144 bytes")


@pytest.mark.parametrize(
    "ref",
    [
        "2024/41", "/", "a//b", "../41", "41 a", "№41", "é/ü", "🎁", "100%", "a%2Fb", "a+b", "a?b#c",
        "{{7*7}}", "'; DROP TABLE orders --", "x" * 200, "é" * 200, "healthz", "41/",
    ],
)  # fmt: skip
def test_a_reference_may_be_anything_printable(web: Web, ref: str) -> None:
    response = put(web, ref, b'{"orderID":"x"}')
    assert response.status_code == 201
    assert response.json()["order"]["ref"] == ref
    assert web.post(update(ref)).content == b'{"status":"ok"}'
    found = web.http.get(f"/orders/{quote(ref, safe='')}", headers=API)
    assert (found.json()["order"]["ref"], found.json()["order"]["status"]) == (ref, "collected")
    assert web.http.delete(f"/orders/{quote(ref, safe='')}", headers=API).status_code == 200


def test_a_slash_in_a_reference_needs_no_escape(web: Web) -> None:
    assert web.http.put("/orders/2025/7", json={}, headers=API).json()["order"]["ref"] == "2025/7"


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("x" * 201, "ref: must have 1 to 200 characters"),
        ("a\nb", "ref: holds a control character"),
        ("a\x00b", "ref: holds a control character"),
        ("a\u202eb", "ref: holds a control character"),
    ],
)
def test_other_references_are_refused(web: Web, ref: str, message: str) -> None:
    assert_error(put(web, ref, b"{}"), 400, message)


def test_a_reference_must_be_there(web: Web) -> None:
    assert_error(web.http.put("/orders/", json={}, headers=API), 400, "ref: must have 1 to 200 characters")


@pytest.mark.parametrize("written", ["%ff", "%fe", "%ff%fe", "41%c3", "%ed%a0%80", "a/%c0%af"])
def test_a_reference_that_is_not_utf_8_is_none(web: Web, written: str) -> None:
    before = web.rows("SELECT count(*) FROM orders")
    for method in ("PUT", "GET", "DELETE"):
        response = web.http.request(method, f"/orders/{written}", content=b"{}", headers=API)
        assert_error(response, 400, "the path is not UTF-8")
    assert web.rows("SELECT count(*) FROM orders") == before


def test_bytes_in_a_path_that_are_not_utf_8_are_refused_as_well(web: Web) -> None:
    head = b"GET /orders/\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
    assert_error(parsed(web.raw(head + TOKEN.encode() + b"\r\n\r\n")), 400)


def test_a_reference_may_hold_the_replacement_character(web: Web) -> None:
    assert web.http.put("/orders/%ef%bf%bd", json={}, headers=API).status_code == 201
    assert web.http.get("/orders/%ef%bf%bd", headers=API).json()["order"]["ref"] == "\ufffd"


@pytest.mark.parametrize(
    "header",
    [
        None, b"", b"Bearer", b"Bearer wrong", f"Bearer {TOKEN}x".encode(), TOKEN.encode(),
        f"Basic {TOKEN}".encode(), b"Bearer \xff\xfe", f"Bearer {TOKEN.upper()}".encode(),
        f"Bearer {TOKEN} {TOKEN}".encode(),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_without_the_token_nothing_is_told_or_done(web: Web, method: str, header: bytes | None) -> None:
    headers = [(b"Authorization", header)] if header is not None else []
    web.register("guarded")
    response = web.http.request(method, "/orders/guarded", headers=headers, content=b"{not JSON")
    assert_error(response, 401, "the bearer token is missing or wrong")
    assert response.headers["www-authenticate"] == "Bearer"
    assert_error(web.http.get("/orders/unheard-of", headers=headers), 401)
    assert web.http.get("/orders/guarded", headers=API).status_code == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_schemes_name_is_not_case_sensitive(web: Web, scheme: str) -> None:
    response = web.http.get("/orders/none", headers={"Authorization": f"{scheme} {TOKEN}"})
    assert_error(response, 404)


def test_the_webhooks_signature_opens_no_orders(web: Web) -> None:
    body = b"{}"
    assert_error(web.http.put("/orders/1", content=body), 401)


def test_without_a_token_configured_the_api_is_shut(tmp_path: Path) -> None:
    with Web(tmp_path, {"NOTIFIER_API_TOKEN": None}) as web:
        for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer None"}, API):
            response = web.http.put("/orders/41", json={}, headers=headers)
            assert_error(response, 401, "the API is shut: set NOTIFIER_API_TOKEN and restart")
        assert "the API is shut" in web.log
        assert_error(web.post(update("41")), 404)
