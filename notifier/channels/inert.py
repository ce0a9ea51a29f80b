"""Words that chat services take for more than words, made inert: customers choose their own names.

A mention wakes people, a link in a name leads astray, a command acts. How each service
writes these was found in its documentation, and by reading what Apprise sends; the
tests look at what leaves for every service that can be used. A character that shows
nothing (U+200B) is put where the service must not read on, so that the words look as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_NOTHING = "\u200b"

_MENTION = re.compile(
    r"(?<![\w+-])[@\uff20]"  # @room, @admin, @**name**, @"display name"
    r"|[@\uff20](?=(?:everyone|here)\b)"  # read within words as well
    r"|[@\uff20](?![a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+)",  # all but e-mail addresses
    re.IGNORECASE,
)
"""In every service: who hears of an @ depends on settings that nobody here knows."""

_TAG = re.compile(r"&lt;(?=\S)")
"""`<at user_id="all">` (Lark, Feishu), `<!channel>`, `<users/all>` (Google Chat), `<@all>` (Webex, WeCom),
`<https://…|words>` (Synology, Google Chat), `<a href>` (WeCom's app), `<https://…>` (Markdown)."""

_LINK = re.compile(r"\](?=[(\[:])")
"""`[words](link)`, `[words][1]`, `[1]: link`: in Zulip, Guilded, Nextcloud Talk, Ryver, HumHub, Fluxer …"""

_OWN = {
    "jira": re.compile(r"\[(?=[~^])"),  # [~name]
    "kook": re.compile(r"\((?=(?:met|rol|chn)\))", re.IGNORECASE),  # (met)all(met)
    "nostr": re.compile(r"\bnostr:", re.IGNORECASE),  # NIP-21, NIP-27
    "onebot": re.compile(r"\[(?=CQ:)", re.IGNORECASE),  # [CQ:at,qq=all]
    "onebots": re.compile(r"\[(?=CQ:)", re.IGNORECASE),
    "qq": re.compile(r"\[(?=CQ:)", re.IGNORECASE),
    "reddit": re.compile(r"(?<![\w])/?[ur]/(?=\w)", re.IGNORECASE),  # u/name is told
}
"""What one service alone reads."""

_CODE = frozenset(
    {
        *("fluxer", "fluxers", "guilded", "humhub", "humhubs", "nctalk", "nctalks", "ncloud", "nclouds"),
        *("discord", "mmost", "mmosts", "pushdeer", "pushdeers", "revolt", "rocket", "rockets", "ryver"),
        *("schan", "stackfield", "zulip"),
    }
)
"""Services that read Markdown in plain text, where a backtick takes all that follows for code."""

_UNESCAPED = frozenset(
    {
        *("cliq", "evolution", "evolutions", "gchat", "ilert", "incidentio", "slack", "squadcast", "whapi"),
        *("matrix", "matrixs", "pover", "signal", "signals", "zcliq", "zohocliq"),
    }
)
"""Services that are given their Markdown without escapes: they know none, or it is a title or HTML there."""

_ASCII = frozenset({"aprs", "dapnet"})
"""Radio: it reads nothing, and has no letters but these."""

_SLACK = "slack"
"""It has a way to write `<` as itself, which Apprise uses."""

_PARTS = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
"""Tags of the message's own; in the words of strangers `<` is `&lt;`."""

_LIVE_IN_URLS = str.maketrans({c: f"%{ord(c):02X}" for c in "[]()<>|@\uff20*`\\{}\"'" if ord(c) < 128})


def words(schema: str, html: str, form: str) -> str:
    """Return a message in which no words do anything, whoever wrote them.

    Args:
        schema: of the service.
        html: the message; its tags stay as they are.
        form: what Apprise makes of it for the service: html, markdown (with every mark of the
            words escaped), or text, in which the service may read what it likes.
    """
    if schema in _ASCII:
        return html
    return _outside_tags(html, lambda text: _inert(schema, text, form))


def link(url: str) -> str:
    """Return a URL that can stand in plain text: what could be read as more than a URL is encoded."""
    scheme, _, rest = url.partition("//")
    return f"{scheme}//{rest.translate(_LIVE_IN_URLS)}" if rest else url


def _inert(schema: str, text: str, form: str) -> str:
    text = _MENTION.sub(_cut, text)
    if schema != _SLACK:
        text = _TAG.sub(_cut, text)
    if form != "markdown" or schema in _UNESCAPED:
        text = _LINK.sub(_cut, text)
    if schema in _UNESCAPED or (form == "text" and schema in _CODE):
        text = text.replace("`", "'")
    if schema in _OWN:
        text = _OWN[schema].sub(_cut, text)
    return text


def _cut(found: re.Match[str]) -> str:
    return f"{found[0]}{_NOTHING}"


def _outside_tags(html: str, change: Callable[[str], str]) -> str:
    made, at = [], 0
    for tag in _PARTS.finditer(html):
        # A path may hold what is read in a text.
        made += [change(html[at : tag.start()]), tag[0].replace("@", "%40")]
        at = tag.end()
    return "".join([*made, change(html[at:])])
