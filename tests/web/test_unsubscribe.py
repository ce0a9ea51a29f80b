"""`/unsubscribe/{token}` on the real server: a page that changes nothing, and one click that does."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import itertools
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from notifier.core.unsubscribe import token
from notifier.store.protocol import Store
from notifier.store.sqlite.store import SqliteStore
from tests.factories import JANE, T0, new_message, plan, received, register
from tests.web.serving import Web, parsed

ONE_CLICK = {"List-Unsubscribe": "One-Click"}

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
def path(store: Store) -> Iterator[str]:
    """The link of a new message to Jane, who may be written to."""
    number = next(numbers)
    ref, message_id = f"ref-{number}", f"message-{number}"
    register(store, ref)
    store.updates.record([received("C", ref)], T0)
    (update_id,) = store.updates.claim("setup", T0, 60.0, 1)
    news = new_message(f"news/{number}", recipient="jane@example.org", message_id=message_id)
    store.updates.record_plan(update_id, "setup", plan(news), False, "f1", T0)
    yield "/unsubscribe/" + token(store.key(), message_id)
    store.addresses.resubscribe("jane@example.org")


def is_unsubscribed(store: Store) -> bool:
    found = store.addresses.get("jane@example.org")
    return found is not None and found.unsubscribed_at is not None


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
    assert "jane" not in response.text.lower()


ASKED = "Stop receiving offers?"
DONE = "You are unsubscribed"
UNKNOWN = "This link does not work"


def test_looking_shows_a_button_and_changes_nothing(web: Web, store: Store, path: str) -> None:
    for _ in range(3):
        assert_page(web.http.get(path), 200, ASKED)
    assert not is_unsubscribed(store)


def test_looking_at_the_head_changes_nothing(web: Web, store: Store, path: str) -> None:
    looked = web.http.head(path)
    assert (looked.status_code, looked.content) == (200, b"")
    assert looked.headers["content-length"] == web.http.get(path).headers["content-length"]
    assert not is_unsubscribed(store)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"data": ONE_CLICK}, id="form"),
        pytest.param({"files": {"List-Unsubscribe": (None, "One-Click")}}, id="multipart"),
        pytest.param({}, id="nothing"),
        pytest.param({"content": b"\xff" * 1000}, id="anything"),
    ],
)
def test_one_click_unsubscribes(web: Web, store: Store, path: str, form: dict[str, object]) -> None:
    assert_page(web.http.post(path, **form), 200, DONE)  # type: ignore[arg-type]
    assert is_unsubscribed(store)


def test_a_sender_of_far_too_much_can_read_the_answer(web: Web, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 20000000\r\n\r\n"
    assert_page(parsed(web.raw(head.encode() + b"x" * 20_000_000)), 200, DONE)


def test_a_second_click_says_the_same(web: Web, store: Store, path: str) -> None:
    web.http.post(path, data=ONE_CLICK)
    assert_page(web.http.post(path, data=ONE_CLICK), 200, DONE)
    assert_page(web.http.get(path), 200, ASKED)
    assert is_unsubscribed(store)


class Form(HTMLParser):
    """Reads the page's form as a browser does."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.method, self.action = "", "(no form)"
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.method, self.action = given["method"], given.get("action", "")
        elif tag == "input":
            self.fields[given["name"]] = given["value"]


def test_the_button_does_what_a_mail_program_does(web: Web, store: Store, path: str) -> None:
    form = Form(web.http.get(path).text)
    assert (form.method, form.action, form.fields) == ("post", "", ONE_CLICK)
    assert_page(web.http.post(path, data=form.fields), 200, DONE)
    assert is_unsubscribed(store)


def test_a_page_is_small_whole_and_without_scripts(web: Web, path: str) -> None:
    page = web.http.get(path).text
    assert len(page) < 4096
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert "<title>" in page
    assert 'name="viewport" content="width=device-width' in page
    for foreign in ("<script", "javascript:", "src=", "href=", "url(", "http:", "https:", " style="):
        assert foreign not in page


def test_the_policy_lets_the_pages_own_style_pass_and_nothing_else(web: Web, path: str) -> None:
    answer = web.http.get(path)
    found = re.search("<style>(.*)</style>", answer.text, re.DOTALL)
    assert found
    seen = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
    assert answer.headers["content-security-policy"].split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{seen}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_was_not_made_here_does_nothing(web: Web, store: Store, path: str, method: str) -> None:
    message_id = path.removeprefix("/unsubscribe/").partition(".")[0]
    others = ("x", "%FF.%00", "ü." + "a" * 500, token(bytes(32), message_id))
    for wrong in (path[:-1], path + "A", *(f"/unsubscribe/{other}" for other in others)):
        assert_page(web.http.request(method, wrong), 404, UNKNOWN)
    assert not is_unsubscribed(store)


def test_where_nobody_is_left_to_write_to_it_is_done_already(web: Web, store: Store, path: str) -> None:
    assert store.orders.forget_person("jane@example.org", T0)
    assert_page(web.http.get(path), 200, ASKED)
    assert_page(web.http.post(path, data=ONE_CLICK), 200, DONE)
    never = "/unsubscribe/" + token(store.key(), "no-such-message")
    assert_page(web.http.post(never, data=ONE_CLICK), 200, DONE)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(web: Web, store: Store, path: str, method: str) -> None:
    answer = web.http.request(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD", "POST"}
    assert not is_unsubscribed(store)


@contextlib.contextmanager
def held_lock(database: Path) -> Iterator[None]:
    """Be a process that holds the write lock."""
    with database.with_name(f"{database.name}.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_a_database_that_cannot_take_it_is_told_and_the_button_stays(
    web: Web, store: Store, path: str
) -> None:
    with held_lock(web.database):
        answer = web.http.post(path, data=ONE_CLICK)
        assert_page(web.http.get(path), 200, ASKED)
    assert_page(answer, 503, "That did not work just now")
    assert answer.headers["retry-after"] == "10"
    assert Form(answer.text).fields == ONE_CLICK
    assert not is_unsubscribed(store)
    assert_page(web.http.post(path, data=ONE_CLICK), 200, DONE)


def test_nothing_of_it_is_logged(web: Web, path: str) -> None:
    web.http.post(path, data=ONE_CLICK)
    assert path.rpartition(".")[2] not in web.log
    assert JANE.email is not None
    assert JANE.email not in web.log
