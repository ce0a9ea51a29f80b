"""`/alerts` and `/silences` on the real server, under the bearer token."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from notifier.store.protocol import Store
from notifier.store.sqlite.store import SqliteStore
from tests.cli.operating import open_alert
from tests.web.serving import TOKEN, Web, assert_error

API = {"Authorization": f"Bearer {TOKEN}"}
NOW = time.time() - 600


@pytest.fixture(scope="module")
def store(web: Web) -> Iterator[Store]:
    store = SqliteStore(web.database)
    yield store
    store.close()


def test_open_alerts_are_listed_acknowledged_and_resolved(web: Web, store: Store) -> None:
    number = open_alert(store, "41", NOW)

    listed = web.http.get("/alerts", headers=API)
    assert (listed.status_code, listed.json()["status"]) == (200, "ok")
    (alert,) = (a for a in listed.json()["alerts"] if a["id"] == number)
    assert alert == {
        "id": number,
        "rule": "lost",
        "key": "41",
        "state": "open",
        "severity": "critical",
        "opened_at": NOW,
        "labels": {
            "rule": ["lost"], "ref": ["41"], "carrier": ["postnl"], "status": ["lost"],
            "severity": ["critical"],
        },
        "ref": "41",
        "update_id": alert["update_id"],
        "acknowledged_at": None,
        "by": "",
        "resolved_at": None,
        "why": "",
        "quiet": False,
    }  # fmt: skip

    taken = web.http.post(f"/alerts/{number}/acknowledge", headers=API, json={"by": " Jo "})
    assert (taken.status_code, taken.json()["alert"]["state"], taken.json()["alert"]["by"]) == (
        200, "acknowledged", "Jo",
    )  # fmt: skip
    again = web.http.post(f"/alerts/{number}/acknowledge", headers=API)
    assert_error(again, 409, f"alert {number} is acknowledged; only open ones can be acknowledged")

    over = web.http.post(f"/alerts/{number}/resolve", headers=API)
    assert (over.json()["alert"]["state"], over.json()["alert"]["why"]) == ("resolved", "by the API")
    assert_error(web.http.post(f"/alerts/{number}/resolve", headers=API), 409)
    assert number not in [a["id"] for a in web.http.get("/alerts", headers=API).json()["alerts"]]
    every = web.http.get("/alerts?all=true", headers=API).json()["alerts"]
    assert number in [a["id"] for a in every]


@pytest.mark.parametrize("which", ["acknowledge", "resolve"])
def test_an_alert_that_is_not_there_is_404(web: Web, which: str) -> None:
    assert_error(web.http.post(f"/alerts/999/{which}", headers=API), 404, "there is no alert 999")
    for path in ("0", "-1", "x", "1.5", "9" * 30):
        answer = web.http.post(f"/alerts/{path}/{which}", headers=API)
        assert_error(answer, 404, "there is nothing at this path")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "the body is not JSON"),
        (b"[1]", "the body must be a JSON object"),
        (b'{"bye":"Jo"}', "bye: is not a field; did you mean by?"),
        (b'{"by":5}', "by: must be text"),
        (b'{"by":" "}', "by: is empty"),
        (b'{"by":"a\\u0007"}', "by: holds a control character"),
    ],
)
def test_a_body_that_cannot_be_used_is_refused_and_nothing_moves(
    web: Web, store: Store, body: bytes, said: str
) -> None:
    number = open_alert(store, f"refused: {said}", NOW)
    answer = web.http.post(f"/alerts/{number}/acknowledge", headers=API, content=body)
    assert_error(answer, 400)
    assert answer.json()["message"].startswith(said)
    alert = store.alerts.get(number)
    assert alert is not None
    assert alert.state == "open"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/alerts"), ("POST", "/alerts/1/acknowledge"), ("POST", "/alerts/1/resolve"),
        ("POST", "/alerts/acknowledge"), ("POST", "/alerts/resolve"),
        ("GET", "/silences"), ("POST", "/silences"), ("DELETE", "/silences/1"), ("PATCH", "/silences/1"),
    ],
)  # fmt: skip
def test_without_the_token_all_of_it_is_shut(web: Web, method: str, path: str) -> None:
    assert_error(web.http.request(method, path), 401)
    assert_error(web.http.request(method, path, headers={"Authorization": "Bearer x"}), 401)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/alerts", "GET"), ("GET", "/alerts/1/acknowledge", "POST"),
        ("DELETE", "/silences", "GET, POST"), ("GET", "/silences/1", "DELETE, PATCH"),
    ],
)  # fmt: skip
def test_other_methods_are_refused(web: Web, method: str, path: str, allowed: str) -> None:
    answer = web.http.request(method, path, headers=API)
    assert_error(answer, 405)
    assert answer.headers["allow"] == allowed


def test_a_silence_is_made_listed_and_ended(web: Web, store: Store) -> None:
    given = {"matchers": {"rule": "lost", "carrier": ["postnl", "dhl"]}, "for": "2h", "reason": "a strike"}
    before = time.time()
    made = web.http.post("/silences", headers=API, json=given)
    assert made.status_code == 201
    silence = made.json()["silence"]
    assert silence["matchers"] == {"rule": ["lost"], "carrier": ["postnl", "dhl"]}
    assert (silence["author"], silence["reason"], silence["customers"]) == ("the API", "a strike", False)
    assert before + 7200 <= silence["ends_at"] <= time.time() + 7200
    assert silence in web.http.get("/silences", headers=API).json()["silences"]

    ended = web.http.delete(f"/silences/{silence['id']}", headers=API)
    assert (ended.status_code, ended.json()["silence"]["id"]) == (200, silence["id"])
    assert silence["id"] not in [s["id"] for s in web.http.get("/silences", headers=API).json()["silences"]]
    every = web.http.get("/silences?all=true", headers=API).json()["silences"]
    assert silence["id"] in [s["id"] for s in every]
    assert_error(web.http.delete(f"/silences/{silence['id']}", headers=API), 409)
    assert_error(web.http.delete("/silences/999", headers=API), 404, "there is no silence 999")


@pytest.mark.parametrize(
    "until", [lambda at: at, lambda at: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))]
)
def test_an_end_is_unix_seconds_or_iso_8601(web: Web, until: object) -> None:
    at = int(time.time()) + 3600
    assert callable(until)
    given = {"everything": True, "until": until(at), "reason": "moving", "by": "Jo", "customers": True}
    made = web.http.post("/silences", headers=API, json=given).json()["silence"]
    assert (made["ends_at"], made["matchers"], made["author"], made["customers"]) == (at, {}, "Jo", True)


GOOD = {"matchers": {"rule": "lost"}, "for": "2h", "reason": "a strike"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"matchers": None}, "matchers: is missing; to silence all, set everything"),
        ({"matchers": {}}, "matchers: is missing"),
        ({"everything": True}, "matchers: and everything exclude each other"),
        ({"everything": "yes"}, "everything: must be true or false"),
        ({"matchers": ["rule"]}, "matchers: must be an object"),
        ({"matchers": {"carier": "dhl"}}, "matchers.carier: is not a field; did you mean `carrier`?"),
        ({"matchers": {"rule": 5}}, "matchers.rule: must be text, or a list of texts"),
        ({"matchers": {"rule": []}}, "matchers.rule: needs a value"),
        ({"matchers": {"severity": "bad"}}, "matchers.severity: is no severity"),
        ({"for": None}, "for: is missing, and so is until"),
        ({"until": 5}, "for: and until exclude each other"),
        ({"for": 2}, "for: must be text"),
        ({"for": "2"}, "for: needs a unit"),
        ({"for": None, "until": 5}, "until: must be to come"),
        ({"for": None, "until": True}, "until: must be Unix seconds or an ISO 8601 time"),
        ({"for": None, "until": "soon"}, "until: is no time"),
        ({"reason": None}, "reason: is missing"),
        ({"reason": ""}, "reason: is empty"),
        ({"customers": 1}, "customers: must be true or false"),
        ({"author": "Jo"}, "author: is not a field"),
    ],
)
def test_a_silence_that_cannot_be_meant_is_refused_with_the_field(
    web: Web, store: Store, change: dict[str, object], said: str
) -> None:
    before = len(store.silences.newest(100))
    given = {name: value for name, value in (GOOD | change).items() if value is not None}
    answer = web.http.post("/silences", headers=API, json=given)
    assert_error(answer, 400)
    assert answer.json()["message"].startswith(said)
    assert len(store.silences.newest(100)) == before


@pytest.mark.parametrize(
    "begin",
    [
        lambda at: at,
        lambda at: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
        lambda at: datetime.fromtimestamp(at, ZoneInfo("Asia/Tokyo")).strftime("%Y-%m-%d %H:%M:%S"),
    ],
    ids=["unix", "utc", "of the shop's clocks"],
)
def test_a_silence_can_begin_later(web: Web, store: Store, begin: object) -> None:
    assert callable(begin)
    store.rulesets.take_up("f", ["lost"], NOW, "Asia/Tokyo")
    at = int(time.time()) + 3600
    made = web.http.post("/silences", headers=API, json=GOOD | {"from": begin(at)}).json()["silence"]
    assert (made["starts_at"], made["ends_at"]) == (at, at + 7200)


def test_a_silence_is_changed_in_what_is_mentioned(web: Web, store: Store) -> None:
    store.rulesets.take_up("f", ["stuck"], NOW, "Asia/Tokyo")
    given = {"matchers": {"rule": "stuck"}, "every": "sun 01:00-03:00", "reason": "backup", "by": "Jo"}
    one = web.http.post("/silences", headers=API, json=given).json()["silence"]
    assert (one["ends_at"], one["edited_by"], one["zone"]) == (None, "", "Asia/Tokyo")
    path = f"/silences/{one['id']}"
    changed = web.http.patch(path, headers=API, json={"matchers": {"rule": ["stuck", "lost"]}, "by": "Al"})
    assert changed.status_code == 200
    assert changed.json()["silence"] == one | {
        "matchers": {"rule": ["stuck", "lost"]},
        "edited_by": "Al",
        "next_at": changed.json()["silence"]["next_at"],
    }
    endless = web.http.patch(path, headers=API, json={"every": None})
    assert_error(endless, 400)
    assert endless.json()["message"].startswith("for: is missing, and so is until")
    once = web.http.patch(path, headers=API, json={"every": None, "for": "2h", "everything": True})
    assert (once.json()["silence"]["every"], once.json()["silence"]["matchers"]) == ("", {})
    assert_error(web.http.patch(path, headers=API, json={"by": "Al"}), 400)
    assert_error(web.http.patch(path, headers=API, json={"author": "Al"}), 400)
    assert_error(web.http.patch("/silences/999", headers=API, json={"for": "1h"}), 404)
    web.http.delete(path, headers=API)
    assert_error(web.http.patch(path, headers=API, json={"for": "1h"}), 409)


def test_a_silence_that_recurs_is_made_and_listed_with_its_hours(web: Web) -> None:
    given = {"matchers": {"rule": "stuck"}, "every": "sun 01:00-03:00", "reason": "backup"}
    made = web.http.post("/silences", headers=API, json=given)
    assert made.status_code == 201
    silence = made.json()["silence"]
    assert silence["every"] == "sun 01:00-03:00"
    assert silence in web.http.get("/silences", headers=API).json()["silences"]
    wrong = web.http.post("/silences", headers=API, json=given | {"every": "sundays"})
    assert wrong.status_code == 400
    assert "sun 01:00-03:00" in wrong.json()["message"]


def test_alerts_that_fit_are_moved_together(web: Web, store: Store) -> None:
    one, two, other = (
        open_alert(store, ref, NOW, rule=rule)
        for ref, rule in (("m1", "flood"), ("m2", "flood"), ("m3", "dry"))
    )
    about = {"matchers": {"rule": "FLOOD", "carrier": ["dhl", "postnl"]}, "by": "Jo"}
    taken = web.http.post("/alerts/acknowledge", headers=API, json=about)
    assert taken.status_code == 200
    assert [(a["id"], a["state"], a["by"]) for a in taken.json()["alerts"]] == [
        (one, "acknowledged", "Jo"),
        (two, "acknowledged", "Jo"),
    ]
    untouched = store.alerts.get(other)
    assert untouched is not None
    assert untouched.state == "open"
    again = web.http.post("/alerts/acknowledge", headers=API, json=about)
    said = "no alert with rule FLOOD and carrier dhl or postnl can be acknowledged: 2 acknowledged already"
    assert_error(again, 404, said)
    over = web.http.post("/alerts/resolve", headers=API, json=about)
    assert [(a["id"], a["why"]) for a in over.json()["alerts"]] == [(one, "by Jo"), (two, "by Jo")]


def test_a_rule_that_is_not_in_force_is_named(web: Web, store: Store) -> None:
    store.rulesets.take_up("f", ["lost"], NOW, shop_rules=["silent"])
    for move in ("acknowledge", "resolve"):
        answer = web.http.post(f"/alerts/{move}", headers=API, json={"matchers": {"rule": "nope"}})
        assert_error(answer, 404)
        assert "in the rules in force there is no rule `nope`" in answer.json()["message"]
    known = web.http.post("/alerts/resolve", headers=API, json={"matchers": {"rule": "silent"}})
    assert_error(known, 404, "no alert with rule silent can be resolved")


def test_alerts_of_a_message_are_moved_together(web: Web, store: Store) -> None:
    number = open_alert(store, "m4", NOW, rule="told")
    (message,) = (m.id for m in store.outbox.newest((), 50) if m.ref == "m4")
    taken = web.http.post("/alerts/acknowledge", headers=API, json={"message": message})
    assert [a["id"] for a in taken.json()["alerts"]] == [number]
    missing = web.http.post("/alerts/acknowledge", headers=API, json={"message": 2**62})
    assert_error(missing, 404, f"there is no message {2**62}")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "say which: matchers, or message"),
        ({"matchers": {}}, "say which: matchers, or message"),
        ({"matchers": {"rule": "x"}, "message": 1}, "say which: matchers, or message"),
        ({"message": "1"}, "message: must be the number of a message"),
        ({"message": True}, "message: must be the number of a message"),
        ({"message": 0}, "message: must be the number of a message"),
        ({"message": 2**63}, "message: the number is too large"),
        ({"matchers": {"rul": "x"}}, "matchers.rul: is not a field; did you mean `rule`?"),
        ({"matchers": "rule"}, "matchers: must be an object"),
    ],
)
def test_alerts_that_are_not_named_properly_stay(web: Web, body: dict[str, object], said: str) -> None:
    answer = web.http.post("/alerts/resolve", headers=API, json=body)
    assert_error(answer, 400)
    assert answer.json()["message"].startswith(said)
