"""Links and pictures in HTML that lead nowhere."""

from __future__ import annotations

from html.parser import HTMLParser

_NAMED = {"a": "href", "img": "src"}


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link or picture without an address."""
        name = _NAMED.get(tag)
        if name and (dict(attrs).get(name) or "").strip() in ("", "#", "mailto:", "https://", "http://"):
            self.found.append(f"<{tag}> with an empty {name}")


def empty_links(html: str) -> list[str]:
    """Return what is empty, as `<a> with an empty href`."""
    finder = _Finder()
    finder.feed(html)
    finder.close()
    return finder.found
