"""Links from outside: what reads as another place than it opens is none, and slips are mended."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.core.link import LONGEST_LINK, is_plain, mended_link, safe_link

HONEST = [
    "https://jouw.postnl.nl/track-and-trace/3SCEBU123456789-NL-1000AB",
    "http://track.example",
    "HTTPS://Track.Example./p?a=1&b=2#top",
    "https://track.example:8443/p",
    "https://track.example?code=3S",
    "https://track.example/p/name@host/x",
    "https://track.example/p;v=1?next=https://other.example/",
    "https://a--b.example/x--y",
    "http://127.0.0.1:8025/x",
    "http://[2001:db8::1]:80/x",
    "http://localhost/x",
    "https://sub_domain.track.example/",
    "https://köln.example/paket",
    "https://xn--kln-sna.example/paket",
    "https://日本郵便.example/追跡",
    "https://xn--p8j9a0d9c9a.xn--q9jyb4c/",
    "https://почта.рф/трек",
    "https://почта.example/",
    "https://track.example/" + "x" * 1977,
]


@pytest.mark.parametrize("url", HONEST)
def test_an_honest_link_is_one(url: str) -> None:
    assert safe_link(url) == url
    assert mended_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "track.example/p",
        "//track.example/p",
        "javascript:alert(1)",
        "ftp://track.example/",
        "http",
        "https://",
        "https:///p",
        "https://?a",
        "https://:80/p",
        "https:/track.example/",
        "https://.example/",
        "https://a..example/",
        # Somebody else's name before the host (RFC 3986, section 3.2.1).
        "https://jouw.postnl.nl@evil.example/",
        "https://jouw.postnl.nl:443@evil.example/",
        "https://jouw.postnl.nl%2Ftrack@evil.example",
        "https://@evil.example/",
        "https://jouw.postnl.nl\\@evil.example/",
        # Letters that are not what they look like.
        "https://jоuw.postnl.nl/",
        "https://pоstnl.nl/",
        "https://xn--pstnl-jye.nl/",
        "https://аррӏе.com/",
        "https://xn--80ak6aa92e.com/",
        "https://postnl。nl/",
        "https://jouw.postnl.nl／track.evil.example/",
        "https://postnl.nl℀evil.example/",
        "https://ｐostnl.nl/",
        "https://postnl.nl%2eevil.example/",
        "https://xn--\u0080.example/",
        "https://xn--99999999999.example/",
        "https://post·nl.example/",
        "https://post nl.example/",
        "https://[::1]evil.example/",
        "https://track.example:port/",
        # What ends an attribute, or a line.
        "https://track.example/'x",
        'https://track.example/"x',
        "https://track.example/<x>",
        "https://track.example/`x",
        "https://track.example/\\x",
        "https://track.example/ x",
        "https://track.example/x\n",
        "https://track.example/\u202ex",
        "https://track.example/\x00",
        "https://track.example/" + "x" * 1979,
    ],
)
def test_a_link_that_deceives_or_breaks_out_is_none(url: str) -> None:
    assert safe_link(url) == ""


@pytest.mark.parametrize("url", [u for u in HONEST if u.isascii() and "[" not in u and "--" not in u])
def test_the_common_link_is_known_at_a_glance(url: str) -> None:
    assert is_plain(url) or ";" in url or url.startswith("HTTPS")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("\u00a0https://track.example/p ", "https://track.example/p"),
        ("https://track.example/a b/c  d", "https://track.example/a%20b/c%20%20d"),
        ("https://track.example/p?a=1&amp;b=2&AMP;c=3", "https://track.example/p?a=1&b=2&c=3"),
        ("https://track.example/p?a=1&#038;b=2&#x26;c=3", "https://track.example/p?a=1&b=2&c=3"),
        ("https://track.exa\r\nmple/p", "https://track.example/p"),
    ],
)
def test_a_slip_is_mended(url: str, expected: str) -> None:
    assert mended_link(url) == expected == safe_link(expected)


@pytest.mark.parametrize(
    "url", ["", "https://track example/p", "java\tscript:alert(1)", "https://a@b.example/x y", "x y"]
)
def test_what_no_mending_makes_safe_stays_as_it_was(url: str) -> None:
    assert mended_link(url) == url
    assert safe_link(mended_link(url)) == ""


_pieces = st.lists(
    st.sampled_from(
        ["https://", "http://", "a.example", "@", "/", ".", ":", "80", "xn--", "%", "\\", " ", "&amp;", "'",
         "о", "。", "？", "[", "]", "::1", "?", "#", "\n", "\x00", "\ud800", "é", "日本"]
    )
    | st.text(max_size=3),
    max_size=12,
).map("".join)  # fmt: skip


@given(_pieces)
@example("https://" + "a." * 900)
@example("https://" + "a" * LONGEST_LINK)
@example("https://xn--" + "z" * 500 + ".example")
def test_whatever_comes_a_link_holds_nothing_that_breaks_out_of_an_attribute(url: str) -> None:
    for found in (safe_link(url), safe_link(mended_link(url))):
        assert not found or found.lower().startswith(("http://", "https://"))
        assert not set(found) & set("\"'<>\\` \n\r\t\x00")
        authority = found.partition("//")[2].replace("?", "/").replace("#", "/").partition("/")[0]
        assert "@" not in authority
        assert bool(authority) == bool(found)


@given(_pieces)
def test_a_plain_link_is_a_safe_one_that_needs_no_mending(url: str) -> None:
    if is_plain(url):
        assert safe_link(url) == mended_link(url) == url
