"""The message templates: loaded and checked whole, then turned into words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound, TemplateSyntaxError, nodes

from notifier.core.expression import Facts
from notifier.core.message import Rendered
from notifier.core.shop import Shop
from notifier.errors import Problem, RenderError, RulesError
from notifier.render.checking import LAYOUT, check, is_shared_text, syntax_problem
from notifier.render.clean import one_line
from notifier.render.environment import BoundedEnvironment, Rendering, current, new_environments
from notifier.render.failure import FAILURES, PartError, explain
from notifier.render.loading import read
from notifier.render.place import Place, choose

KINDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "email": (("subject.txt",), ("email.html", "email.txt")),
    "sms": (("sms.txt",),),
    "chat": (("chat.html",),),
}
"""What a message can become, by its channel's kind, and the files it takes: at least one of each group."""

LIMITS: Mapping[str, int] = {
    "subject.txt": 250,
    "email.html": 256 * 1024,
    "email.txt": 64 * 1024,
    "sms.txt": 1_000,
    "chat.html": 64 * 1024,
}
"""How many characters a part may come to."""

_FOR_OPERATORS = re.compile(r"\{#-?\s*for operators\s*-?#\}", re.IGNORECASE)

_MARGIN = 1_000
"""Characters allowed beyond a limit while rendering: white space at the ends is cut off before it counts."""


class _Snapshot(BaseLoader):
    """Gives out code compiled at load time; files are never read while rendering."""

    def __init__(self, codes: Mapping[str, CodeType]) -> None:
        self.codes = codes

    def load(self, environment: Environment, name: str, globals: Any = None) -> Template:
        if name not in self.codes:
            raise TemplateNotFound(name)
        # Jinja's own would be a ChainMap, which every rendering copies name by name.
        names = {**environment.globals, **(globals or {})}
        return environment.template_class.from_code(environment, self.codes[name], names)


@dataclass(frozen=True, slots=True)
class Templates:
    """All templates of one folder, ready to render; safe to share between threads.

    `fingerprint` names this very version of all files (12 hex digits), `fingerprints` that
    of each folder, shared pieces among them;
    `for_operators` are the templates that say of themselves that no customer is to
    read them, by the first line of a part: `{# for operators #}`.
    """

    fingerprint: str
    fingerprints: Mapping[str, str] = field(repr=False)
    for_operators: frozenset[str]
    _parts: Mapping[str, frozenset[str]] = field(repr=False)
    _trees: Mapping[str, nodes.Template] = field(repr=False)
    _environments: Mapping[str, BoundedEnvironment] = field(repr=False)

    @property
    def names(self) -> frozenset[str]:
        """The templates that a message can be made from."""
        return frozenset(self._parts)

    def parts(self, name: str) -> frozenset[str]:
        """Return the files that template `name` has (`email.html`, …); none if there is no such template."""
        return self._parts.get(name, frozenset())

    def missing(self, name: str, kind: str) -> str:
        """Return what must be created before `name` can be sent as `kind`, or an empty string."""
        if name not in self._parts:
            return f"there is no template '{name}': create the folder templates/{name}"
        for group in KINDS[kind]:
            if not self._parts[name].intersection(group):
                return f"template '{name}' has no {group[0]}: create templates/{name}/{group[0]}"
        return ""

    def render(
        self,
        name: str,
        kind: str,
        facts: Facts,
        locale: str | None,
        timezone: str | None,
        country: str | None = None,
    ) -> Rendered:
        """Return the words of one message; only the parts that `kind` uses are rendered.

        Args:
            name: the template.
            kind: one of KINDS.
            facts: the vocabulary, see `notifier.core.facts.facts`.
            locale: the recipient's language, BCP 47; without one it is the country's, else the shop's.
            timezone: the recipient's IANA zone; without one it is the country's, else the shop's.
            country: the recipient's country, ISO 3166 alpha-2.

        Raises:
            RenderError: a file is missing, or a part failed on this data or gave too much or
                nothing. Names the file and, where there is one, the line; holds no values.
        """
        if lacks := self.missing(name, kind):
            raise RenderError(lacks)
        made = {
            part: self.part(name, part, facts, locale, timezone, country)
            for group in KINDS[kind]
            for part in group
            if part in self._parts[name]
        }
        return Rendered(
            subject=made.get("subject.txt", ""),
            html=made.get("email.html", ""),
            text=made.get("email.txt", ""),
            sms=made.get("sms.txt", ""),
            chat=made.get("chat.html", ""),
            locale=_place(facts, locale, timezone, country).lang,
        )

    def part(
        self,
        name: str,
        part: str,
        facts: Facts,
        locale: str | None,
        timezone: str | None,
        country: str | None = None,
    ) -> str:
        """Return one part's text; takes and raises what `render` does. A subject is one line."""
        file = f"{name}/{part}"
        text = self._stream(file, facts, _place(facts, locale, timezone, country), LIMITS[part])
        text = one_line(text) if part == "subject.txt" else text.strip()
        if part == "chat.html":  # the line break after a br would be seen as an indent
            text = re.sub(r"<br>\s+", "<br>", text).removesuffix("<br>")
        if not text:
            raise PartError(Problem(file, 0, 0, "gave no text"))
        if len(text) > LIMITS[part]:
            raise PartError(Problem(file, 0, 0, _too_long(part)))
        return text

    def _stream(self, file: str, facts: Facts, place: Place, limit: int) -> str:
        chunks: list[str] = []
        size = 0
        before = current.set(Rendering(place))
        try:
            template = self._environments[Path(file).suffix].get_template(file)
            for chunk in template.generate(facts, lang=place.lang, dir=place.direction):
                size += len(chunk)
                if size > limit + _MARGIN:
                    raise RenderError(_too_long(Path(file).name))
                chunks.append(chunk)
        except FAILURES as error:
            problem = explain(file, error, self._trees)
        else:
            return "".join(chunks)
        finally:
            current.reset(before)
        # Outside of the handler, so that no exception that quotes values hangs on to this one.
        raise PartError(problem)


def load_templates(folder: Path) -> Templates:
    """Read, check and compile every template under `folder`.

    Raises:
        RulesError: with every mistake in every file: syntax, names, files that no channel uses.
    """
    files, problems = read(folder)
    environments = new_environments()
    sources: dict[str, str] = {}
    trees: dict[str, nodes.Template] = {}
    for name, content in files.items():
        try:
            sources[name] = content.decode("utf-8-sig")
            trees[name] = environments[Path(name).suffix].parse(sources[name], name, name)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            problems.append(Problem(name, line, 1, "is not UTF-8"))
        except TemplateSyntaxError as error:
            problems.append(syntax_problem(name, sources[name], error))
    codes: dict[str, dict[str, CodeType]] = {suffix: {} for suffix in environments}
    for name, tree in trees.items():
        suffix = Path(name).suffix
        mistakes = check(name, sources[name], environments[suffix], trees, frozenset(files))
        if not mistakes:
            try:
                codes[suffix][name] = environments[suffix].compile_counted(tree, name)
                if is_shared_text(name):  # HTML may use it, and escapes what it prints
                    again = environments[".html"].parse(sources[name], name, name)
                    codes[".html"][name] = environments[".html"].compile_counted(again, name)
            except TemplateSyntaxError as error:
                mistakes = [syntax_problem(name, sources[name], error)]
        problems.extend(mistakes)
    if problems:
        raise RulesError(problems)
    for suffix, environment in environments.items():
        environment.loader = _Snapshot(codes[suffix])
    for_operators = frozenset(
        name.split("/")[0] for name, text in sources.items() if _FOR_OPERATORS.match(text)
    )
    return Templates(
        _fingerprint(files),
        _fingerprints(files),
        for_operators - {LAYOUT},
        _parts(files),
        trees,
        environments,
    )


def _place(facts: Facts, locale: str | None, timezone: str | None, country: str | None) -> Place:
    shop = facts["shop"]
    assert isinstance(shop, Shop)
    return choose(locale, timezone, shop, country)


def _parts(files: Mapping[str, bytes]) -> dict[str, frozenset[str]]:
    pairs = [name.split("/") for name in files]
    folders = {folder for folder, _ in pairs} - {LAYOUT}
    return {f: frozenset(part for folder, part in pairs if folder == f) for f in folders}


def _fingerprint(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def _fingerprints(files: Mapping[str, bytes]) -> dict[str, str]:
    folders: dict[str, dict[str, bytes]] = {}
    for name, content in files.items():
        folders.setdefault(name.split("/")[0], {})[name] = content
    return {folder: _fingerprint(inside) for folder, inside in folders.items()}


def _too_long(part: str) -> str:
    return f"is longer than {LIMITS[part]:,} characters"
