"""Puts the rules of style.css into the tags of mails, once, when templates are loaded.

Outlook and some of Gmail's programs ignore or drop `<style>`, so that each tag has to carry its
own style. The sources hold Jinja and are no HTML yet: css-inline never sees them. It says what
the style of each tag with its classes is, in a small document made for that, and the result is
put into the source, before the tag's own `style`, without moving a line.

So style.css can select by type and class only (`p`, `.note`, `td.box`): what else a tag stands in is
not known here. Media queries belong into the `<style>` of `_layout/email.html`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from html.parser import HTMLParser

from css_inline import CSSInliner

from notifier.errors import Problem

_JINJA = r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}"
_QUOTED = rf""""(?:{_JINJA}|[^"])*+"|'(?:{_JINJA}|[^'])*+'"""

_PIECE = re.compile(
    rf"{_JINJA}|<!--.*?-->|<(?:style|script)\b.*?</(?:style|script)>"  # nothing in these is a tag of the mail
    rf"|<(?P<tag>[A-Za-z][A-Za-z0-9]*)(?P<inside>(?:{_JINJA}|{_QUOTED}|[^<>\"'])*+)>",
    re.DOTALL,
)
_INSIDE = re.compile(rf"(?P<jinja>{_JINJA})|(?P<name>[^\s\"'<>/=]+)\s*=\s*(?P<value>{_QUOTED})", re.DOTALL)
_OPENS = re.compile(r"\{%[-+]?\s*(?:if|for)\b")
_CLOSES = re.compile(r"\{%[-+]?\s*(?:endif|endfor)\b")

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"\s*([^{}]*)\{([^{}]*)\}")
_SELECTOR = re.compile(r"[a-z][a-z0-9]*(?:\.[\w-]+)*|(?:\.[\w-]+)+")
_DECLARATION = re.compile(r"-?[a-z][a-z-]*\s*:[^:;]+")

_AROUND = {"td": "<table><tr>", "th": "<table><tr>", "tr": "<table>", "tbody": "<table>", "li": "<ul>"}
"""What a tag has to stand in, so that a parser of HTML keeps it."""


class Style:
    """The rules of style.css, and what they say of a tag."""

    def __init__(self, css: str = "") -> None:
        self._inliner = CSSInliner(extra_css=css, keep_style_tags=False, load_remote_stylesheets=False)
        self.of = lru_cache(maxsize=None)(self._of)

    def _of(self, tag: str, classes: str) -> str:
        """Return the declarations for a tag with these classes, fit for an attribute; else nothing."""
        element = f'<{tag} data-asked class="{escape(classes)}">'
        asked = _Asked(self._inliner.inline(_AROUND.get(tag, "") + element))
        return escape(" ".join(asked.style.split()).replace(": ", ":"))


class _Asked(HTMLParser):
    """Finds the style of the element that was asked about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.style = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        given = dict(attrs)
        if "data-asked" in given:
            self.style = given.get("style") or ""


def read_style(name: str, css: str) -> tuple[Style, list[Problem]]:
    """Return the rules of a style sheet, and what in it cannot be used, by line.

    Args:
        name: of the file, for the problems.
    """
    plain = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), css)
    problems: list[Problem] = []
    position = 0
    while plain[position:].strip():
        rule = _RULE.match(plain, position)
        start = position + len(plain[position:]) - len(plain[position:].lstrip())
        line = plain.count("\n", 0, start) + 1
        if rule is None or "@" in rule[1] or ";" in rule[1]:
            hint = "media queries belong into the <style> of _layout/email.html"
            problems.append(Problem(name, line, 1, "is no rule with a selector and braces", hint))
            break
        problems.extend(Problem(name, line, 1, text) for text in _mistakes(rule[1], rule[2]))
        position = rule.end()
    return Style("" if problems else plain), problems


def _mistakes(selectors: str, declarations: str) -> Iterator[str]:
    for selector in map(str.strip, selectors.split(",")):
        if not _SELECTOR.fullmatch(selector):
            yield f"selects by more than type and class: `{selector}`"
    for declaration in filter(None, map(str.strip, declarations.split(";"))):
        if not _DECLARATION.fullmatch(declaration):
            yield f"has something that is no `name: value;`: `{' '.join(declaration.split())}`"


def inline(name: str, source: str, style: Style) -> tuple[str, list[Problem]]:
    """Return the source of a template with the style of each tag in it, and the tags that cannot have theirs.

    Args:
        name: of the file, for the problems.
        source: HTML with Jinja in it; keeps its lines.
    """
    problems: list[Problem] = []
    made: list[str] = []
    end = 0
    for piece in _PIECE.finditer(source):
        if not piece["tag"]:
            continue
        inside, mistake = _styled(piece["tag"].lower(), piece["inside"], style)
        if mistake:
            problems.append(Problem(name, source.count("\n", 0, piece.start()) + 1, 1, mistake))
        made += source[end : piece.start("inside")], inside
        end = piece.end("inside")
    return "".join(made) + source[end:], problems


def _styled(tag: str, inside: str, style: Style) -> tuple[str, str]:
    """Return what stands inside of a start tag with its style in it, and what is wrong with it."""
    depth = 0
    values: dict[str, tuple[int, int]] = {}
    for found in _INSIDE.finditer(inside):
        if found["jinja"]:
            depth += bool(_OPENS.match(found["jinja"])) - bool(_CLOSES.match(found["jinja"]))
        elif found["name"].lower() in ("class", "style"):
            if depth:
                return inside, f"<{tag}> has its {found['name']} under a condition: put that around the tag"
            values[found["name"].lower()] = (found.start("value") + 1, found.end("value") - 1)
    classes = inside[slice(*values["class"])] if "class" in values else ""
    if "{" in classes:
        return inside, f"<{tag}> has a class that is not written out"
    said = style.of(tag, " ".join(classes.split()))
    if not said:
        return inside, ""
    if "style" in values:
        start = values["style"][0]
        return f"{inside[:start]}{said}{inside[start:]}", ""
    return f' style="{said}"{inside}', ""
