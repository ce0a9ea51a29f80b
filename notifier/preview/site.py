"""The pages of a preview by their paths: what the server answers and what `--out` writes are the same."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from notifier.errors import Problem
from notifier.preview import frame
from notifier.preview.choice import Choice, Key, page_path
from notifier.preview.frame import Scheme
from notifier.preview.overview import overview
from notifier.preview.scenes import Scene
from notifier.preview.showroom import Showroom, language
from notifier.preview.specimen import LARGE, Specimen

INDEX = "index.html"

HTML = "text/html; charset=utf-8"

_ASSETS = {"style.css": "text/css; charset=utf-8", "live.js": "text/javascript; charset=utf-8"}

Excerpt = Callable[[Problem], list[str]]
"""Gives the lines to show below a problem."""


@dataclass(frozen=True, slots=True)
class File:
    """What lies at a path; `framed` if it is made of a template and has to be kept in a sandbox."""

    kind: str
    content: bytes
    framed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What the button "Send to me" needs: a token against forged requests, the address, and how it ended."""

    token: str = field(repr=False)
    address: str = field(default="", repr=False)
    said: str = field(default="", repr=False)
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link to the same thing in another language, or of another scene."""

    title: str
    href: str
    current: bool


class Site:
    """The pages of one version of rules and templates.

    Args:
        showroom: what there is to see; None if nothing could ever be read.
        problems: what is wrong with the files as they are now; if so, the showroom is an older one.
        choice: what the first page leads to, and what `paths` gives.
        version: the number of this version on pages that follow edits, 0 for pages that do not.
    """

    def __init__(
        self,
        showroom: Showroom | None,
        problems: Sequence[Problem],
        excerpt: Excerpt,
        choice: Choice,
        version: int = 0,
    ) -> None:
        self._showroom = showroom
        self._excerpt = excerpt
        self._problems = self._told(problems)
        self._choice = choice
        self._version = version
        self._index: str | None = None
        self._pages = Environment(
            loader=PackageLoader("notifier.preview", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters |= {"kb": _kb, "language": language}

    def paths(self) -> Iterator[str]:
        """Yield every path of what was chosen, the first page first."""
        yield INDEX
        yield "style.css"
        for template, locale, scene in self._keys():
            yield from self._files_of(template, locale, scene)

    def start(self) -> str:
        """Return the path of the page that was chosen, else that of the first page."""
        if self._showroom is None or not self._choice.template:
            return ""
        template = self._choice.template
        return page_path(
            template, self._choice.locale_of(self._showroom), self._choice.scene_of(self._showroom, template)
        )

    def problems(self) -> list[Problem]:
        """Return what goes wrong with all that was chosen, each problem once."""
        if self._showroom is None:
            return []
        found = (self._showroom.specimen(*key).problems for key in self._keys())
        return sorted({problem for problems in found for problem in problems})

    def get(self, path: str, form: Form | None = None) -> File | None:
        """Return what lies at a path; None if nothing does.

        Args:
            form: for pages with the button "Send to me".
        """
        if path in _ASSETS:
            content = resources.files("notifier.preview").joinpath("pages", path).read_bytes()
            return File(_ASSETS[path], content)
        if path in ("", INDEX):
            if self._index is None:
                self._index = self._overview()
            return File(HTML, self._index.encode())
        if (found := self._find(path)) is None:
            return None
        made, form_of = found
        match form_of:
            case "html":
                return File(HTML, self._page(made, form).encode())
            case "light.html" | "dark.html":
                scheme = Scheme(form_of.removesuffix(".html"))
                return File(HTML, frame.mail(made.rendered.html, scheme).encode(), framed=True)
            case "chat.html":
                return File(HTML, frame.chat(made.rendered.chat).encode(), framed=True)
            case _:
                return File("message/rfc822", made.mail, framed=True)

    def shown(self, path: str) -> Specimen | None:
        """Return the specimen that the page at a path shows."""
        found = self._find(path)
        return found[0] if found and found[1] == "html" else None

    def _overview(self) -> str:
        whole = bool(self._version)
        entries = overview(self._showroom, self._choice, whole=whole) if self._showroom else {}
        return self._render("index.html", INDEX, entries=entries)

    def _find(self, path: str) -> tuple[Specimen, str] | None:
        """Return what a path speaks of, and the form of it: nothing is looked for in any folder."""
        template, _, rest = path.rpartition("/")
        template, _, locale = template.rpartition("/")
        scene, _, form_of = rest.partition(".")
        if self._showroom is None or template not in self._showroom.templates:
            return None
        if locale not in self._showroom.locales or scene not in self._showroom.scenes(template):
            return None
        if path not in self._files_of(template, locale, scene):
            return None
        return self._showroom.specimen(template, locale, scene), form_of

    def _files_of(self, template: str, locale: str, scene: str) -> list[str]:
        assert self._showroom is not None
        made = self._showroom.specimen(template, locale, scene)
        forms = ["html"]
        forms += ["light.html", "dark.html"] if made.rendered.html else []
        forms += ["chat.html"] if made.rendered.chat else []
        forms += ["eml"] if made.mail else []
        return [f"{template}/{locale}/{scene}.{form_of}" for form_of in forms]

    def _keys(self) -> Iterator[Key]:
        """Yield what was chosen."""
        return iter(()) if self._showroom is None else self._choice.keys(self._showroom)

    def _page(self, made: Specimen, form: Form | None) -> str:
        assert self._showroom is not None
        here = page_path(made.template, made.locale, made.scene.name)
        scenes: list[Scene] = list(self._showroom.scenes(made.template).values())
        base = here.removesuffix(".html").rpartition("/")[2]
        return self._render(
            "template.html",
            here,
            made=made,
            base=base,
            large=LARGE,
            failed=self._told(made.problems),
            sandbox=frame.SANDBOX,
            form=form,
            channel=self._showroom.channel,
            shop=self._showroom.running.ruleset.shop.name,
            languages=[
                Link(
                    language(tag),
                    _relative(page_path(made.template, tag, made.scene.name), here),
                    tag == made.locale,
                )
                for tag in self._linked(self._choice.locale, self._showroom.locales)
            ],
            scenes=[
                Link(
                    s.title,
                    _relative(page_path(made.template, made.locale, s.name), here),
                    s.name == made.scene.name,
                )
                for s in scenes
                if self._version or not self._choice.scene or s.name == made.scene.name
            ],
        )

    def _linked(self, chosen: str, known: list[str]) -> list[str]:
        """Return what there are pages of: files hold no more than what was chosen."""
        return known if self._version or not chosen else [chosen]

    def _render(self, page: str, path: str, **names: object) -> str:
        up = "../" * path.count("/")
        return self._pages.get_template(page).render(
            up=up,
            version=self._version,
            problems=self._problems,
            shows=self._showroom is not None,
            **names,
        )

    def _told(self, problems: Sequence[Problem]) -> list[tuple[Problem, str]]:
        return [(problem, "\n".join(self._excerpt(problem))) for problem in problems]


def _relative(path: str, here: str) -> str:
    return posixpath.relpath(path, posixpath.dirname(here) or ".")


def _kb(size: int) -> str:
    return f"{size / 1024:.1f} KB"
