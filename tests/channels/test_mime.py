"""Mails as bytes: whatever the words are, a mail program reads them again, and no line breaks a rule."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.channels import mime

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
HEAD = mime.letterhead(("Example Shop", "orders@shop.example"), {"X-Campaign": "spring"})

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400)
lines = st.lists(st.text("a.= \t-ü\x00\x0b\x85", max_size=90), min_size=1).map("\r\n".join).filter(bool)
one_line = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300)


def build(subject: str = "S", text: str = "", html: str = "", **headers: str) -> bytes:
    return mime.build(
        HEAD,
        recipient="anna@customer.example",
        subject=subject,
        text=text,
        html=html,
        message_id="m1.abc",
        now=NOW,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def parse(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage) -> str:
    """Return the words of a part, line ends as they are in the mail."""
    raw = message.get_payload(decode=True)
    assert isinstance(raw, bytes)
    return raw.decode()


def in_mail(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@given(words | lines, words | lines)
@example(".", ".\n.")
@example("ends with a space ", "a \nb\t\n")
@example("--=_m1.abc--", "\r\n--=_m1.abc\r\n")
@example("a" * 75 + " ", "=" * 200)
@example("\r", "a\rb\n\rc")
def test_both_bodies_are_read_as_they_were_written(text: str, html: str) -> None:
    message = parse(build(text=text, html=html))
    assert message.get_content_type() == "multipart/alternative"
    plain, rich = message.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert isinstance(rich, EmailMessage)
    assert (plain.get_content_type(), body(plain)) == ("text/plain", in_mail(text))
    assert (rich.get_content_type(), body(rich)) == ("text/html", in_mail(html))
    assert not any(part.defects for part in message.walk())


@given(one_line, words | lines, words | lines)
def test_every_mail_is_seven_bit_lines_within_bounds(subject: str, text: str, html: str) -> None:
    raw = build(subject, text, html)
    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")
    head, _, rest = raw.partition(b"\r\n\r\n")
    assert all(len(line) <= 76 for line in rest.split(b"\r\n") if not line.startswith(b"Content-"))
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert not any(line.endswith((b" ", b"\t")) for line in rest.split(b"\r\n"))


@pytest.mark.parametrize(
    "word", ["=?utf-8?q?=0d=0aBcc:_x@evil.example?=", "=?UTF-8?B?4oCuZXhl?=", "=?a?Q?b c?="]
)
def test_what_looks_like_an_encoded_word_is_never_decoded(word: str) -> None:
    message = parse(build(subject=f"Order {word} is on its way"))
    assert message["Subject"] == f"Order {word} is on its way"
    head = mime.letterhead((word, "orders@shop.example"), {})
    assert word not in head.lines["from"]


@given(one_line)
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    read = str(parse(build(subject, text="t"))["Subject"])
    assert "".join(read.split()) == "".join(subject.split())


@given(st.text(max_size=30))
def test_a_header_is_one_header_or_refused(value: str) -> None:
    try:
        raw = build(text="t", X_Extra=value)
    except mime.UnsafeHeader:
        return
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert names.count(b"X-Extra") == 1
    assert len(names) == 12


@pytest.mark.parametrize(
    "bad", ["\r", "\n", "\0", "\x1b", "\x7f", "\x85", "\x9f", "\u2028", "\u2029", "\ud800"]
)
def test_what_breaks_a_line_is_refused(bad: str) -> None:
    with pytest.raises(mime.UnsafeHeader):
        mime.check_header("X-A", f"a{bad}b")


def test_a_mail_is_written_like_this() -> None:
    assert build("Größe", "Häuser", "<p>h</p>").decode().splitlines() == [
        "From: Example Shop <orders@shop.example>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "X-Campaign: spring",
        "Subject: =?utf-8?b?R3LDtsOfZQ==?=",
        "To: anna@customer.example",
        "Date: Sun, 01 Mar 2026 12:30:00 +0000",
        "Message-ID: <m1.abc@shop.example>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="=_m1.abc"',
        "",
        "--=_m1.abc",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "H=C3=A4user",
        "--=_m1.abc",
        'Content-Type: text/html; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "<p>h</p>",
        "--=_m1.abc--",
    ]


def test_a_long_message_id_leaves_the_boundary_within_its_bounds() -> None:
    raw = mime.build(
        HEAD,
        recipient="a@b.example",
        subject="S",
        text="t",
        html="h",
        message_id="m" * 200,
        now=NOW,
        headers={},
    )
    boundary = parse(raw).get_boundary()
    assert boundary is not None
    assert len(boundary) <= 70


def test_a_mails_own_header_replaces_the_accounts() -> None:
    assert parse(build(text="t", x_campaign="summer")).get_all("X-Campaign") == ["summer"]


@pytest.mark.parametrize(
    "name",
    ["From", "to", "Subject", "Date", "Message-ID", "Cc", "BCC", "Sender", "MIME-Version", "Content-Type"],
)
def test_a_letterhead_holds_no_header_that_is_ours(name: str) -> None:
    with pytest.raises(mime.UnsafeHeader):
        mime.letterhead(("", "a@b.example"), {name: "x"})


def test_white_space_at_the_end_of_a_full_line_keeps_it_within_76_characters() -> None:
    html = "00000000000=======\x80\x80\x80\x80\x80\x80\x80 \r"
    raw = build("", "0", html)
    body = raw.partition(b"\r\n\r\n")[2]
    assert all(len(line) <= 76 for line in body.split(b"\r\n") if not line.startswith(b"Content-"))
    (part,) = [p for p in parse(raw).walk() if p.get_content_type() == "text/html"]
    assert part.get_content().rstrip() == html.rstrip()
