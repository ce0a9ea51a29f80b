"""A mail as bytes: our own text and HTML, one recipient, no header but those that are meant.

Apprise's builder makes the text part out of the HTML and loses every link, and
always adds a Message-ID of its own. The standard library's classes build a tree
and print it, which takes ten times as long as writing down what is always of
the same form. Their refusal of line breaks in headers is `check_header` here.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import charset
from email.header import Header
from email.utils import format_datetime, formataddr

_UTF8 = charset.Charset("utf-8")
_UTF8.header_encoding = charset.SHORTEST

_LINE = 998
"""Characters of a line at most (RFC 5322, 2.1.1).

Headers stay on one line as long as that: a folded List-Unsubscribe breaks the
signatures of some relays (github.com/nodemailer/nodemailer/issues/1654).
"""

_WORD = 75
"""Characters of an encoded word at most (RFC 2047, section 2)."""

_OVERLONG = re.compile(rb"^([^\n]{74,})(=[0-9A-F]{2})$", re.MULTILINE)
"""A line of quoted-printable beyond 76 characters: binascii makes one where white space ends a full line."""

_ENCODED = re.compile(r"=\?[^?]*\?[bq]\?", re.IGNORECASE)
"""How an encoded word begins (RFC 2047, section 2); readers are lenient about the rest of it."""

OURS = frozenset({"from", "to", "subject", "date", "message-id", "cc", "bcc", "sender", "mime-version"})
"""Headers that notifier sets, as those named content-*; a channel's URL cannot."""

AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
"""Keeps holiday replies away (RFC 3834; the second is Microsoft's)."""

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class UnsafeHeader(ValueError):
    """A header that would break out of its line; the text names the header, not its value."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What the mails of one account have in common, checked and written down once.

    `lines` are whole header lines by the header's name in lower case; `domain`
    is the sender's, and the right part of every Message-ID.
    """

    domain: str
    lines: Mapping[str, str]


def letterhead(sender: tuple[str, str], headers: Mapping[str, str]) -> Letterhead:
    """Prepare the mails of an account.

    Args:
        sender: display name (may be empty) and address.
        headers: further headers; of two with the same name the later one counts.

    Raises:
        UnsafeHeader: a value does not fit into a header, or the header is one of OURS.
    """
    check_header("From", sender[0])
    for name in headers:
        if name.lower() in OURS or name.lower().startswith("content-"):
            raise UnsafeHeader("a header of the URL is one that notifier sets itself")
    own = _lines({"From": mailbox(*sender), **AUTOMATIC})
    return Letterhead(sender[1].rpartition("@")[2], own | _lines(headers))


def mailbox(name: str, address: str) -> str:
    """Return a name (may be empty) and an address as they stand in a header, on one line.

    A name with anything but ASCII, or with what looks like an encoded word, is written in encoded
    words (RFC 2047, section 5).
    """
    if _is_itself(name):
        return formataddr((name, address))
    return f"{Header(name, _UTF8, maxlinelen=_WORD).encode(linesep='').strip()} <{address}>"


def check_header(name: str, value: str) -> None:
    """Raise UnsafeHeader unless `value` can stand in one line of a mail's head.

    Refused are control characters, line separators and lone surrogates.
    """
    if not name.isascii() or not all(33 <= ord(c) <= 126 and c != ":" for c in name) or not name:
        raise UnsafeHeader("a header's name is not one word of ASCII letters")
    if _UNSAFE.search(value):
        raise UnsafeHeader(f"control characters in the header {name}")


def build(
    head: Letterhead,
    *,
    recipient: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    now: datetime,
    headers: Mapping[str, str],
) -> bytes:
    """Make a mail.

    Args:
        head: the account's own headers.
        recipient: the address; never a name, which could carry another address.
        text: the plain part, may be empty.
        html: the HTML part, may be empty.
        message_id: the left part of Message-ID.
        now: the time that the mail shows, in the zone that it shows it in.
        headers: this mail's own further headers; they replace the account's of the same name.

    Returns:
        The mail, 7 bit, lines ending in CRLF.

    Raises:
        UnsafeHeader: a value does not fit into a header.
        UnicodeEncodeError: a body holds lone surrogates.
    """
    own = {
        "Subject": subject,
        "To": recipient,
        "Date": format_datetime(now),
        "Message-ID": f"<{message_id}@{head.domain}>",
        "MIME-Version": "1.0",
    }
    lines = {**head.lines, **_lines(headers), **_lines(own)}
    return "".join(lines.values()).encode("ascii") + _body(text, html, message_id)


def _is_itself(value: str) -> bool:
    """Tell whether a header can show `value` as it is: what looks like an encoded word would be decoded."""
    return value.isascii() and not _ENCODED.search(value)


def _lines(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): _line(name, value) for name, value in headers.items()}


def _line(name: str, value: str) -> str:
    check_header(name, value)
    # Of the others, those with addresses hold encoded words that `mailbox` made.
    if not (_is_itself(value) if name == "Subject" else value.isascii()):
        value = Header(value, _UTF8, maxlinelen=_WORD, header_name=name).encode(linesep="\r\n")
    elif len(name) + len(value) + 2 > _LINE:
        value = Header(value, header_name=name).encode(linesep="\r\n", maxlinelen=_LINE)
    return f"{name}: {value}\r\n"


def _body(text: str, html: str, message_id: str) -> bytes:
    """Return the rest of the mail, from its Content-Type on."""
    parts = [_part(kind, words) for kind, words in ((b"plain", text), (b"html", html)) if words]
    if len(parts) == 1:
        return parts[0]
    # "=_" cannot occur in quoted-printable (RFC 2045, 6.7); a boundary has at most 70 characters.
    boundary = f"=_{message_id[:60]}".encode("ascii")
    between = b"--%b\r\n" % boundary
    inner = between + (b"\r\n" + between).join(parts) + b"\r\n--%b--\r\n" % boundary
    return b'Content-Type: multipart/alternative; boundary="%b"\r\n\r\n' % boundary + inner


def _part(kind: bytes, words: str) -> bytes:
    lines = words.replace("\r\n", "\n").replace("\r", "\n").encode()
    head = b'Content-Type: text/%b; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable' % kind
    encoded = _OVERLONG.sub(rb"\1=\n\2", binascii.b2a_qp(lines))
    return head + b"\r\n\r\n" + encoded.replace(b"\n", b"\r\n")
