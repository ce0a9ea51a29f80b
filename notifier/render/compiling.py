"""From a folder of files to templates that can be rendered: everything is checked, then compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound, TemplateSyntaxError, nodes

from notifier.errors import Problem, RulesError
from notifier.render import catalogue
from notifier.render.checking import LAYOUT, check, syntax_problem
from notifier.render.declaring import declared
from notifier.render.environment import new_environments
from notifier.render.inlining import Style, inline, read_style
from notifier.render.loading import PARTS, STYLE, WORDS, read
from notifier.render.parsing import SUFFIXES, compile_counted, imported, is_marked, parse
from notifier.render.templates import Templates


class _Snapshot(BaseLoader):
    """Gives out code made of the texts that were loaded; files are never read while rendering.

    Each was compiled when it was loaded; shared text that HTML uses is compiled for it, too, once it is
    asked for: that it can be was found out then.
    """

    def __init__(self, suffix: str, sources: Mapping[str, str]) -> None:
        self._suffix = suffix
        self._sources = sources

    def load(self, environment: Environment, name: str, globals: Any = None) -> Template:
        if name not in self._sources:
            raise TemplateNotFound(name)
        # Jinja's own would be a ChainMap, which every rendering copies name by name.
        names = {**environment.globals, **(globals or {})}
        code = compile_counted(name, self._suffix, self._sources[name])
        return environment.template_class.from_code(environment, code, names)


def load_templates(folder: Path) -> Templates:
    """Read, check and compile every template under `folder`, and the catalogues of translations.

    Raises:
        RulesError: with every mistake in every file: syntax, names, files that no channel uses,
            translations whose placeholders differ.
    """
    files, problems = read(folder)
    catalogues, misfits = catalogue.read_catalogues(files)
    problems += misfits
    style, unfit = _read_style(files)
    problems += unfit
    sources: dict[str, str] = {}
    laid_out: dict[str, str] = {}
    trees: dict[str, nodes.Template] = {}
    for name, content in files.items():
        if (suffix := Path(name).suffix) not in SUFFIXES:
            continue
        try:
            sources[name] = content.decode("utf-8-sig")
            laid_out[name] = sources[name]
            if _is_mail(name):
                laid_out[name], unfit = inline(name, sources[name], style)
                problems += unfit
            trees[name] = parse(name, suffix, laid_out[name])
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            problems.append(Problem(name, line, 1, "is not UTF-8"))
        except TemplateSyntaxError as error:
            problems.append(syntax_problem(name, sources[name], error))
    languages, unfit = declared(sources)
    problems += unfit
    for name in trees:
        problems += check(name, sources[name], trees, frozenset(files)) or _compile(name, laid_out[name])
    if problems:
        raise RulesError(problems)
    environments = new_environments()
    for suffix, environment in environments.items():
        environment.loader = _Snapshot(suffix, laid_out)
    return Templates(
        _fingerprint(files),
        _fingerprints(files),
        catalogues,
        sources,
        _parts(files),
        _marked(trees),
        languages,
        trees,
        environments,
    )


def _marked(trees: Mapping[str, nodes.Template]) -> frozenset[str]:
    """Return the templates with sentences to translate: in their files, or in what their `words.txt` imports.

    The frame and the greeting, which parts take from `_layout/`, do not count: they would be
    in another language than the sentences of a template that marks none.
    """
    found = set()
    for name in trees:
        folder, _, file = name.rpartition("/")
        reached = [name]
        for other in reached:  # grows as it is walked
            if file == WORDS:
                reached += [more for more in imported(trees[other]) if more not in reached]
            if is_marked(trees[other]):
                found.add(folder)
                break
    return frozenset(found)


def _compile(name: str, source: str) -> list[Problem]:
    """Compile one file; return its mistake if that fails."""
    try:
        compile_counted(name, Path(name).suffix, source)
    except TemplateSyntaxError as error:
        return [syntax_problem(name, source, error)]
    return []


def _read_style(files: Mapping[str, bytes]) -> tuple[Style, list[Problem]]:
    name = f"{LAYOUT}/{STYLE}"
    try:
        return read_style(name, files.get(name, b"").decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return Style(), [Problem(name, files[name].count(b"\n", 0, error.start) + 1, 1, "is not UTF-8")]


def _is_mail(name: str) -> bool:
    """Tell whether a file is HTML of mails, which style.css is for: chats have no styles."""
    return name.endswith(".html") and not name.endswith("chat.html")


def _parts(files: Mapping[str, bytes]) -> dict[str, frozenset[str]]:
    parts: dict[str, set[str]] = {}
    for name in files:
        folder, _, file = name.rpartition("/")
        if folder not in (LAYOUT, catalogue.FOLDER):
            parts.setdefault(folder, set()).update({file}.intersection(PARTS))
    return {folder: frozenset(inside) for folder, inside in parts.items()}


def _fingerprint(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def _fingerprints(files: Mapping[str, bytes]) -> dict[str, str]:
    folders: dict[str, dict[str, bytes]] = {}
    for name, content in files.items():
        folders.setdefault(name.rpartition("/")[0], {})[name] = content
    return {folder: _fingerprint(inside) for folder, inside in folders.items()}
