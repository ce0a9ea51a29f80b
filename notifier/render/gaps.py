"""What the catalogues lack: sentences that another language would hear in the templates' own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from babel.messages.catalog import Catalog, Message

from notifier.core.shop import Shop
from notifier.errors import Problem
from notifier.render.catalogue import FOLDER, SOURCE, Catalogues, is_translated, originals
from notifier.render.extracting import sentences
from notifier.render.templates import Templates

SHOWN = 5
"""How many sentences of a language are shown one by one."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A sentence that a language lacks: it is missing, or `fuzzy`, which nobody has looked at yet.

    `file` and `line` are where that is mended best.
    """

    language: str
    sentence: str
    fuzzy: bool
    file: str
    line: int


def gaps(catalogues: Catalogues, found: Catalog) -> Iterator[Gap]:
    """Yield what each language lacks, in the order of the templates.

    Args:
        found: the sentences of the templates, see `notifier.render.extracting.sentences`.
    """
    for tag, catalog in sorted(catalogues.catalogs.items()):
        if tag.partition("-")[0] == SOURCE:
            continue  # only holds what is to be said otherwise
        for sentence in found:
            if sentence.id and not _is_said(sentence, tag, catalogues.catalogs):
                own = catalog.get(sentence.id, sentence.context)
                said = originals(sentence)[0]
                if own is not None:
                    name = f"{FOLDER}/{tag.replace('-', '_')}.po"
                    yield Gap(tag, said, own.fuzzy, name, own.lineno or 0)
                else:
                    file, line = sentence.locations[0]
                    yield Gap(tag, said, False, file, line)


def untranslated(templates: Templates) -> list[Problem]:
    """Return warnings for what the languages of a folder of templates lack."""
    if not templates.languages:
        return []
    return shown(list(gaps(templates.catalogues, sentences(templates.sources))))


def wordless(shop: Shop, templates: Templates) -> list[Problem]:
    """Return a warning if the shop is in a language that there are no words in."""
    language = shop.locale.replace("_", "-").partition("-")[0]
    if not templates.languages or language in {tag.partition("-")[0] for tag in templates.languages}:
        return []
    text = f"the shop's locale is {shop.locale}, which no catalogue has: people read {SOURCE}"
    return [Problem(FOLDER, 0, 0, text, f"`notifier messages extract --add {language}` begins one")]


def shown(found: list[Gap]) -> list[Problem]:
    """Return warnings: the first SHOWN gaps of each language, and how many there are besides."""
    problems: list[Problem] = []
    for language in sorted({gap.language for gap in found}):
        own = [gap for gap in found if gap.language == language]
        for gap in own[:SHOWN]:
            what = "is fuzzy" if gap.fuzzy else "is not translated"
            text = f"{what}, so {language} says it in {SOURCE}: “{_short(gap.sentence)}”"
            hint = "look at it, and remove the line `#, fuzzy`" if gap.fuzzy else ""
            problems.append(Problem(gap.file, gap.line, 1, text, hint))
        if (more := len(own) - SHOWN) > 0:
            what = "sentence is" if more == 1 else "sentences are"
            text = f"{more} more {what} not translated into {language}"
            hint = "`notifier messages extract` writes them into its file"
            problems.append(Problem(f"{FOLDER}/{language.replace('-', '_')}.po", 0, 0, text, hint))
    return problems


def _is_said(sentence: Message, tag: str, catalogs: Mapping[str, Catalog]) -> bool:
    """Tell whether a language, or the one that it belongs to, has all forms of a sentence."""
    for language in dict.fromkeys((tag, tag.partition("-")[0])):
        catalog = catalogs.get(language)
        own = catalog.get(sentence.id, sentence.context) if catalog else None
        if own is not None and is_translated(own):
            return True
    return False


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 60 else f"{sentence[:59]}…"
