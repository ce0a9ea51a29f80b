"""The one language that a template may say it is written in: a comment `{# lang: de #}` in one of its files.

Greeting, labels and foot, which come from `_layout/`, then speak it as well, whoever reads the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from babel import Locale, UnknownLocaleError

from notifier.errors import Problem
from notifier.render import catalogue
from notifier.render.checking import LAYOUT

_DECLARED = re.compile(r"\{#-?\s*lang:\s*([^\s#]+)\s*-?#\}")


def declared(sources: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """Return the language of each template that says one, BCP 47, and what is wrong with that.

    Args:
        sources: the text of every file by its name.
    """
    languages: dict[str, str] = {}
    problems: list[Problem] = []
    for name, line, tag in _found(sources):
        folder = name.rpartition("/")[0]
        if not _is_known(tag):
            problems.append(
                Problem(name, line, 1, f"`lang: {tag}` is no language", "write it as de or pt-BR")
            )
        elif folder in (LAYOUT, catalogue.FOLDER):
            problems.append(Problem(name, line, 1, "shared pieces are in every language", "remove `lang`"))
        elif languages.setdefault(folder, tag) != tag:
            text = f"says `lang: {tag}`, and another file of the template `lang: {languages[folder]}`"
            problems.append(Problem(name, line, 1, text, "a template has one language"))
    return languages, problems


def mixed(sources: Mapping[str, str], marked: frozenset[str], spoken: tuple[str, ...]) -> list[Problem]:
    """Return warnings for templates that would come out in two languages.

    Args:
        marked: the templates with sentences to translate.
        spoken: the languages with words, BCP 47.
    """
    warnings: list[Problem] = []
    # One that says it in each of its files is warned of once.
    first = {name.rpartition("/")[0]: (name, line, tag) for name, line, tag in reversed([*_found(sources)])}
    for template, (name, line, tag) in sorted(first.items()):
        language = tag.partition("-")[0]
        if template in marked:
            text = f"says `lang: {tag}`, and its template marks sentences for translation: they stay {tag}"
            warnings.append(Problem(name, line, 1, text, "remove `lang`, or write the sentences plainly"))
        if spoken and language not in {known.partition("-")[0] for known in spoken}:
            text = (
                f"says `lang: {tag}`, and what it takes from {LAYOUT}/ has no words in it: that stays English"
            )
            hint = f"`notifier messages extract --add {language}` begins a catalogue"
            warnings.append(Problem(name, line, 1, text, hint))
    return warnings


def _found(sources: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
    for name, source in sorted(sources.items()):
        for comment in _DECLARED.finditer(source):
            yield name, source.count("\n", 0, comment.start()) + 1, comment[1]


def _is_known(tag: str) -> bool:
    try:
        return bool(Locale.parse(tag, sep="-"))
    except (ValueError, UnknownLocaleError):
        return False
