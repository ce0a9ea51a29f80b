"""The headers that one mail has of its own: its conversation, whom to answer, what it is one of.

None of them holds words of a customer. What an account's URL says of `reply` or of a header
here called suggested counts for more.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from notifier.channels.mime import AUTOMATIC, UnsafeHeader, check_header
from notifier.core.head import Head

SENDER_ID = "notifier"
"""The last field of Feedback-ID: the same for all mail of this program, 5 to 15 characters."""

_BETWEEN_BRACKETS = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,900}")
"""A URL that no letter of ends the `<…>` around it or the line that it is in (RFC 3986, appendix A)."""

_UNTAKEN = {"sparkpost": {"reply-to"}}
"""Headers that a service has a place of its own for, which Apprise fills with the sender."""

_FIELDS, _FIELD = 3, 60
"""Fields of a Feedback-ID before the sender's, and characters of one, at most."""


def suggested(head: Head, domain: str) -> dict[str, str]:
    """Return the headers that an account's own of the same name replace.

    Args:
        domain: the sender's.
    """
    headers = {}
    if head.thread:
        # Programs that list a folder by its envelopes (RFC 9051, 7.5.2) see In-Reply-To alone.
        headers["References"] = headers["In-Reply-To"] = thread_root(head.thread, domain)
    if head.reply_to:
        headers["Reply-To"] = head.reply_to
    if head.stream:
        headers["Feedback-ID"] = feedback_id(head.stream)
    return headers


def over_http(head: Head, base: Mapping[str, Any], plugin: Any, shop: str, to: str) -> dict[str, Any]:
    """Return what an e-mail service over HTTP can be given of a head, as options for its plugin.

    A few take any header, others an address to answer to, some neither; what the URL says itself
    counts for more.

    Args:
        base: the parsed URL.
        plugin: the service's Apprise class.
        shop: the name that mails appear under.
        to: the recipient, who is never asked to answer to herself.

    Raises:
        UnsafeHeader: a value does not fit into a header.
    """
    takes = inspect.signature(plugin.__init__).parameters
    if head.reply_to == to:
        head = replace(head, reply_to="")
    options: dict[str, Any] = {}
    if "from_name" in takes and not base.get("from_name"):
        options["from_name"] = shop
    if "reply_to" in takes and head.reply_to and not base.get("reply_to"):
        options["reply_to"] = head.reply_to
    if "headers" in takes:
        theirs = base.get("headers") or {}
        said = {name.lower() for name in theirs} | _UNTAKEN.get(str(base["schema"]), set())
        ours = AUTOMATIC | suggested(head, str(base.get("host", "")))
        own = {name: value for name, value in ours.items() if name.lower() not in said}
        options["headers"] = {**theirs, **own, **unsubscribing(head.unsubscribe_url)}
        for name, value in options["headers"].items():
            check_header(name, value)
    return options


def thread_root(thread: str, domain: str) -> str:
    """Return the Message-ID of a mail that never was, to which all mails of a thread refer.

    Mails with a common reference are one conversation, whether there is such a mail or not (RFC
    5256, section 3, REFERENCES; RFC 5322, section 3.6.4).

    Args:
        thread: what the mails have in common; the same thread of another domain is another one.
        domain: the sender's.
    """
    # A reference comes from outside, and may hold what no encoding can write.
    told = f"{domain.lower()}\0{thread}".encode("utf-8", "surrogatepass")
    return f"<thread.{hashlib.blake2b(told, digest_size=16).hexdigest()}@{domain}>"


def feedback_id(stream: tuple[str, ...]) -> str:
    """Return the tag by which Gmail counts complaints (Postmaster Tools, "Feedback Loop").

    It has up to three fields and the sender's, with colons between them. Gmail counts each by
    itself, so that no word may stand for two things: fields are made different by their first letters.

    Args:
        stream: the fields; characters that are not letters, digits, `.`, `_` or `-` become `-`.
    """
    names = ("rule", "mail", "for")
    fields = [
        f"{name}-{re.sub(r'[^A-Za-z0-9._-]+', '-', field)[:_FIELD]}"
        for name, field in zip(names, stream[:_FIELDS], strict=False)
    ]
    return ":".join([*fields, SENDER_ID])


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
