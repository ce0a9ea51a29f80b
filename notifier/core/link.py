"""Links from outside: which may stand in a customer's mail, and which can be mended.

A link deceives if people read another host in it than the one that a browser
opens: `https://jouw.postnl.nl@evil.example/` (RFC 3986, section 3.2.1), letters of
several scripts in one name (Unicode TS 39, section 5), characters that browsers
turn into others (Unicode TS 46).
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_LINK = 2_000
"""Characters of a link, at most."""

# The common case at one glance: ASCII, a host of plain labels, perhaps a port; no `;` and no `--`,
# which escaped ampersands and coded names (`xn--`) have.
_PLAIN = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9_-]*+(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*+)*+(?::[0-9]{1,5})?"
    r"(?:[/?#][!#-&(-:=?-\[\]-_a-~]*+)?"
)
_UNSAFE = re.compile(r"""[\s"'<>\\`]""")
_AUTHORITY = re.compile(r"https?://([^/?#]*)", re.IGNORECASE | re.ASCII)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:@\[\]]+)(?::[0-9]{1,5})?")
_WHITE = re.compile(r"\s")
_CONTROLS = re.compile(r"[\t\n\r]+")
_AMPERSAND = re.compile(r"&(?:amp|#0*38|#x0*26);", re.IGNORECASE)

_TOGETHER = (
    {"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "LATIN"},
    {"CJK", "BOPOMOFO", "LATIN"},
    {"CJK", "HANGUL", "LATIN"},
)
"""Scripts that one name may mix (Unicode TS 39, "highly restrictive")."""

_LOOK_LATIN = frozenset("асԁеһіјӏорԛѕԝхуъьҽпгѵѡзԍб" + "ανορυιωγεκτχ")
"""Cyrillic and Greek letters that read as Latin ones: a name of nothing else passes for another."""


def is_plain(url: str) -> bool:
    """Tell whether a URL is a safe link at one glance, with nothing to mend; most are."""
    return _PLAIN.fullmatch(url) is not None and "--" not in url and len(url) <= LONGEST_LINK


def safe_link(url: str) -> str:
    """Return `url` if it can safely be a link in a customer's mail, else an empty string.

    Only http and https, at most LONGEST_LINK characters, without spaces, quotes
    or control characters, and with a host that reads as what it is: it comes from outside.
    """
    if is_plain(url):
        return url
    found = _AUTHORITY.match(url)
    if not found or len(url) > LONGEST_LINK or not url.isprintable() or _UNSAFE.search(url):
        return ""
    host = _HOST.fullmatch(found[1])
    return url if host and _is_honest(host[1]) else ""


def mended_link(url: str) -> str:
    """Return `url` with common slips of senders mended if that makes it a safe link, else as it was.

    White space around it goes, as do tabs and line breaks in it (browsers drop
    them: WHATWG URL, 4.4); a blank becomes `%20`; an escaped ampersand (`&amp;`, or
    WordPress's `&#038;`) is unescaped, once.
    """
    if is_plain(url):
        return url
    mended = _AMPERSAND.sub("&", _CONTROLS.sub("", url.strip()))
    authority = _AUTHORITY.match(mended)
    if authority:
        mended = authority[0] + _WHITE.sub("%20", mended[authority.end() :])
    return mended if mended != url and safe_link(mended) else url


def _is_honest(host: str) -> bool:
    """Tell whether people read in a host what a browser opens."""
    if host.startswith("["):
        return True
    labels = host.removesuffix(".").split(".")
    try:
        read = [label[4:].encode().decode("punycode") if _is_coded(label) else label for label in labels]
    except ValueError:  # not punycode
        return False
    is_latin_zone = labels[-1].isascii() and not _is_coded(labels[-1])
    return all(map(_is_name, read)) and not (is_latin_zone and any(map(_looks_latin, read)))


def _is_coded(label: str) -> bool:
    return label.lower().startswith("xn--")


def _is_name(label: str) -> bool:
    """Tell whether a label is made of letters, digits and hyphens that go together."""
    if not label or unicodedata.normalize("NFKC", label) != label:
        return False
    if not all(c in "-_" or c.isalnum() or unicodedata.category(c)[0] == "M" for c in label):
        return False
    scripts = {unicodedata.name(c, "?").split(" ")[0] for c in label if c.isalpha()}
    return len(scripts) < 2 or any(scripts <= allowed for allowed in _TOGETHER)


def _looks_latin(label: str) -> bool:
    letters = [c for c in label.lower() if c.isalpha()]
    return bool(letters) and all(c in _LOOK_LATIN for c in letters)
