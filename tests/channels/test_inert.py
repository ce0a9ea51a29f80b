"""What leaves for each chat service: customers' names are words there, whatever the service reads."""

from __future__ import annotations

import json
import re
import string
import time
from urllib.parse import unquote_plus

import pytest
from apprise.manager_plugins import NotificationManager
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from notifier.channels import engine, inert
from notifier.channels.gateway import Gateway
from notifier.channels.services import Kind, kind_of
from notifier.core.channel import Audience, Channel
from notifier.core.message import Rendered
from notifier.core.tone import Tone
from tests.channels.every_chat import OTHER_WIRES, UNTRIED, URLS
from tests.sinks import HttpSink

ANSWER = {
    "ok": True,
    "success": True,
    "status": "ok",
    "code": 0,
    "errcode": 0,
    "errmsg": "ok",
    **dict.fromkeys(("access_token", "accessJwt", "refreshJwt", "token", "authToken"), "tok"),
    "did": "did:plc:x",
    "room_id": "!a:b",
    "event_id": "$1",
    "user_id": "@u:b",
    "data": {"authToken": "tok", "userId": "u", "id": "1"},
    "joined_rooms": [],
    "result": {"message_id": 1},
    "user": {"id": "1"},
    "id": "1",
    "type": "x",
    "name": "x",
    "expires_in": 100,
}
"""An answer in which most services find what they look for."""

MENTIONS = (
    *("@everyone", ".@here", "x@everyone", "x@everyone.example", "@all", "@channel", "@room", "@admin"),
    *("@**all**", '@"anna b"', "@[1:anna]", "\uff20all", "@anna@chat.example", "<!channel>", "<!here|here>"),
    *("<@U012>", "<@&12>", "<@all>", "<#C1>", '<at user_id="all">all</at>', "<at>Anna</at>", "<users/all>"),
)
LINKS = (
    *(
        "[order](https://evil.example)",
        "[order][1]",
        "[1]: https://evil.example",
        "![](https://evil.example)",
    ),
    *("<https://evil.example|order>", '<a href="https://evil.example">order</a>', "[x](mention:guid)"),
)
OWN = {
    "jira": ["[~admin]"],
    "kook": ["(met)all(met)", "(rol)1(rol)"],
    "onebot": ["[CQ:at,qq=all]"],
    "qq": ["[CQ:at,qq=all]"],
    "reddit": ["u/admin", "/u/admin"],
}

LIVE = re.compile(
    r"""(?<![\w"'/:;?=&])[@\uff20](?=[\w*"[\uff20])      # a mention at the beginning of a word
    |[@\uff20](?:everyone|here)\b
    |(?<!\\)<(?=[!@#]|at\b|users/|https://evil|a\ href="https://evil)
    |(?<!\\)\](?=[(:\[](?:1|\ |mention|https://evil))""",
    re.VERBOSE | re.IGNORECASE,
)
"""What would do something in one service or another; `\\` in front of it takes that away."""


def hostile(schema: str) -> Rendered:
    names = [*MENTIONS, *LINKS, *OWN.get(schema, [])]
    lines = "<br>".join(f"{number} {escape(name)} ." for number, name in enumerate(names))
    return Rendered(
        chat=f'<b>Late</b>: <a href="https://shop.example/@here/1">order</a><br>{lines}', tone=Tone.FAILURE
    )


def sent(http: HttpSink, url: str, words: Rendered) -> str:
    """Return all that leaves for a message, as the service reads it; asserts that something does."""
    http.answer(200, json.dumps(ANSWER))
    ways = Gateway({"way": Channel("way", url, Audience.OPS)}, "Shop", http.url)
    assert ways.problems() == {}
    ways.send("way", words, "", "m1")
    assert http.requests
    texts = []
    for request in http.requests:
        body = request.body.decode("utf-8", "replace")
        texts.append(_texts(body))
        texts += [value for values in request.query.values() for value in values]
    return "\n".join(texts)


def _texts(body: str) -> str:
    try:
        return "\n".join(_strings(json.loads(body)))
    except ValueError:
        pass
    if not re.match(r"[\w.-]+=", body):
        return body
    body = unquote_plus(body)
    found = re.match(r"payload=(\{.*\})", body, re.DOTALL)
    return _texts(found[1]) if found else body


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("extra", ["", "format=text", "format=markdown"])
@pytest.mark.parametrize("schema", URLS)
def test_no_words_of_a_customer_do_anything_in_any_service(http: HttpSink, schema: str, extra: str) -> None:
    url = URLS[schema] + (("&" if "?" in URLS[schema] else "?") + extra if extra else "")
    text = sent(http, url, hostile(schema))
    # Whom the channel's own URL names is told; radio and counters take a few characters at most.
    text = text.replace("@abcdefghij", "")
    told = [line for line in text.splitlines() if re.match(r"(<br/?>)?\d+ ", line) or "Late" in line]
    found = [LIVE.search(line) for line in told]
    assert not any(found), [hit.string for hit in found if hit]
    for own in OWN.get(schema, ()):
        assert own not in text.replace("\\", "")


def test_every_chat_service_is_tried_or_named() -> None:
    engine.prepare()
    known = NotificationManager()
    usable = {known[s] for s in known.schemas() if known[s].enabled and kind_of(s, known[s]) is Kind.CHAT}
    needs_a_package = {known["amqp"]}
    named = {known[schema] for schema in [*URLS, *OTHER_WIRES, *UNTRIED]}
    assert usable - needs_a_package <= named


def inert_text(schema: str, form: str, text: str) -> str:
    return inert.words(schema, str(escape(text)), form)


@pytest.mark.parametrize("schema", ["irc", "rsyslog", "deltachat", "viber", "nostr", "zulip"])
@pytest.mark.parametrize("name", MENTIONS)
def test_services_on_other_wires_are_given_the_same_words(schema: str, name: str) -> None:
    assert "\u200b" in inert_text(schema, "text", name)


@pytest.mark.parametrize(
    "text",
    [
        "anna@customer.example",
        "a.b-c+d@mail.customer.example",
        "José@customer.example",
        "5 < 6, 7 > 6",
        "Kees & Co",
        "[x] (y)",
        "12:30",
    ],
)
@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_plain_words_and_addresses_stay_as_they_are(text: str, form: str) -> None:
    assert inert_text("zulip", form, text) == str(escape(text))


def test_radio_is_given_ascii() -> None:
    assert inert_text("dapnet", "text", "@all") == "@all"


@settings(deadline=None)
@given(st.text(st.sampled_from("@\uff20<>[]()!|:`\\*ax. ")), st.sampled_from(["text", "markdown", "html"]))
def test_whatever_a_name_is_only_invisible_characters_are_added(text: str, form: str) -> None:
    made = inert_text("zulip", form, text).replace("\u200b", "")
    assert made.replace("'", "`") == str(escape(text)).replace("'", "`")


@settings(deadline=None)
@given(st.text(string.printable, max_size=60))
def test_tags_of_the_message_itself_stay(text: str) -> None:
    made = inert.words("zulip", f'<a href="https://x.example/1">{escape(text)}</a>', "text")
    assert made.startswith('<a href="https://x.example/1">')
    assert made.endswith("</a>")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://shop.example/a?b=1&c=2#d", "https://shop.example/a?b=1&c=2#d"),
        ("https://shop.example/@all", "https://shop.example/%40all"),
        (
            "https://x.example/)[a](https://evil.example",
            "https://x.example/%29%5Ba%5D%28https://evil.example",
        ),
        ("https://x.example/<!channel>|x", "https://x.example/%3C!channel%3E%7Cx"),
    ],
)
def test_a_link_in_plain_text_is_a_link_and_nothing_else(url: str, shown: str) -> None:
    assert inert.link(url) == shown


@pytest.mark.parametrize("text", ["a" * 50_000, "@" * 50_000, "&lt;" * 20_000, "<" * 20_000, '<a "' * 5_000])
def test_long_words_take_no_time(text: str) -> None:
    began = time.monotonic()
    inert.words("zulip", text, "text")
    assert time.monotonic() - began < 1.0
