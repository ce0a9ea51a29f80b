"""A mail as bytes: our own text and HTML, one recipient, no header but those that are meant.

Apprise's builder makes the text part out of the HTML and loses every link, and
always adds a Message-ID of its own. The older MIME classes are used on purpose:
they take a third of the time of EmailMessage and do not re-encode long URLs in
headers; what they lack, the refusal of line breaks, is `check_header`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from email import charset, policy
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr

_UTF8 = charset.Charset("utf-8")
_UTF8.header_encoding = charset.SHORTEST
_UTF8.body_encoding = charset.QP

# Headers stay on one line as long as a line may be (RFC 5322, 2.1.1): a folded List-Unsubscribe
# breaks the signatures of some relays (github.com/nodemailer/nodemailer/issues/1654).
_WIRE = policy.compat32.clone(linesep="\r\n", mangle_from_=False, max_line_length=998)

OURS = frozenset({"from", "to", "subject", "date", "message-id", "cc", "bcc", "sender", "mime-version"})
"""Headers that notifier sets; a channel's URL cannot."""

AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
"""Keeps holiday replies away (RFC 3834; the second is Microsoft's)."""

_BETWEEN_BRACKETS = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,900}")
"""A URL that no letter of ends the `<…>` around it or the line that it is in (RFC 3986, appendix A)."""


class UnsafeHeader(ValueError):
    """A header that would break out of its line; the text names the header, not its value."""


def check_header(name: str, value: str) -> None:
    """Raise UnsafeHeader unless `value` can stand in one line of a mail's head.

    Refused are control characters, line separators and lone surrogates.
    """
    if not name.isascii() or not all(33 <= ord(c) <= 126 and c != ":" for c in name) or not name:
        raise UnsafeHeader("a header's name is not one word of ASCII letters")
    if any(unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"} for c in value):
        raise UnsafeHeader(f"control characters in the header {name}")


def unsubscribing(url: str) -> dict[str, str]:
    """Return the headers by which a mail program offers to unsubscribe with one click.

    They are those of RFC 8058, section 3.1, and RFC 2369, section 3.2. Both have
    to be covered by the DKIM signature, which is the relay's to make.

    Args:
        url: takes the one click; empty for mail that nobody can unsubscribe from.

    Raises:
        UnsafeHeader: it is no URL, or would break out of its brackets.
    """
    if not url:
        return {}
    if not _BETWEEN_BRACKETS.fullmatch(url):
        raise UnsafeHeader("the address to unsubscribe at does not fit into the header List-Unsubscribe")
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def build(
    *,
    sender: tuple[str, str],
    recipient: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    headers: Mapping[str, str],
) -> bytes:
    """Make a mail.

    Args:
        sender: display name (may be empty) and address.
        recipient: the address; never a name, which could carry another address.
        text: the plain part, may be empty.
        html: the HTML part, may be empty.
        message_id: the left part of Message-ID; its right part is the sender's domain.
        headers: further headers; of two with the same name the later one counts,
            and none of them replaces one of OURS.

    Returns:
        The mail, 7 bit, lines ending in CRLF.

    Raises:
        UnsafeHeader: a value does not fit into a header.
        UnicodeEncodeError: a body holds lone surrogates.
    """
    mail = _body(text, html)
    domain = sender[1].rpartition("@")[2]
    own = {
        "Subject": subject,
        "From": formataddr(sender, _UTF8),
        "To": recipient,
        "Date": format_datetime(datetime.now(UTC)),
        "Message-ID": f"<{message_id}@{domain}>",
    }
    chosen = {name.lower(): (name, value) for name, value in (AUTOMATIC | dict(headers)).items()}
    kept = [pair for key, pair in chosen.items() if key not in OURS and not key.startswith("content-")]
    check_header("From", sender[0])
    for name, value in (*own.items(), *kept):
        check_header(name, value)
        mail.add_header(name, value if value.isascii() else Header(value, _UTF8, header_name=name).encode())
    return mail.as_bytes(policy=_WIRE)


def _body(text: str, html: str) -> Message:
    parts = [MIMEText(words, kind, _UTF8) for words, kind in ((text, "plain"), (html, "html")) if words]  # type: ignore[arg-type]
    return parts[0] if len(parts) == 1 else MIMEMultipart("alternative", _subparts=parts)
