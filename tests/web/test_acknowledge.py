"""`/acknowledge/{token}` on the real server: a page that changes nothing, and one click that does."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from notifier.core.acknowledge import alert_token, token
from notifier.core.alert import Alert, AlertState
from notifier.core.quota import Limits
from notifier.store.protocol import Store
from notifier.store.sending import Begin
from notifier.store.sqlite.store import SqliteStore
from tests.cli.operating import open_alert
from tests.web.serving import Web

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    impatient = {"notifier.store.sqlite.database.LOCK_WAIT": 0.5}
    with Web(tmp_path_factory.mktemp("web"), constants=impatient) as server:
        yield server
        assert "Traceback" not in server.log


@pytest.fixture(scope="module")
def store(web: Web) -> Iterator[Store]:
    store = SqliteStore(web.database)
    yield store
    store.close()


@pytest.fixture
def number(store: Store) -> int:
    """A new alert."""
    return open_alert(store, f"ref-{next(numbers)}<b>", time.time() - 4000)


@pytest.fixture
def path(store: Store, number: int) -> str:
    """The link in the message that told of it."""
    (message,) = [m for m in store.outbox.newest((), 1000) if m.alert == alert(store, number).ref]
    return "/acknowledge/" + token(store.key(), message.id)


def alert(store: Store, number: int) -> Alert:
    found = store.alerts.get(number)
    assert found is not None
    return found


def assert_page(response: httpx.Response, status: int, title: str) -> None:
    """Check that an answer is a page that may be kept by nobody, found by nobody, and run nothing."""
    assert response.status_code == status, response.text[:300]
    head = response.headers
    assert head["content-type"] == "text/html; charset=utf-8"
    assert head["cache-control"] == "no-store"
    assert head["referrer-policy"] == "no-referrer"
    assert "noindex" in head["x-robots-tag"]
    assert "default-src 'none'" in head["content-security-policy"]
    assert "set-cookie" not in head
    assert "location" not in head
    assert f"<h1>{title}</h1>" in response.text
    for foreign in ("<script", "javascript:", "src=", "href=", "url(", "http:", "https:", " style=", "<b>"):
        assert foreign not in response.text


ASKED = "Do you take care of this?"
DONE = "It is yours"
TAKEN = "Somebody takes care of it already"
OVER = "This is over"
UNKNOWN = "This link does not work"


def test_looking_tells_what_it_is_about_and_changes_nothing(
    web: Web, store: Store, number: int, path: str
) -> None:
    for _ in range(3):
        page = web.http.get(path)
        assert_page(page, 200, ASKED)
    for told in (
        "lost",
        "critical",
        alert(store, number).ref.replace("<b>", "&lt;b&gt;"),
        "postnl",
        "1 h 6 min",
    ):
        assert f"<dd>{told}" in page.text or told in page.text
    assert page.text.count("<button") == 1
    assert '<form method="post">' in page.text
    looked = web.http.head(path)
    assert (looked.status_code, looked.content) == (200, b"")
    assert alert(store, number).state is AlertState.OPEN


def test_one_click_acknowledges_and_ends_the_escalation(
    web: Web, store: Store, number: int, path: str
) -> None:
    assert store.timers.of_alert(alert(store, number))
    assert_page(web.http.post(path, data={"by": "  Jo\x07 Example "}), 200, DONE)
    found = alert(store, number)
    assert (found.state, found.by) == (AlertState.ACKNOWLEDGED, "Jo Example")
    assert store.timers.of_alert(found) == []


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"data": {"by": " "}}, id="blank"),
        pytest.param({"content": b"\xff" * 1000}, id="anything"),
        pytest.param({"content": b"x" * 300_000}, id="much"),
    ],
)
def test_a_name_is_not_needed(
    web: Web, store: Store, number: int, path: str, form: dict[str, object]
) -> None:
    assert_page(web.http.post(path, **form), 200, DONE)  # type: ignore[arg-type]
    assert alert(store, number).by == "the link in a message"


def test_a_long_name_is_cut(web: Web, store: Store, number: int, path: str) -> None:
    web.http.post(path, data={"by": "é" * 200})
    assert alert(store, number).by == "é" * 80


def test_who_comes_later_reads_who_has_it(web: Web, store: Store, number: int, path: str) -> None:
    web.http.post(path, data={"by": "Jo <b>"})
    for answer in (web.http.get(path), web.http.post(path, data={"by": "Al"})):
        assert_page(answer, 200, TAKEN)
        assert "Acknowledged by Jo &lt;b&gt;" in answer.text
        assert "<button" not in answer.text
    assert alert(store, number).by == "Jo <b>"


def test_a_link_is_good_until_the_alert_is_resolved(web: Web, store: Store, number: int, path: str) -> None:
    store.alerts.resolve(number, "Jo", time.time())
    for answer in (web.http.get(path), web.http.post(path)):
        assert_page(answer, 410, OVER)
        assert "by Jo" in answer.text
        assert "<button" not in answer.text
    assert alert(store, number).state is AlertState.RESOLVED


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_was_not_made_here_does_nothing(
    web: Web, store: Store, number: int, path: str, method: str
) -> None:
    others = ("x", "%FF.%00", "ü." + "a" * 500, token(bytes(32), number), token(store.key(), 999_999))
    for wrong in (path[:-1], path + "A", *(f"/acknowledge/{other}" for other in others)):
        assert_page(web.http.request(method, wrong), 404, UNKNOWN)
    assert alert(store, number).state is AlertState.OPEN


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(web: Web, path: str, method: str) -> None:
    answer = web.http.request(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD", "POST"}


@contextlib.contextmanager
def held_lock(database: Path) -> Iterator[None]:
    """Be a process that holds the write lock."""
    with database.with_name(f"{database.name}.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_a_database_that_cannot_take_it_is_told_and_the_button_stays(
    web: Web, store: Store, number: int, path: str
) -> None:
    with held_lock(web.database):
        answer = web.http.post(path)
        assert_page(web.http.get(path), 200, ASKED)
    assert_page(answer, 503, "That did not work just now")
    assert answer.headers["retry-after"] == "10"
    assert "<button" in answer.text
    assert alert(store, number).state is AlertState.OPEN
    assert_page(web.http.post(path), 200, DONE)


def test_nothing_of_it_is_logged(web: Web, path: str) -> None:
    web.http.post(path, data={"by": "Canary"})
    assert path.rpartition(".")[2] not in web.log
    assert "Canary" not in web.log


@pytest.fixture
def group(store: Store) -> tuple[int, list[int]]:
    """Ten alerts that went out in one message: its id, and theirs."""
    before = {m.id for m in store.outbox.newest((), 1000)}
    join = f"group-{next(numbers)}/slack"
    members = [open_alert(store, f"group-{next(numbers)}", time.time() - 4000, join=join) for _ in range(10)]
    new = sorted((m for m in store.outbox.newest((), 1000) if m.id not in before), key=lambda m: m.id)
    claimed = store.outbox.claim("setup", time.time(), 60.0, 999, {"slack": Limits(999)})
    (first,) = [m for m in claimed if m.id == new[0].id]
    for other in claimed:
        if other is not first:
            store.outbox.give_back(other)
    begun = Begin(first, "", "", "", merged=tuple(m.id for m in new[1:]))
    assert store.outbox.start_attempts([begun], time.time())
    return first.id, members


def test_the_link_of_a_group_takes_all_of_its_alerts(
    web: Web, store: Store, group: tuple[int, list[int]]
) -> None:
    message, members = group
    path = "/acknowledge/" + token(store.key(), message)
    page = web.http.get(path)
    assert_page(page, 200, "Do you take care of these 10 alerts?")
    assert page.text.count("<li>order group-") == 10
    assert ">I take care of them</button>" in page.text
    assert page.text.count(": Lost, postnl, for 1 h 6 min</li>") == 10
    assert {alert(store, number).state for number in members} == {AlertState.OPEN}

    assert_page(web.http.post(path, data={"by": "Jo"}), 200, "These 10 alerts are yours")

    assert {(alert(store, n).state, alert(store, n).by) for n in members} == {(AlertState.ACKNOWLEDGED, "Jo")}
    assert [store.timers.of_alert(alert(store, number)) for number in members] == [[]] * 10
    assert_page(web.http.get(path), 200, TAKEN)


def test_a_group_is_asked_about_until_none_is_open_and_over_when_all_are(
    web: Web, store: Store, group: tuple[int, list[int]]
) -> None:
    message, members = group
    path = "/acknowledge/" + token(store.key(), message)
    store.alerts.acknowledge_all(members[:8], "Al", time.time())
    store.alerts.resolve_all(members[8:9], "Al", time.time())
    assert_page(web.http.get(path), 200, ASKED)  # one is left
    assert_page(web.http.post(path, data={"by": "Jo"}), 200, DONE)
    assert alert(store, members[0]).by == "Al"
    store.alerts.resolve_all(members, "Al", time.time())
    over = web.http.post(path)
    assert_page(over, 410, OVER)
    assert "All 10 alerts are resolved" in over.text


def test_a_link_that_an_earlier_version_sent_takes_its_alert(web: Web, store: Store, number: int) -> None:
    path = "/acknowledge/" + alert_token(store.key(), number)
    assert_page(web.http.get(path), 200, ASKED)
    assert_page(web.http.post(path), 200, DONE)
    assert alert(store, number).state is AlertState.ACKNOWLEDGED


def test_a_group_names_a_rule_only_where_its_name_says_more_than_the_status(web: Web, store: Store) -> None:
    join = f"group-{next(numbers)}/slack"
    refs = [f"rule-{next(numbers)}" for _ in range(2)]
    before = {m.id for m in store.outbox.newest((), 1000)}
    for ref, rule in zip(refs, ("lost", "vip"), strict=True):
        open_alert(store, ref, time.time(), rule=rule, join=join)
    new = sorted(m.id for m in store.outbox.newest((), 1000) if m.id not in before)
    claimed = store.outbox.claim("setup", time.time(), 60.0, 999, {"slack": Limits(999)})
    (first,) = [m for m in claimed if m.id == new[0]]
    assert store.outbox.start_attempts([Begin(first, "", "", "", merged=tuple(new[1:]))], time.time())

    shown = web.http.get("/acknowledge/" + token(store.key(), first.id)).text
    assert f"<li>order {refs[0]}: Lost, postnl, for 0 min</li>" in shown
    assert f"<li>order {refs[1]}: Lost, postnl, vip, for 0 min</li>" in shown
