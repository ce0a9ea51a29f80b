"""The demo's page and sinks: what is shown, and that nothing shown can act."""

from __future__ import annotations

import html
import re
import smtplib
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.demo import page
from notifier.demo.arrivals import Arrivals, Chat, Mail
from notifier.demo.sinks import LONGEST_BODY, ChatSink, MailSink, chat_text
from tests.service_process import eventually

MAIL = Mail(
    1.0, "Shop <shop@shop.example>", "jane@example.com", "Hello", "the text", "<p>the <b>HTML</b></p>"
)


@pytest.mark.parametrize(
    ("mrkdwn", "shown"),
    [
        ("plain", "plain"),
        ("*bold* and 2*3*4", "<b>bold</b> and 2*3*4"),
        ("one\ntwo", "one<br>\ntwo"),
        ("a &lt;b&gt; &amp;amp;", "a &lt;b&gt; &amp;amp;"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<javascript:alert(1)|go>", "&lt;javascript:alert(1)|go&gt;"),
        ('*<img src=x onerror="x">*', "<b>&lt;img src=x onerror=&#34;x&#34;&gt;</b>"),
        (
            "see <https://a.example/?x=1&amp;y=2|the parcel>",
            'see <a href="https://a.example/?x=1&amp;y=2" target="_blank" rel="noopener noreferrer">'
            "the parcel</a>",
        ),
        (
            '<https://a.example/"onclick="x|<b>>',
            '<a href="https://a.example/&#34;onclick=&#34;x" target="_blank" rel="noopener noreferrer">'
            "&lt;b</a>&gt;",
        ),
    ],
)
def test_mrkdwn_is_made_readable_and_nothing_else_is_let_through(mrkdwn: str, shown: str) -> None:
    assert page.readable(mrkdwn) == shown


class _Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@given(st.text(alphabet="<>|*&;:/\"' \nabhtps.=", max_size=60))
def test_whatever_a_chat_message_says_only_bold_links_and_breaks_come_of_it(text: str) -> None:
    for tag, attributes in _Elements(str(page.readable(text))).found:
        assert tag in {"b", "a", "br"}
        if tag == "a":
            assert set(attributes) == {"href", "target", "rel"}
            assert re.match("https?://", attributes["href"] or "")


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_mail_is_shown_in_a_frame_that_runs_nothing_and_breaks_out_of_nowhere(
    words: str, markup: str
) -> None:
    mail = Mail(1.0, words, words, words, words, f"{markup}</iframe><script>x</script>\"'>")
    elements = _Elements(page.render([mail])).found
    (frame,) = [attributes for tag, attributes in elements if tag == "iframe"]
    assert frame["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert (frame["srcdoc"] or "").endswith("</iframe><script>x</script>\"'>")
    assert [attributes for tag, attributes in elements if tag == "script"] == [{}]


def test_the_newest_comes_first_and_a_page_without_scripts_reloads_itself() -> None:
    shown = page.render([MAIL, Chat(2.0, "hooks.slack.com", "older"), Chat(3.0, "hooks.slack.com", "newer")])
    assert shown.index("newer") < shown.index("older")
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in shown
    assert "the text" in shown
    assert html.escape("<p>the <b>HTML</b></p>") in shown


def test_an_empty_page_says_so() -> None:
    assert "No mail yet." in page.render([])
    assert "No chat message yet." in page.render([])


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"text": "*hi*"}', "*hi*"),
        (b'{"attachments": [{"title": "", "text": "one  \\ntwo"}, {"title": "t"}]}', "one\ntwo\nt"),
        (b'{"content": "another service"}', '{"content": "another service"}'),
        (b"Body=Hello&To=1", "Body=Hello&To=1"),
        (b"[1, 2]", "[1, 2]"),
        (b"\xff", "\N{REPLACEMENT CHARACTER}"),
        (b'{"attachments": 7}', '{"attachments": 7}'),
        (b"[" * 100_000, "[" * 100_000),
    ],
    ids=range(8),
)
def test_the_words_of_any_service_are_found_or_its_body_is_shown(body: bytes, text: str) -> None:
    assert chat_text(body) == text


@pytest.fixture
def arrivals() -> Arrivals:
    return Arrivals()


@pytest.fixture
def chats(arrivals: Arrivals) -> Iterator[ChatSink]:
    with ChatSink(arrivals) as sink:
        yield sink


def test_a_post_becomes_a_message_on_a_page_that_may_load_nothing_from_elsewhere(
    arrivals: Arrivals, chats: ChatSink
) -> None:
    meant = {"X-Original-Host": "hooks.slack.com"}
    post = urllib.request.Request(f"{chats.url}/services/T/B/x", b'{"text": "Problem"}', meant)
    with urllib.request.urlopen(post, timeout=10) as answer:
        assert answer.read() == b"ok"
    (chat,) = arrivals.since(0)
    assert isinstance(chat, Chat)
    assert (chat.service, chat.text) == ("hooks.slack.com", "Problem")
    with urllib.request.urlopen(f"{chats.url}/", timeout=10) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "Problem" in answer.read().decode()
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_other_paths_are_not_found(chats: ChatSink) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{chats.url}/etc/passwd", timeout=10)
    caught.value.close()
    assert caught.value.code == 404


@pytest.mark.parametrize("length", [str(LONGEST_BODY + 1), "-1", "many", "9" * 30])
def test_a_body_that_is_too_long_is_refused_unread(arrivals: Arrivals, chats: ChatSink, length: str) -> None:
    with socket.create_connection(("127.0.0.1", chats.server_port), timeout=10) as line:
        line.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        assert line.makefile().readline().startswith("HTTP/1.1 413")
    assert len(arrivals) == 0


def test_a_mail_is_taken_with_both_its_parts(arrivals: Arrivals) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Shop <a@shop.example>", "jane@example.com", "Grüße"
    mail.set_content("text €\n")
    mail.add_alternative("<p>html €</p>\n", subtype="html")
    with MailSink(arrivals) as sink, smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as client:
        client.send_message(mail)
        eventually(lambda: len(arrivals))
    (got,) = arrivals.since(0)
    assert isinstance(got, Mail)
    assert (got.sender, got.recipient, got.subject) == ("Shop <a@shop.example>", "jane@example.com", "Grüße")
    assert (got.text, got.html) == ("text €\n", "<p>html €</p>\n")
